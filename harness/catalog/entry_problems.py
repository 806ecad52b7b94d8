"""What can be wrong with an entry, each problem with its key and its mend."""

import ast
import importlib.util
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from harness.catalog import schemas
from harness.catalog.keys import canonical
from harness.catalog.signatures import argument_problems
from harness.errors import nearest
from harness.metrics.names import METRICS


HARNESS = Path(__file__).parents[1]


def code_file(folder: Path, entry: str) -> Path | None:
    """The file in an entry folder that `module:attr` names, or None."""
    place = folder.joinpath(*entry.partition(":")[0].split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def file_problems(path: Path, schema: type[schemas.Entry]) -> Iterator[str]:
    """Why a file could not be read: TOML errors with their line, schema errors with their key."""
    try:
        text = path.read_text(encoding="utf-8")
        schema.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        end = text.rstrip().count("\n") + 1
        yield "not valid TOML: " + str(error).replace("at end of document", f"at line {end}, where the file ends")
    except RecursionError:
        yield "not valid TOML: nested too deeply"
    except UnicodeDecodeError as error:
        yield f"not UTF-8 text (byte {error.start}); save the file as UTF-8"
    except OSError as error:
        yield f"cannot be read: {error.strerror}"
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            yield _schema_problem(cast(dict[str, Any], problem), schema)


def _schema_problem(problem: dict[str, Any], schema: type[schemas.Schema]) -> str:
    place = [part for part in problem["loc"] if part != "[key]"]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    match problem["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; {nearest(str(place[-1]), _fields_at(schema, place[:-1]))}"
        case "missing":
            return f"{where}: missing key; add it"
        case "string_pattern_mismatch" if "[A-Za-z_]" in problem["ctx"]["pattern"]:
            return f"{where}: '{problem['input']}' does not name a constructor; write \"module:attr\""
        case "string_pattern_mismatch" if "[0-9a-f]" in problem["ctx"]["pattern"]:
            return f"{where}: '{problem['input']:.80}' is no SHA-256; write its 64 hex digits, in lower case"
        case "string_pattern_mismatch":
            return f"{where}: bad name '{problem['input']}'; use lower-case letters, digits and single hyphens"
        case "literal_error":
            options = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"{where}: '{problem['input']}' is not valid; {nearest(str(problem['input']), options)}"
        case "model_type":
            fields = ", ".join(f"{name} = …" for name in _fields_at(schema, place))
            return f"{where}: has to be a table {{ {fields} }} (it is {problem['input']!r:.80})"
        case "value_error":
            return f"{where}: {problem['ctx']['error']} (it is {list(problem['input'])!r:.80})"
        case _:
            text = problem["msg"][0].lower() + problem["msg"][1:]
            return f"{where}: {text} (it is {problem['input']!r:.80})"


def _fields_at(schema: type[schemas.Schema], place: list[str | int]) -> list[str]:
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
    if isinstance(annotation, type) and issubclass(annotation, schemas.Schema):
        return annotation
    found = (_schema_within(argument) for argument in getattr(annotation, "__args__", ()))
    return next((schema for schema in found if schema is not None), None)


def entry_problems(entry: schemas.CodeEntry, folder: Path) -> Iterator[str]:
    """What cannot be made by looking at the entry alone: nothing is imported."""
    try:
        canonical(entry.args)
    except (TypeError, ValueError) as error:
        yield f"args: cannot be written as JSON: {error}; use text, finite numbers, booleans, lists and tables"
    if isinstance(entry, schemas.DataEntry) and entry.public and entry.files:
        yield "files: a public set has files of its own; leave one of the two out"
    if isinstance(entry, schemas.ObjectiveEntry) and entry.optimizer is None and entry.name not in schemas.UNTRAINED:
        yield "optimizer: missing: what is trained needs a rate; add optimizer = { rate = 0.001 }"
    if isinstance(entry, schemas.ModelEntry):
        yield from _tokenizer_problems(entry)
    if isinstance(entry, schemas.TaskEntry):
        yield from _task_problems(entry)
    yield from _constructor_problems(entry, folder)


def _tokenizer_problems(model: schemas.ModelEntry) -> Iterator[str]:
    tokenizer = model.tokenizer
    if tokenizer is None and model.modality == "text":
        kind = "own" if model.files else "bytes"
        yield f'tokenizer: missing: text is read by its tokens; add tokenizer = {{ kind = "{kind}" }}'
    elif tokenizer is not None and model.modality != "text":
        yield f"tokenizer: a model of {model.modality} reads no tokens; leave it out"
    elif tokenizer is not None and (tokenizer.kind == "bpe") != (None not in (tokenizer.vocabulary, tokenizer.corpus)):
        yield f'tokenizer: kind "bpe" takes a vocabulary and a corpus, and "{tokenizer.kind}" takes neither'
    if tokenizer is not None and (tokenizer.kind == "own") != (model.files is not None):
        yield 'tokenizer: published weights know their own tokens alone: `files` and kind = "own" go together'
    if model.sha256 and model.files is None:
        yield "sha256: of which files? Name their folder by `files`"


def _task_problems(task: schemas.TaskEntry) -> Iterator[str]:
    if task.metric not in METRICS:
        yield f"metric: no metric '{task.metric}'; {nearest(task.metric, METRICS)}"
    heads, scorers = (HARNESS / "tasks", HARNESS / "metrics")
    kinds = {path.stem.replace("_", "-") for path in heads.glob("[a-z]*.py") if (scorers / path.name).is_file()}
    if task.kind not in kinds:
        yield f"kind: no task kind '{task.kind}'; {nearest(task.kind, kinds)}"


def _constructor_problems(entry: schemas.CodeEntry, folder: Path) -> Iterator[str]:
    module, _, attr = entry.entry.partition(":")
    path = code_file(folder, entry.entry)
    if path is None and module.partition(".")[0] == "harness":
        place = HARNESS.joinpath(*module.split(".")[1:])
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
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        yield f"entry: {path} is not valid Python: {error}"
        return
    names = _top_level_names(tree)
    if attr not in names:
        yield f"entry: {path} defines no '{attr}'; {nearest(attr, names)}".rstrip("; ")
    yield from argument_problems(tree, attr, folder.name, entry.args, given(entry))


def given(entry: schemas.CodeEntry) -> set[str]:
    """What the harness gives an entry's constructor by name besides what it gives all of its kind."""
    if isinstance(entry, schemas.ModelEntry):
        wanted = {"vocabulary": entry.tokenizer, "causal": entry.causal, "folder": entry.files}
        return {name for name, value in wanted.items() if value}
    if not isinstance(entry, schemas.DataEntry):
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
