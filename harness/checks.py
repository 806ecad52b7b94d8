"""What can be wrong with an entry, each problem with its key and its mend."""

import ast
import importlib.util
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from harness import spec
from harness.errors import nearest
from harness.keys import canonical
from harness.metrics.names import METRICS
from harness.signatures import argument_problems

if TYPE_CHECKING:
    from harness.catalog import Catalog

SHOTS_KINDS = ("image-classification", "text-classification")
"""Kinds whose examples have one class each, so that shots can be drawn and probes fitted."""


def code_file(folder: Path, entry: str) -> Path | None:
    """The file in an entry folder that `module:attr` names, or None."""
    place = folder.joinpath(*entry.partition(":")[0].split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def file_problems(path: Path, schema: type[spec.Entry]) -> Iterator[str]:
    """Why a file could not be read: TOML errors with their line, schema errors with their key."""
    try:
        schema.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        yield f"{path}: not valid TOML: {error}"
    except RecursionError:
        yield f"{path}: not valid TOML: nested too deeply"
    except UnicodeDecodeError as error:
        yield f"{path}: not UTF-8 text (byte {error.start}); save the file as UTF-8"
    except OSError as error:
        yield f"{path}: cannot be read: {error.strerror}"
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            yield f"{path}: {_schema_problem(cast(dict[str, Any], problem), schema)}"


def _schema_problem(problem: dict[str, Any], schema: type[spec.Schema]) -> str:
    place = [part for part in problem["loc"] if part != "[key]"]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    match problem["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; {nearest(str(place[-1]), _fields_at(schema, place[:-1]))}"
        case "missing":
            return f"{where}: missing key; add it"
        case "string_pattern_mismatch" if "[A-Za-z_]" in problem["ctx"]["pattern"]:
            return f"{where}: '{problem['input']}' does not name a constructor; write \"module:attr\""
        case "string_pattern_mismatch":
            return f"{where}: bad name '{problem['input']}'; use lower-case letters, digits and single hyphens"
        case "literal_error":
            options = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"{where}: '{problem['input']}' is not valid; {nearest(str(problem['input']), options)}"
        case _:
            text = problem["msg"][0].lower() + problem["msg"][1:]
            return f"{where}: {text} (it is {problem['input']!r:.80})"


def _fields_at(schema: type[spec.Schema], place: list[str | int]) -> list[str]:
    """The valid keys where a key was wrong, found by walking the schema along its place."""
    current: Any = schema
    for part in place:
        fields = getattr(current, "model_fields", None)
        if fields is not None and part in fields:
            current = fields[part].annotation
        current = _schema_within(current)
    return list(getattr(current, "model_fields", {}))


def _schema_within(annotation: Any) -> Any:
    """The first schema inside `list[X]`, `dict[str, X]`, `X | None` or an annotated type."""
    if isinstance(annotation, type) and issubclass(annotation, spec.Schema):
        return annotation
    found = (_schema_within(argument) for argument in getattr(annotation, "__args__", ()))
    return next((schema for schema in found if schema is not None), None)


def entry_problems(entry: spec.CodeEntry, folder: Path) -> Iterator[str]:
    """What cannot be made by looking at the entry alone: nothing is imported."""
    try:
        canonical(entry.args)
    except (TypeError, ValueError) as error:
        yield f"args: cannot be written as JSON: {error}; use text, finite numbers, booleans, lists and tables"
    if isinstance(entry, spec.DataEntry) and entry.public and entry.files:
        yield "files: a public set has files of its own; leave one of the two out"
    if isinstance(entry, spec.ObjectiveEntry) and entry.optimizer is None and entry.name != spec.SCRATCH:
        yield "optimizer: missing: what is trained needs a rate; add optimizer = { rate = 0.001 }"
    if isinstance(entry, spec.TaskEntry):
        yield from _task_problems(entry)
    yield from _constructor_problems(entry, folder)


def _task_problems(task: spec.TaskEntry) -> Iterator[str]:
    if task.metric not in METRICS:
        yield f"metric: no metric '{task.metric}'; {nearest(task.metric, METRICS)}"
    kinds = {path.stem.replace("_", "-") for path in (Path(__file__).parent / "tasks").glob("[a-z]*.py")}
    kinds -= {"base", "probes"}
    if task.kind not in kinds:
        yield f"kind: no task kind '{task.kind}'; {nearest(task.kind, kinds)}"


def _constructor_problems(entry: spec.CodeEntry, folder: Path) -> Iterator[str]:
    module, _, attr = entry.entry.partition(":")
    path = code_file(folder, entry.entry)
    if path is None and module.partition(".")[0] == "harness":
        place = Path(__file__).parent.joinpath(*module.split(".")[1:])
        path = next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)
    elif path is None:
        top = module.partition(".")[0]
        if importlib.util.find_spec(top) is None:
            stems = {p.stem for p in folder.glob("*.py")}
            hint = nearest(top, stems)
            yield f"entry: no module '{module}' in {folder} and no installed package '{top}'; {hint}".rstrip("; ")
        return
    if path is None:
        yield f"entry: the harness has no module '{module}'"
        return
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        yield f"entry: {path} is not valid Python: {error}"
        return
    names = _top_level_names(tree)
    if attr not in names:
        yield f"entry: {path} defines no '{attr}'; {nearest(attr, names)}".rstrip("; ")
    yield from argument_problems(tree, attr, folder.name, entry.args, given(entry))


def given(entry: spec.CodeEntry) -> set[str]:
    """What the harness gives the source of an entry's data by name."""
    if not isinstance(entry, spec.DataEntry):
        return set()
    return {"folder", "download"} if entry.public else {"folder"} if entry.files else set()


def _top_level_names(tree: Any) -> set[str]:
    names: set[Any] = set()
    for node in tree.body:
        if hasattr(node, "name"):
            names.add(node.name)
        for target in getattr(node, "targets", []):
            names.add(getattr(target, "id", ""))
        for alias in getattr(node, "names", []):
            names.add(getattr(alias, "asname", None) or getattr(alias, "name", ""))
        names.add(getattr(getattr(node, "target", None), "id", ""))
    return names - {""}


def suite_problems(suite: spec.SuiteEntry, catalog: "Catalog") -> Iterator[str]:
    """References that dangle, comparisons without their control, and values that contradict each other."""
    for name, arm in suite.arms.items():
        yield from _dangling(f"arms.{name}.objective", "objective", arm.objective, catalog.names("objectives"))
        yield from _dangling(f"arms.{name}.corpus", "corpus", arm.corpus, catalog.names("corpora"))
        yield from _label_problem(name, arm, catalog)
    for name, adaptation in suite.adaptations.items():
        yield from _dangling(f"adaptations.{name}.task", "task", adaptation.task, catalog.names("tasks"))
        yield from _adaptation_problems(f"adaptations.{name}", adaptation, catalog)
        if adaptation.shape and adaptation.shape[0] != suite.shape[0]:
            ours, theirs = adaptation.shape[0], suite.shape[0]
            yield f"adaptations.{name}.shape: has {ours} channels and the suite's {theirs}; an encoder takes one number"
    for index, block in enumerate(suite.matrix):
        yield from _block_problems(f"matrix[{index}]", block, suite, catalog)
    for index, headline in enumerate(suite.headline):
        yield from _headline_problems(f"headline[{index}]", headline, suite)
    for place, values in _grids(suite):
        if len(set(values)) != len(values):
            yield f"{place}: holds a value twice; leave one"
        shared = sorted(set(suite.seeds) & set(values)) if place.endswith("tuning_seeds") else []
        if shared:
            yield f"{place}: {shared} are seeds too; tuning needs seeds of its own"


def _grids(suite: spec.SuiteEntry) -> Iterator[tuple[str, Sequence[float]]]:
    """All lists of seeds and rates, by their place."""
    yield "seeds", suite.seeds
    yield "tuning_seeds", suite.tuning_seeds
    yield "rates", suite.rates
    for name, adaptation in suite.adaptations.items():
        yield f"adaptations.{name}.tuning_seeds", adaptation.tuning_seeds or ()
        yield f"adaptations.{name}.rates", adaptation.rates or ()


def _adaptation_problems(place: str, adaptation: spec.AdaptationSpec, catalog: "Catalog") -> Iterator[str]:
    protocol, task = adaptation.protocol, catalog.tasks.get(adaptation.task)
    for field in ("steps", "rates", "tuning_seeds"):
        if getattr(adaptation, field) and protocol != "finetune":
            yield f"{place}.{field}: a {protocol} probe takes no {field.replace('_', ' ')}; leave it out"
    if task is not None and task.kind not in SHOTS_KINDS:
        if protocol != "finetune":
            yield f"{place}.protocol: '{task.name}' is {task.kind}, which has no {protocol} probe; use 'finetune'"
        if adaptation.shots is not None:
            yield f"{place}.shots: the examples of {task.kind} have no one class to be drawn by; leave it out"


def _block_problems(place: str, block: spec.Block, suite: spec.SuiteEntry, catalog: "Catalog") -> Iterator[str]:
    for model in block.models:
        yield from _dangling(f"{place}.models", "model", model, catalog.names("models"))
    for name in block.arms:
        yield from _dangling(f"{place}.arms", "arm", name, suite.arms)
    for name in block.adaptations:
        yield from _dangling(f"{place}.adaptations", "adaptation", name, suite.adaptations)
    if not any(suite.arms[name].objective == spec.SCRATCH for name in block.arms if name in suite.arms):
        yield f"{place}.arms: no arm with objective '{spec.SCRATCH}': every comparison needs its control"
    yield from _modality_problems(place, block, suite, catalog)


def _label_problem(name: str, arm: spec.ArmSpec, catalog: "Catalog") -> Iterator[str]:
    objective, corpus = catalog.objectives.get(arm.objective), catalog.corpora.get(arm.corpus)
    if objective is not None and corpus is not None and objective.labels and not corpus.labelled:
        options = [other.name for other in catalog.corpora.values() if other.labelled]
        yield f"arms.{name}.corpus: '{objective.name}' needs labels and '{corpus.name}' has none; " + nearest(
            corpus.name, options
        )


def _modality_problems(place: str, block: spec.Block, suite: spec.SuiteEntry, catalog: "Catalog") -> Iterator[str]:
    """A block whose parts see different things: an image encoder cannot read text."""
    arms = [suite.arms[name] for name in block.arms if name in suite.arms]
    tasks = [suite.adaptations[name].task for name in block.adaptations if name in suite.adaptations]
    wanted: list[tuple[Mapping[str, spec.CodeEntry], Iterable[str]]] = [
        (catalog.models, block.models),
        (catalog.objectives, [arm.objective for arm in arms]),
        (catalog.corpora, [arm.corpus for arm in arms]),
        (catalog.tasks, tasks),
    ]
    found = {entries[name].modality: name for entries, names in wanted for name in names if name in entries}
    if len(found) > 1:
        parts = ", ".join(f"'{name}' is of {modality}" for modality, name in sorted(found.items()))
        yield f"{place}: {parts}; a block has one modality"


def _headline_problems(place: str, headline: spec.Headline, suite: spec.SuiteEntry) -> Iterator[str]:
    within = any(
        headline.model in block.models and headline.arm in block.arms and headline.adaptation in block.adaptations
        for block in suite.matrix
    )
    if not within:
        cell = f"{headline.model} x {headline.arm} x {headline.adaptation}"
        yield f"{place}: {cell} is in no block of the matrix; name a cell that is swept"
    if headline.arm in suite.arms and suite.arms[headline.arm].objective == spec.SCRATCH:
        yield f"{place}.arm: '{headline.arm}' is {spec.SCRATCH}, which all others are compared with; name one of those"


def _dangling(place: str, kind: str, name: str, valid: Collection[str]) -> Iterator[str]:
    if name not in valid:
        yield f"{place}: no {kind} '{name}'; {nearest(name, valid)}".rstrip("; ")
