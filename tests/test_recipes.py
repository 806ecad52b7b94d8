"""The guard on recipes: where the harness's code changes what a trial does, a version has to be raised with it.

A trial's key holds the version of each recipe, and not the harness's code. So `recipes.json` keeps, for each file that
decides behaviour, the hash of its syntax tree (formatting, comments and docstrings left out) beside the versions that
stand for it. `python -m tests.test_recipes` writes it anew.
"""

import ast
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harness.catalog import Catalog
from harness.catalog.keys import tree_text
from harness.catalog.schemas import ENGINE

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).with_name("recipes.json")
REFRESH = "python -m tests.test_recipes"

SHARED = (
    "harness/data/*.py",
    "harness/data/layouts/*.py",
    "harness/metrics/representation.py",
    "harness/metrics/similarity.py",
    "harness/metrics/transferability.py",
    "harness/metrics/*_*.py",
    "harness/objectives/*.py",
    "harness/seeds.py",
    "harness/splits.py",
    "harness/tasks/*.py",
    "harness/training/*.py",
    "harness/worker/adapt.py",
    "harness/worker/device.py",
    "harness/worker/inputs.py",
    "harness/worker/inspection.py",
    "harness/worker/pretrain.py",
)
"""What decides behaviour. Files that no entry names are common to all trials, and ENGINE stands for them."""

Recipe = dict[str, object]


def entries(catalog: Catalog) -> dict[str, dict[str, int]]:
    """The harness's files that entries of the registry name, each with its entries' versions."""
    found: dict[str, dict[str, int]] = {}
    for kind in ("objectives", "corpora", "tasks"):
        for name, entry in catalog.kind(kind).items():
            module = entry.entry.partition(":")[0]  # type: ignore[attr-defined]
            if module.startswith("harness."):
                file = f"{module.replace('.', '/')}.py"
                found.setdefault(file, {})[f"{kind}/{name}.toml: version"] = entry.version  # type: ignore[attr-defined]
    for name, task in catalog.tasks.items():
        file = f"harness/tasks/{task.kind.replace('-', '_')}.py"
        found.setdefault(file, {})[f"tasks/{name}.toml: kind_version"] = task.kind_version
    return found


def imported(tree: ast.AST) -> set[str]:
    """The files that a file imports, if they are modules of the harness."""
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return {f"{module.replace('.', '/')}.py" for module in modules}


def code(root: Path, file: str, own: Mapping[str, object]) -> str:
    """The hash of a file's tree and of those of other entries' files that it builds upon."""
    texts: dict[str, str] = {}
    waiting = [file]
    while waiting:
        name = waiting.pop()
        if name not in texts:
            tree = ast.parse((root / name).read_bytes())
            texts[name] = tree_text(tree)
            waiting += imported(tree) & own.keys() if file in own else []
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:32]


def recipes(root: Path, engine: int = ENGINE) -> dict[str, Recipe]:
    """Every file that decides behaviour, with the versions that stand for it and the hash of its code."""
    own = entries(Catalog(root / "registry"))
    shared = {path.relative_to(root).as_posix() for pattern in SHARED for path in root.glob(pattern)}
    return {
        file: {"version": own.get(file, {"harness/catalog/schemas.py: ENGINE": engine}), "code": code(root, file, own)}
        for file in sorted(shared | own.keys())
    }


def problems(recorded: Mapping[str, Recipe], found: Mapping[str, Recipe]) -> list[str]:
    """What has to be done before the record and the code agree, one line a file."""
    lines = []
    for file in sorted(recorded.keys() | found.keys()):
        old, new = recorded.get(file), found.get(file)
        if old == new:
            continue
        if old is None or new is None:
            lines.append(f"{file} is {'new' if old is None else 'gone'}: refresh with `{REFRESH}`")
        elif old["code"] != new["code"] and old["version"] == new["version"]:
            places = ", ".join(f"{'' if 'ENGINE' in place else 'registry/'}{place}" for place in new["version"])  # type: ignore[attr-defined]
            lines.append(
                f"{file} changed: if trials come out differently, raise {places}, and refresh with `{REFRESH}`; "
                "if behaviour is the same, refresh alone"
            )
        else:
            lines.append(f"{file}: the record is out of date: refresh with `{REFRESH}`")
    return lines


def write(path: Path, root: Path) -> None:
    """Writes the record of recipes as they are now."""
    path.write_text(json.dumps(recipes(root), indent=1, sort_keys=True) + "\n")


def test_no_recipe_changed_without_its_version() -> None:
    found = problems(json.loads(RECORD.read_text()), recipes(ROOT))
    assert not found, "\n" + "\n".join(found)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the harness and the registry."""
    for folder in ("harness", "registry"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def changed(copy: Path, file: str, change: Callable[[str], str], engine: int = ENGINE) -> list[str]:
    """The guard's problems after a change of a file of the copy."""
    before = recipes(copy)
    path = copy / file
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    return problems(before, recipes(copy, engine))


def behaviour(text: str) -> str:
    """A change that might change what trials do."""
    return f"{text}\n\nADDED = 1\n"


