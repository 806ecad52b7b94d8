"""The site opened from a file in Chromium, with the network off."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.chromium import FLAGS, found

pytestmark = pytest.mark.browser
SIZES = [("desktop", 1280, 800), ("phone", 390, 844)]
VIEWS = [(*size, scheme) for size in SIZES for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    path = found()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: python -m tests.report.chromium gets one")
        pytest.skip("no Chromium: python -m tests.report.chromium gets one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """A page that notes whatever goes wrong on it."""

    def __init__(self, browser: object, width: int = 1280, height: int = 800, scheme: str = "light", **more: object):
        self.context = browser.new_context(  # type: ignore[attr-defined]
            viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, **more
        )
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))

    def open(self, path: Path, fragment: str = "") -> None:
        self.page.goto(f"file://{path}{fragment}")


def kinds(site: Path) -> list[Path]:
    """A page of each kind."""
    trials = sorted((site / "trials").iterdir())
    curve = next(path for path in trials if "<polyline" in path.read_text())
    tuned = next(path for path in trials if "Tuning</h2>" in path.read_text())
    named = ["index", "relation", "factors", "method", "tasks/digits", "models/cnn-tiny", "models/raw-pixels"]
    return [*(site / f"{name}.html" for name in named), curve, tuned]


@pytest.mark.parametrize(("name", "width", "height", "scheme"), VIEWS)
def test_every_kind_of_page_opens_cleanly(
    chromium: object, site: Path, name: str, width: int, height: int, scheme: str
) -> None:
    watched = Watched(chromium, width, height, scheme)
    for path in kinds(site):
        watched.open(path)
        assert watched.page.locator("h1").count() == 1
        wide = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path.name} is {wide} px too wide on a {name}"
    assert watched.wrong == []


FIRST = "table.board:not([data-name^=across]) >> nth=0"
"""The first table of one problem."""


def column(page: object, number: int) -> list[str]:
    cells = page.locator(f"{FIRST} >> css=tbody tr > :nth-child({number})")  # type: ignore[attr-defined]
    return [text.strip() for text in cells.all_inner_texts()]


def test_a_click_on_a_head_sorts_and_the_address_keeps_it(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html")
    page = watched.page
    head = page.locator(f"{FIRST} >> css=thead th").filter(has_text="accuracy")
    before = column(page, 2)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    rising = [float(text.split()[0]) for text in column(page, 3) if text != "–"]
    assert rising == sorted(rising)
    assert column(page, 2) != before
    assert "sort." in page.url
    again = Watched(chromium)
    again.open(site / "index.html", page.url[page.url.index("#") :])
    assert column(again.page, 2) == column(page, 2)
    assert watched.wrong == again.wrong == []


def test_names_sort_and_missing_figures_stay_last(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html")
    table = watched.page.locator(FIRST)
    table.locator("thead th", has_text="pretraining").first.locator("button").click()
    names = column(watched.page, 2)
    assert names == sorted(names)
    head = table.locator("thead th", has_text="lift")
    for _ in range(2):
        head.locator("button").click()
        assert column(watched.page, 4)[-1] == "reference"


def test_the_filter_says_how_many_rows_it_leaves(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html")
    page = watched.page
    page.locator("#filter").fill("simclr cnn-tiny")
    shown = page.locator("table.board tbody tr:visible")
    assert shown.count() > 0
    assert all("simclr" in text and "cnn-tiny" in text for text in shown.all_inner_texts())
    assert (
        page.locator("#shown").inner_text()
        == f"{shown.count()} of {page.locator('table.board tbody tr').count()} rows shown"
    )
    assert "filter=simclr%20cnn-tiny" in page.url
    again = Watched(chromium)
    again.open(site / "index.html", page.url[page.url.index("#") :])
    assert again.page.locator("#filter").input_value() == "simclr cnn-tiny"
    assert again.page.locator("table.board tbody tr:visible").count() == shown.count()


def test_the_filter_hides_tables_without_a_row_and_a_link_to_a_table_keeps_it(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html")
    page = watched.page
    page.locator("#filter").fill("constant")
    tables = page.locator("section.facet:visible")
    assert 0 < tables.count() < page.locator("section.facet").count()
    tables.last.locator("h2 a").click()
    assert page.url.endswith("#" + str(tables.last.get_attribute("id")))
    assert page.locator("#filter").input_value() == "constant"
    assert 0 < tables.count() < page.locator("section.facet").count()
    assert watched.wrong == []


def test_an_address_without_a_sort_gives_the_first_order_back(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html")
    page = watched.page
    before = column(page, 2)
    page.locator(f"{FIRST} >> css=thead th", has_text="pretraining").first.locator("button").click()
    assert column(page, 2) != before
    page.evaluate("location.hash = 'filter='")
    page.wait_for_function("document.querySelectorAll('th[aria-sort]').length === 0")
    assert column(page, 2) == before


@pytest.mark.parametrize("fragment", ["#sort.x=99d", "#filter=%E0%A4%A", "#=&&=", "#sort.%=1d", "#filter=<b>"])
def test_no_address_breaks_the_page(chromium: object, site: Path, fragment: str) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html", fragment)
    assert watched.page.locator("table.board tbody tr").count() > 0
    assert watched.wrong == []


def test_without_scripts_all_is_there(chromium: object, site: Path) -> None:
    watched = Watched(chromium, java_script_enabled=False)
    watched.open(site / "index.html")
    assert watched.page.locator("table.board tbody tr:visible").count() > 50
    assert not watched.page.locator("#filter").is_visible()


def test_it_can_be_used_by_keyboard(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html")
    watched.page.keyboard.press("Tab")
    assert watched.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    watched.page.locator("table.board >> nth=0 >> css=thead button").first.focus()
    watched.page.keyboard.press("Enter")
    assert watched.page.locator("th[aria-sort]").count() == 1
