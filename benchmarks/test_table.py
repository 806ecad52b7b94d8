"""The board's table and Tabulator with the same rows in Chromium: opened, sorted, filtered, until it is painted.

Tabulator shows plain text in pages of a hundred rows, as the board's table does; it draws no intervals. The rows are
1,000 cells, or PRETUNE_CELLS.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from benchmarks.test_large_board import CELLS, board_in, large
from harness.report.site import render
from tests.report.chromium import FLAGS, executable
from tests.report.pages import data, rows_of

__all__ = ["large"]
TABLE = "board/board"
WHO = ("pretune", "tabulator")
PAINTED = "() => new Promise(done => { %s; requestAnimationFrame(() => setTimeout(done, 0)); })"
SORT = {
    "pretune": "document.querySelector('[data-sort=score]').click()",
    "tabulator": "table.setSort('score', table.getSorters().some(s => s.dir === 'desc') ? 'asc' : 'desc')",
}
FILTER = {
    "pretune": "const i = document.querySelector('[type=search]'); i.value = i.value ? '' : 'simclr'; "
               "i.dispatchEvent(new Event('input', { bubbles: true }))",
    "tabulator": "table.getFilters().length ? table.clearFilter() : table.setFilter('pretraining', 'like', 'simclr')",
}  # fmt: skip
READY = {
    "pretune": "document.querySelector('[data-sort]') !== null",
    "tabulator": "window.built === true",
}
PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="tabulator.min.css"><div id="table"></div>
<script src="tabulator.min.js"></script><script src="rows.js"></script><script>
var table = new Tabulator("#table", { data: rows, columns: columns, pagination: true, paginationSize: 100 });
table.on("tableBuilt", function () { window.built = true; });
</script>"""


@pytest.fixture(scope="module")
def site(large: Path) -> Path:
    board = board_in(large)
    render(board.evidence("large"), board.catalog, board.catalog.suite("large"), large / "public")
    return large / "public"


@pytest.fixture
def page(who: str, site: Path, tmp_path: Path) -> Path:
    """The page of each table, with all files that it reads."""
    if who == "pretune":
        return site / "index.html"
    try:
        package = metadata.distribution("pytabulator")  # for its files: its import needs a web framework
    except metadata.PackageNotFoundError:
        pytest.skip("no pytabulator: pip install -e .[bench]")
    for name in ("tabulator.min.js", "tabulator.min.css"):
        (tmp_path / name).write_bytes(Path(str(package.locate_file(f"pytabulator/srcjs/{name}"))).read_bytes())
    columns, rows = _shown(site)
    named = [{"title": each["title"], "field": each["name"]} for each in columns]
    (tmp_path / "rows.js").write_text(f"var columns = {json.dumps(named)}, rows = {json.dumps(rows)};")
    (tmp_path / "index.html").write_text(PAGE)
    return tmp_path / "index.html"


def _shown(site: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The shown columns of the board's table, and their values by row."""
    columns = [column for column in data(site, TABLE)["columns"] if column["shown"]]
    names = [column["name"] for column in columns]
    return columns, [{name: row[name] for name in names} for row in rows_of(site, TABLE)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = executable()
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
def test_open(benchmark: Any, who: str, page: Path, browser: Any) -> None:
    parts = [page, *page.parent.glob("*.js"), *page.parent.glob("*.css")]
    if who == "pretune":
        parts += [*(page.parent / "static").iterdir(), page.parent / "data" / f"{TABLE}.js"]
    benchmark.extra_info["kB, compressed"] = sum(len(gzip.compress(each.read_bytes())) for each in parts) // 1000
    benchmark.pedantic(lambda: opened(browser, page, who).close(), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(SORT, id="sort", marks=pytest.mark.benchmark(group=f"sort {CELLS:,} rows")),
        pytest.param(FILTER, id="filter", marks=pytest.mark.benchmark(group=f"filter {CELLS:,} rows")),
    ],
)
def test_act(benchmark: Callable[..., object], acts: dict[str, str], who: str, page: Path, browser: Any) -> None:
    shown = opened(browser, page, who)
    benchmark.pedantic(lambda: shown.evaluate(PAINTED % acts[who]), rounds=10, warmup_rounds=2)  # type: ignore[attr-defined]
    shown.close()
