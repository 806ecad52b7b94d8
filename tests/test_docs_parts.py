"""The generated parts of the documentation: keys of entries, columns, results, and the picture of imports."""

import importlib.util
import re
from types import ModuleType

import pytest

from harness.catalog import schemas
from harness.findings.base import Column, Table
from tests.boards import ROOT


def loaded(name: str) -> ModuleType:
    """A file of `docs/` as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOOKS, PICTURE = loaded("hooks"), loaded("picture")


def test_a_value_is_neither_html_nor_markdown() -> None:
    hostile = "<script>alert(1)</script> | **a** [b](c) {: #d }\n\n# e & `f`"
    (cell,) = re.findall(r"<td>(.*)</td>", HOOKS.table_html(Table([Column("a", "a")], [{"a": hostile}])))
    assert not re.search(r"<script|[*|\[\]{}]", cell)
    assert HOOKS.escaped("it's") == "it&#39;s"


def test_a_long_table_is_cut() -> None:
    columns = [Column(f"c{number}", f"column {number}") for number in range(20)]
    html = HOOKS.table_html(Table(columns, [{f"c{number}": "x" for number in range(20)}] * 15))
    assert html.count("<tr>") == 1 + HOOKS.MOST_ROWS
    assert html.count("<td>") == HOOKS.MOST_ROWS * HOOKS.MOST_COLUMNS
    assert "5 more rows." in html


def test_keys_have_their_type_default_and_meaning() -> None:
    html = HOOKS.keys_html(schemas.ArmSpec)
    assert "<td><code>fraction</code></td><td>number &#62; 0, ≤ 1</td><td><code>1</code></td>" in html
    assert "<td><code>objective</code></td><td>string</td><td>required</td>" in html
    assert HOOKS.field_meanings(schemas.TaskEntry).keys() >= {"metric", "source", "args", "title"}


@pytest.mark.parametrize("suite", HOOKS.SUITES)
def test_every_suite_with_records_has_results(suite: str) -> None:
    page = HOOKS.on_page_markdown((ROOT / "docs" / "results" / f"{suite}.md").read_text())
    assert "{{" not in page
    assert "<li>Headline" in page
    assert f"pretune show {suite} board" in page


def test_no_page_has_an_unknown_part() -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        parts = re.findall(r"^\{\{.*", path.read_text(), re.MULTILINE)
        assert all(HOOKS.PART.match(part) for part in parts), path


def test_imports_point_down() -> None:
    depths = {name: depth for depth, layer in enumerate(PICTURE.layers()) for name in layer}
    pairs = PICTURE.imports()
    assert {name for pair in pairs for name in pair} <= depths.keys()
    assert [(start, end) for start, end in pairs if depths[start] >= depths[end]] == []
    assert PICTURE.UPWARDS.encode() not in PICTURE.picture()


def test_an_arrow_that_a_path_implies_is_not_drawn() -> None:
    assert PICTURE.reduced({("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")}) == {("a", "b"), ("b", "c"), ("d", "c")}


@pytest.mark.heavy
def test_the_documentation_builds_strictly(tmp_path: object) -> None:
    pytest.importorskip("mkdocs")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path)))