def raised(text: str) -> str:
    """An entry with its version raised."""
    return re.sub(r"^version = (\d+)", lambda found: f"version = {int(found[1]) + 1}", text, flags=re.MULTILINE)


def test_the_guard_is_quiet_where_nothing_changed(copy: Path) -> None:
    assert recipes(copy) == recipes(ROOT)
    assert problems(recipes(copy), recipes(ROOT)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"""', '"""Changed. ', 1),
        lambda text: text.replace("\nimport math\n", "\nimport math  # a comment\n\n\n"),
        lambda text: text.replace("TURNS = 4", "TURNS = (\n    4\n)"),
        lambda text: f"{text}# the end\n",
    ],
)
def test_the_guard_does_not_mind_comments_and_formatting(copy: Path, change: Callable[[str], str]) -> None:
    assert changed(copy, "harness/objectives/rotation.py", change) == []


@pytest.mark.parametrize(
    "change",
    [
        behaviour,
        lambda text: text.replace("TURNS = 4", "TURNS = 3"),
        lambda text: text.replace("rot90(square, turn,", "rot90(square, -turn,"),
        lambda text: text.replace("math.log(TURNS)", "math.log(TURNS - 1)"),
    ],
)
def test_the_guard_names_the_version_to_raise(copy: Path, change: Callable[[str], str]) -> None:
    (line,) = changed(copy, "harness/objectives/rotation.py", change)
    assert line.startswith("harness/objectives/rotation.py changed")
    assert "raise registry/objectives/rotation.toml: version" in line
    assert REFRESH in line


def test_the_guard_knows_what_builds_upon_what(copy: Path) -> None:
    lines = changed(copy, "harness/objectives/autoencoder.py", behaviour)
    named = [line.partition(" ")[0] for line in lines]
    assert named == ["harness/objectives/autoencoder.py", "harness/objectives/denoising_autoencoder.py"]


def test_the_guard_names_every_entry_of_a_file(copy: Path) -> None:
    (line,) = changed(copy, "harness/data/glyphs.py", behaviour)
    assert "registry/corpora/glyphs.toml: version, registry/tasks/glyphs-new-typeface.toml: version" in line


def test_the_guard_names_the_version_of_a_kind(copy: Path) -> None:
    (line,) = changed(copy, "harness/tasks/image_classification.py", behaviour)
    assert "registry/tasks/digits.toml: kind_version" in line


@pytest.mark.parametrize(
    "file",
    [
        "harness/data/batches.py",
        "harness/data/prepared.py",
        "harness/data/shots.py",
        "harness/data/views.py",
        "harness/objectives/base.py",
        "harness/objectives/contrast.py",
        "harness/objectives/decoder.py",
        "harness/seeds.py",
        "harness/tasks/probes.py",
        "harness/training/encoders.py",
        "harness/training/loop.py",
        "harness/training/optimizers.py",
        "harness/worker/adapt.py",
        "harness/worker/pretrain.py",
    ],
)
def test_the_engine_stands_for_what_all_share(copy: Path, file: str) -> None:
    (line,) = changed(copy, file, behaviour)
    assert line.startswith(f"{file} changed")
    assert "raise harness/catalog/schemas.py: ENGINE" in line


def test_a_raised_version_has_to_be_recorded(copy: Path) -> None:
    before, wanted = (
        recipes(copy),
        f"harness/objectives/simclr.py: the record is out of date: refresh with `{REFRESH}`",
    )
    assert changed(copy, "registry/objectives/simclr.toml", raised) == [wanted]
    assert "changed" in changed(copy, "harness/objectives/simclr.py", behaviour)[0]
    assert problems(before, recipes(copy)) == [wanted]


def test_a_raised_engine_has_to_be_recorded(copy: Path) -> None:
    lines = changed(copy, "harness/tasks/probes.py", behaviour, engine=ENGINE + 1)
    assert all("the record is out of date" in line for line in lines)
    assert any(line.startswith("harness/tasks/probes.py") for line in lines)


def test_a_new_file_has_to_be_recorded(copy: Path) -> None:
    before = recipes(copy)
    (copy / "harness" / "objectives" / "another.py").write_text("value = 1\n")
    after = recipes(copy)
    assert problems(before, after) == [f"harness/objectives/another.py is new: refresh with `{REFRESH}`"]
    assert problems(after, before) == [f"harness/objectives/another.py is gone: refresh with `{REFRESH}`"]


def test_refreshing_makes_the_guard_quiet(copy: Path) -> None:
    assert changed(copy, "harness/objectives/simclr.py", behaviour)
    write(copy / "recipes.json", copy)
    assert problems(json.loads((copy / "recipes.json").read_text()), recipes(copy)) == []


def test_every_objective_corpus_and_task_of_the_harness_is_guarded() -> None:
    catalog, guarded = Catalog(ROOT / "registry"), recipes(ROOT)
    for kind in ("objectives", "corpora", "tasks"):
        for entry in catalog.kind(kind).values():
            module = entry.entry.partition(":")[0]  # type: ignore[attr-defined]
            assert not module.startswith("harness.") or f"{module.replace('.', '/')}.py" in guarded


if __name__ == "__main__":
    write(RECORD, ROOT)
    print(f"wrote {RECORD.relative_to(ROOT)}")
