"""Keys: everything that decides an outcome counts, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalog.keys import canonical, code_key, key, without_seeds
from harness.errors import BoardError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

CODE = '''"""A docstring."""
import torch
from helper import width


class Net(torch.nn.Module):
    """Another."""

    def __init__(self, size=3):
        super().__init__()
        self.size = width(size)  # a comment
'''
HELPER = "def width(size):\n    return size * 2\n"


def folder_with(place: Path, code: str = CODE, helper: str = HELPER) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "net.py").write_text(code)
    (place / "helper.py").write_text(helper)
    (place / "other.py").write_text("unrelated = 1\n")
    return place


def key_of(place: Path) -> str:
    return code_key(place / "net.py", place)


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_order_of_keys_does_not_count(spec: dict) -> None:
    assert key(spec) == key(dict(reversed(list(spec.items()))))


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_canonical_form_is_json_that_reads_back(spec: dict) -> None:
    assert json.loads(canonical(spec)) == spec


@given(JSON, JSON)
def test_different_values_have_different_keys(one: object, other: object) -> None:
    assert (canonical(one) == canonical(other)) == (key({"value": one}) == key({"value": other}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_without_json_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        key({"value": value})


def test_a_variant_has_no_seeds() -> None:
    spec = {"seed": 1, "parent": "a", "tuning": "b", "steps": 3}
    assert without_seeds(spec) == {"steps": 3}


@pytest.mark.parametrize(
    "change",
    [
        lambda code: code.replace("# a comment", "# quite another"),
        lambda code: code.replace('"""A docstring."""', '"""Changed."""'),
        lambda code: code.replace('    """Another."""\n\n', ""),
        lambda code: code.replace("\n\n\n", "\n"),
        lambda code: code.replace("size=3", "size = 3"),
        lambda code: code.replace("self.size = width(size)", "self.size = (\n            width(size)\n        )"),
    ],
)
def test_comments_and_formatting_do_not_count(tmp_path: Path, change) -> None:
    before = key_of(folder_with(tmp_path))
    assert change(CODE) != CODE
    assert key_of(folder_with(tmp_path, change(CODE))) == before


@pytest.mark.parametrize(
    ("code", "helper"),
    [
        (CODE.replace("size=3", "size=4"), HELPER),
        (CODE.replace("size=3", "size=3.0"), HELPER),
        (CODE.replace("size=3", "size='3'"), HELPER),
        (CODE.replace("self.size", "self.width"), HELPER),
        (CODE, HELPER.replace("2", "3")),
        (CODE + "\nNet.extra = True\n", HELPER),
    ],
)
def test_behaviour_counts_in_what_is_imported_too(tmp_path: Path, code: str, helper: str) -> None:
    before = key_of(folder_with(tmp_path))
    assert key_of(folder_with(tmp_path, code, helper)) != before


def test_other_modules_do_not_count(tmp_path: Path) -> None:
    place = folder_with(tmp_path)
    before = key_of(place)
    (place / "other.py").write_text("unrelated = 2\n")
    assert key_of(place) == before


def test_moving_the_folder_does_not_count(tmp_path: Path) -> None:
    before = key_of(folder_with(tmp_path / "here"))
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert key_of(tmp_path / "there") == before


@pytest.mark.parametrize(
    "statement",
    ["from .deep import width", "from . import deep", "from .deep.inner import width", "import package.deep"],
)
def test_imports_of_every_form_are_followed(tmp_path: Path, statement: str) -> None:
    package = tmp_path / "package"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "deep" / "__init__.py").write_text("value = 1\n")
    (package / "deep" / "inner.py").write_text("width = 1\n")
    (package / "net.py").write_text(f"{statement}\n")
    before = code_key(package / "net.py", tmp_path)
    (package / "deep" / "__init__.py").write_text("value = 2\n")
    assert code_key(package / "net.py", tmp_path) != before


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    place = folder_with(tmp_path, helper=HELPER + "import net\n")
    assert len(key_of(place)) == 64


def test_broken_code_is_named(tmp_path: Path) -> None:
    place = folder_with(tmp_path, helper="def broken(:\n")
    with pytest.raises(BoardError) as caught:
        key_of(place)
    assert (caught.value.place, caught.value.expected) == (str(place / "helper.py"), "valid Python")
    assert caught.value.fix
