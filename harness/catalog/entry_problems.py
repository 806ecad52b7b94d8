"""Checks of an entry by itself: its file, its schema, its values and its constructor. Nothing is imported."""

import ast
import importlib.util
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from harness.catalog import schemas
from harness.catalog.keys import canonical
from harness.catalog.problems import EntryProblem, unknown
from harness.catalog.signatures import argument_problems
from harness.metrics.names import METRICS

HARNESS = Path(__file__).parents[1]


def module_file(folder: Path, module: str) -> Path | None:
    """The file of a dotted module below a folder, or None."""
    path = folder.joinpath(*module.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def code_file(folder: Path, entry: str) -> Path | None:
    """The file in an entry folder that `module:attr` names, or None."""
    return module_file(folder, entry.partition(":")[0])


def file_problems(path: Path, schema: type[schemas.Entry]) -> Iterator[EntryProblem]:
    """Why a file cannot be read: TOML errors with their line, schema errors with their key."""
    try:
        text = path.read_text(encoding="utf-8")
        schema.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        end = text.rstrip().count("\n") + 1
        got = str(error).replace("at end of document", f"at line {end}, where the file ends")
        yield EntryProblem("", "valid TOML", got, "correct the line")
    except RecursionError:
        yield EntryProblem("", "valid TOML", "values nested too deeply", "nest them less")
    except UnicodeDecodeError as error:
        yield EntryProblem("", "UTF-8 text", f"byte {error.start} of another encoding", "save the file as UTF-8")
    except OSError as error:
        yield EntryProblem("", "a file that can be read", str(error.strerror), "replace or remove it")
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            yield _schema_problem(cast(dict[str, Any], problem), schema)


def _schema_problem(problem: dict[str, Any], schema: type[schemas.Schema]) -> EntryProblem:
    """A problem of pydantic in the words of this registry."""
    place, value = [part for part in problem["loc"] if part != "[key]"], problem["input"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    context, got = problem.get("ctx", {}), f"{value!r:.80}"
    match problem["type"]:
        case "extra_forbidden":
            return unknown(key, "a known key", str(place[-1]), _fields_at(schema, place[:-1]))
        case "missing":
            return EntryProblem(key, "a value", "no such key", "add it")
        case "string_pattern_mismatch" if "[A-Za-z_]" in context["pattern"]:
            return EntryProblem(key, "the name of a constructor", got, 'write "module:attr"')
        case "string_pattern_mismatch" if "[0-9a-f]" in context["pattern"]:
            return EntryProblem(key, "a SHA-256", got, "write its 64 hex digits in lower case")
        case "string_pattern_mismatch":
            return EntryProblem(key, "lower-case letters, digits and single hyphens", got, "rename it")
        case "literal_error":
            options = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return unknown(key, f"one of {', '.join(options)}", str(value), options)
        case "model_type":
            fields = ", ".join(f"{name} = …" for name in _fields_at(schema, place))
            return EntryProblem(key, f"a table {{ {fields} }}", got, "write a table")
        case "value_error":
            return EntryProblem(key, str(context["error"]), f"{list(value)!r:.80}", "correct the value")
        case _:
            expected = problem["msg"].removeprefix("Input should be ")
            return EntryProblem(key, expected[0].lower() + expected[1:], got, "correct the value")


def _fields_at(schema: type[schemas.Schema], place: list[str | int]) -> list[str]:
    """The valid keys of the schema at a place inside another."""
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
    inner = (_schema_within(argument) for argument in getattr(annotation, "__args__", ()))
    return next((schema for schema in inner if schema is not None), None)


def entry_problems(entry: schemas.CodeEntry, folder: Path) -> Iterator[EntryProblem]:
    """Problems that the entry alone shows; `folder` is that of its kind."""
    try:
        canonical(entry.args)
    except (TypeError, ValueError) as error:
        fix = "use text, finite numbers, booleans, lists and tables"
        yield EntryProblem("args", "values that can be written as JSON", str(error), fix)
    if isinstance(entry, schemas.DataEntry) and entry.public and entry.files:
        expected = "no files, since a public set has its own"
        yield EntryProblem("files", expected, f"'{entry.files}'", "remove `files` or `public`")
    if isinstance(entry, schemas.ObjectiveEntry) and entry.optimizer is None and entry.name not in schemas.UNTRAINED:
        expected = "a rate, which training needs"
        yield EntryProblem("optimizer", expected, "none", "add optimizer = { rate = 0.001 }")
    if isinstance(entry, schemas.ModelEntry):
        yield from _tokenizer_problems(entry)
    if isinstance(entry, schemas.TaskEntry):
        yield from _task_problems(entry)
    yield from _constructor_problems(entry, folder)


def _tokenizer_problems(model: schemas.ModelEntry) -> Iterator[EntryProblem]:
    tokenizer = model.tokenizer
    if tokenizer is None and model.modality == "text":
        fix = f'add tokenizer = {{ kind = "{"own" if model.files else "bytes"}" }}'
        yield EntryProblem("tokenizer", "a tokenizer, which a model of text needs", "none", fix)
    elif tokenizer is not None and model.modality != "text":
        expected, got = f"none, since a model of {model.modality} reads no tokens", f'kind "{tokenizer.kind}"'
        yield EntryProblem("tokenizer", expected, got, "remove it")
    elif tokenizer is not None and (tokenizer.kind == "bpe") != (None not in (tokenizer.vocabulary, tokenizer.corpus)):
        expected = 'a vocabulary and a corpus with kind "bpe", and neither with another kind'
        got = f'kind "{tokenizer.kind}", vocabulary {tokenizer.vocabulary}, corpus {tokenizer.corpus}'
        yield EntryProblem("tokenizer", expected, got, f"{'add' if tokenizer.kind == 'bpe' else 'remove'} them")
    if tokenizer is not None and (tokenizer.kind == "own") != (model.files is not None):
        expected = 'kind "own" and `files` together, since published weights need their own tokenizer'
        got = f'kind "{tokenizer.kind}" {"without" if model.files is None else "with"} files'
        yield EntryProblem("tokenizer", expected, got, "add or remove one of them")
    if model.sha256 and model.files is None:
        yield EntryProblem("sha256", "`files`, the folder of these files", "none", "add `files`")


def _task_problems(task: schemas.TaskEntry) -> Iterator[EntryProblem]:
    if task.metric not in METRICS:
        yield unknown("metric", "a metric", task.metric, METRICS)
    heads, scorers = HARNESS / "tasks", HARNESS / "metrics"
    kinds = {path.stem.replace("_", "-") for path in heads.glob("[a-z]*.py") if (scorers / path.name).is_file()}
    if task.kind not in kinds:
        yield unknown("kind", "a task kind", task.kind, kinds)


def _constructor_problems(entry: schemas.CodeEntry, folder: Path) -> Iterator[EntryProblem]:
    module, _, attr = entry.entry.partition(":")
    top, path = module.partition(".")[0], code_file(folder, entry.entry)
    if path is None and top == "harness":
        path = module_file(HARNESS.parent, module)
        if path is None:
            yield EntryProblem("entry", "a module of the harness", f"'{module}'", "correct its name")
    elif path is None and importlib.util.find_spec(top) is None:
        fix = f"add '{module}.py', or install '{top}'"
        yield unknown(
            "entry", f"a module in {folder} or an installed package", module, {p.stem for p in folder.glob("*.py")}, fix
        )
    if path is None:
        return
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        yield EntryProblem("entry", f"valid Python in {path}", str(error), "correct the code")
        return
    names = _top_level_names(tree)
    if attr not in names:
        yield unknown("entry", f"a name that {path} defines", attr, names, "define it there")
    yield from argument_problems(tree, attr, folder.name, entry.args, passed_arguments(entry))


def passed_arguments(entry: schemas.CodeEntry) -> set[str]:
    """The arguments that the harness passes to this entry's constructor by name, in addition to those of its kind."""
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
