"""The board's table in Chromium beside Tabulator with the same rows: opened, sorted, filtered, until it is painted.

Tabulator shows plain text in pages of a hundred rows, as the board's table does; it draws no intervals. 1,000 cells;
PRETUNE_CELLS=10000 asks for ten times as many.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from benchmarks.test_large_board import CELLS, board_in, large
from harness.report.site import render
from tests.report.chromium import FLAGS, found

__all__ = ["large"]
WHO = ("pretune", "tabulator")
PAINTED = "() => new Promise(done => { %s; requestAnimationFrame(() => setTimeout(done, 0)); })"
SORT = {
    "pretune": "document.querySelector('[data-sort=score]').click()",
    "tabulator": "table.setSort('score', table.getSorters().some(s => s.dir === 'desc') ? 'asc' : 'desc')",
}
FILTER = {
    "pretune": "const i = document.getElementById('filter'); i.value = i.value ? '' : 'simclr'; "
               "i.dispatchEvent(new Event('input', { bubbles: true }))",
    "tabulator": "table.getFilters().length ? table.clearFilter() : table.setFilter('pretraining', 'like', 'simclr')",
}  # fmt: skip
READY = {
    "pretune": "document.getElementById('shown').textContent.includes('problems')",
    "tabulator": "window.built === true",
}
PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="tabulator.min.css"><div id="table"></div>
<script src="tabulator.min.js"></script><script src="rows.js"></script><script>
var table = new Tabulator("#table", { data: rows, columns: columns, pagination: true, paginationSize: 100 });
table.on("tableBuilt", function () { window.built = true; });
</script>"""


@pytest.fixture(scope="module")
def pages(large: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each, with all that it reads."""
    board = board_in(large)
    site, other = large / "public", tmp_path_factory.mktemp("tabulator")
    render(board, board.catalog.suite("large"), site)
    try:
        package = metadata.distribution("pytabulator")  # for its files: to import it takes a web framework
    except metadata.PackageNotFoundError:
        pytest.skip("no pytabulator: pip install -e .[bench]")
    for name in ("tabulator.min.js", "tabulator.min.css"):
        (other / name).write_bytes(Path(str(package.locate_file(f"pytabulator/srcjs/{name}"))).read_bytes())
    columns, rows = _decoded(site / "data" / "board.js")
    named = [{"title": each["title"], "field": each["name"]} for each in columns]
    (other / "rows.js").write_text(f"var columns = {json.dumps(named)}, rows = {json.dumps(rows)};")
    (other / "index.html").write_text(PAGE)
    return {"pretune": site / "index.html", "tabulator": other / "index.html"}


def _decoded(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The shown columns of the board's data, and its rows in words and figures."""
    text = re.sub(r'^pretune\.take\("board",|\);\n$', "", path.read_text())
    data = json.loads(text)
    shown = [column for column in data["columns"] if column["shown"]]
    values = {}
    for column in shown:
        told = data["data"][column["name"]]
        scale = 10 ** told.get("digits", 0)
        values[column["name"]] = [
            (told["words"][at] if at >= 0 else None) if "words" in told else None if at is None else at / scale
            for at in told["at"]
        ]
    return shown, [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = found()
    if path is None:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Any, path: Path, who: str) -> Any:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(path.as_uri())
    page.wait_for_function(READY[who])
    return page


@pytest.mark.benchmark(group=f"open a table of {CELLS:,} rows")
@pytest.mark.parametrize("who", WHO)
def test_open(benchmark: Any, who: str, pages: dict[str, Path], browser: Any) -> None:
    parts = [pages[who], *pages[who].parent.glob("*.js"), *pages[who].parent.glob("*.css")]
    if who == "pretune":
        parts += [*(pages[who].parent / "static").iterdir(), pages[who].parent / "data" / "board.js"]
    benchmark.extra_info["kB, compressed"] = sum(len(gzip.compress(each.read_bytes())) for each in parts) // 1000
    benchmark.pedantic(lambda: opened(browser, pages[who], who).close(), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(SORT, id="sort", marks=pytest.mark.benchmark(group=f"sort {CELLS:,} rows")),
        pytest.param(FILTER, id="filter", marks=pytest.mark.benchmark(group=f"filter {CELLS:,} rows")),
    ],
)
def test_act(
    benchmark: Callable[..., object], acts: dict[str, str], who: str, pages: dict[str, Path], browser: Any
) -> None:
    page = opened(browser, pages[who], who)
    benchmark.pedantic(lambda: page.evaluate(PAINTED % acts[who]), rounds=10, warmup_rounds=2)  # type: ignore[attr-defined]
    page.close()
