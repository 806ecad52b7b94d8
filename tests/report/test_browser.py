"""The site opened from a file in Chromium, with the network off."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import Watched, opened
from tests.report.test_site import board_rows, trials_of

pytestmark = pytest.mark.browser
SIZES = [("desktop", 1280, 800), ("phone", 390, 844)]
VIEWS = [(*size, scheme) for size in SIZES for scheme in ("light", "dark")]


def kinds(site: Path) -> list[tuple[Path, str]]:
    """A page of each kind, with what its address names."""
    trials = trials_of(site)
    curve = next(name for name, view in trials.items() if view["curve"])
    tuned = next(name for name, view in trials.items() if view["scores"])
    named = [
        "index", "across", "relation", "factors", "costs", "costs/digits", "compare", "trends", "method", "data",
        "tasks/digits", "models/cnn-tiny", "models/raw-pixels", "factors/digits", "trial",
    ]  # fmt: skip
    pages = [(site / f"{name}.html", "") for name in named]
    pages.append((next((site / "relations").iterdir()), ""))
    return [*pages, (site / "trial.html", f"#{curve}"), (site / "trial.html", f"#{tuned}")]


@pytest.mark.parametrize(("name", "width", "height", "scheme"), VIEWS)
def test_every_kind_of_page_opens_cleanly(
    chromium: object, site: Path, name: str, width: int, height: int, scheme: str
) -> None:
    watched = Watched(chromium, width, height, scheme)
    for path, fragment in kinds(site):
        watched.open(path, fragment)
        watched.page.wait_for_load_state("load")
        assert watched.page.locator("h1").count() == 1
        wide = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path.name}{fragment} is {wide} px too wide on a {name}"
    assert watched.wrong == []


ROWS = "table.board tbody tr"


def column(page: Any, title: str) -> list[str]:
    """The texts of a column of the board's table."""
    heads = [text.strip() for text in page.locator("table.board thead th").all_inner_texts()]
    place = heads.index(title) + 1
    return [text.strip() for text in page.locator(f"{ROWS} > :nth-child({place})").all_inner_texts()]


def head(page: Any, title: str) -> Any:
    return page.locator("table.board thead button", has_text=title).first


def again(chromium: object, site: Path, page: Any) -> Any:
    """The same address in a browser that has seen nothing."""
    return opened(chromium, site, fragment=page.url[page.url.index("#") :]).page


def test_a_click_on_a_head_sorts_and_the_address_keeps_it(chromium: object, site: Path) -> None:
    watched = opened(chromium, site)
    page, before = watched.page, column(watched.page, "pretraining")
    head(page, "score").click()
    assert page.locator("th[aria-sort=descending]").inner_text().strip() == "score"
    falling = [float(text.split()[0]) for text in column(page, "score") if text != "–"]
    assert falling == sorted(falling, reverse=True)
    head(page, "score").click()
    assert page.locator("th[aria-sort=ascending]").count() == 1
    assert "sort=score" in page.url
    assert column(again(chromium, site, page), "score") == column(page, "score")
    head(page, "score").click()
    assert page.locator("th[aria-sort]").count() == 0
    assert column(page, "pretraining") == before
    assert watched.wrong == []


def test_names_sort_and_missing_figures_stay_last(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    head(page, "pretraining").click()
    names = [text.replace(" sees labels", "") for text in column(page, "pretraining")]
    assert names == sorted(names)
    for _ in range(2):
        head(page, "lift").click()
        assert column(page, "lift")[-1] == "reference"


def test_the_filter_says_how_many_rows_it_leaves(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.locator("#filter").fill("simclr cnn-tiny")
    texts = page.locator(ROWS).all_inner_texts()
    assert texts
    assert all("simclr" in text and "cnn-tiny" in text for text in texts)
    assert page.locator("#shown").inner_text().startswith(f"{len(texts)} of {len(board_rows(site))} rows")
    assert "filter=simclr%20cnn-tiny" in page.url
    other = again(chromium, site, page)
    assert other.locator("#filter").input_value() == "simclr cnn-tiny"
    assert other.locator(ROWS).all_inner_texts() == texts


def test_choices_narrow_the_table_and_keep_the_places(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.locator("select[name=protocol]").select_option("linear probe")
    page.locator("select[name=task]").select_option("digits")
    everything = dict(zip(column(page, "pretraining"), column(page, "rank"), strict=True))
    assert set(column(page, "protocol")) == {"linear probe"}
    page.locator("select[name=objective]").select_option("simclr")
    assert "one problem" in page.locator("#shown").inner_text()
    narrowed = dict(zip(column(page, "pretraining"), column(page, "rank"), strict=True))
    assert 0 < len(narrowed) < len(everything)
    assert narrowed.items() <= everything.items()
    assert column(again(chromium, site, page), "rank") == column(page, "rank")
    page.locator("#clear").click()
    assert page.locator("#shown").inner_text().startswith(f"{len(board_rows(site))} rows")
    assert "#" not in page.url


def test_columns_can_be_chosen(chromium: object, site: Path) -> None:
    watched = opened(chromium, site)
    page = watched.page
    page.locator("summary", has_text="Columns").click()
    page.locator("#columns input[name=rankme]").check()
    page.wait_for_function("document.querySelector('[data-sort=rankme]')")
    page.locator("#columns input[name=latency_ms]").uncheck()
    heads = [text.strip() for text in page.locator("table.board thead th").all_inner_texts()]
    assert "RankMe" in heads
    assert "latency ms" not in heads
    other = again(chromium, site, page)
    other.wait_for_function("document.querySelector('[data-sort=rankme]')")
    assert column(other, "RankMe") == column(page, "RankMe")
    assert watched.wrong == []


def test_a_phone_shows_the_lift_beside_what_it_is_of(chromium: object, site: Path) -> None:
    wide, page = opened(chromium, site).page, opened(chromium, site, width=390, height=844).page
    lift = page.locator("table.board td.lift", has_text="[").first
    box = lift.bounding_box()
    assert box["x"] + box["width"] <= 390
    rows = zip(page.locator("table.board tbody th").all_inner_texts(), column(page, "score"), strict=True)
    full = zip(*(column(wide, name) for name in ("model", "pretraining", "task", "score")), strict=True)
    for (said, score), (*named, there) in zip(rows, full, strict=True):
        assert score.split() == there.split()
        assert all(word in said for name in named for word in name.split())
    with page.expect_download() as waiting:
        page.locator("[data-as=csv]").click()
    taken = csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text()))
    assert {"pretraining", "task", "protocol", "labels", "rank"} <= set(taken.fieldnames or ())
    page.locator("summary", has_text="Columns").click()
    page.locator("#columns input[name=skill]").uncheck()
    assert {"task", "rank"} <= {text.strip() for text in page.locator("table.board thead th").all_inner_texts()}


TOO_WIDE = """async () => {
    const asItIs = ".board, .confusion, .lifts, .shades";
    document.querySelectorAll("details").forEach(each => { each.open = true; });
    document.querySelectorAll("section[hidden]").forEach(each => { each.hidden = false; });
    for (let frames = 0; frames < 4; frames += 1) { await new Promise(requestAnimationFrame); }
    return [...document.querySelectorAll(".scroll")]
        .filter(each => !each.querySelector(asItIs) && each.scrollWidth > each.clientWidth)
        .map(each => each.getAttribute("aria-label"));
}"""


def test_on_a_phone_only_the_board_and_matrices_scroll_sideways(chromium: object, site: Path) -> None:
    watched = Watched(chromium, 390, 844)
    for path, fragment in kinds(site):
        watched.open(path, fragment)
        watched.page.wait_for_load_state("load")
        assert watched.page.evaluate(TOO_WIDE) == [], f"{path.name}{fragment}"
    assert watched.wrong == []


def roles(watched: Watched) -> Counter[str]:
    """How often each part of a table is on a page for whoever has it read out."""
    tree = watched.context.new_cdp_session(watched.page).send("Accessibility.getFullAXTree")
    found = Counter(node["role"]["value"] for node in tree["nodes"] if "role" in node)
    return Counter({name: found[name] for name in ("table", "row", "columnheader", "rowheader", "cell")})


def test_a_table_that_stands_as_blocks_on_a_phone_is_a_table_still(chromium: object, site: Path) -> None:
    wide, narrow = opened(chromium, site, "factors"), opened(chromium, site, "factors", width=390, height=844)
    row, look = "table tbody tr >> nth=0", "(row, part) => getComputedStyle(row.cells[3], part)"
    narrow.page.wait_for_selector("table.wide")
    assert narrow.page.locator(row).evaluate(f"row => ({look})(row).display") == "flow-root"
    assert narrow.page.locator(row).evaluate(f"row => ({look})(row, '::before').content").startswith('"slopes"')
    assert roles(narrow) == roles(wide)
    assert wide.page.locator(row).evaluate(f"row => ({look})(row).display") == "table-cell"
    narrow.page.emulate_media(media="print")
    assert narrow.page.locator(row).evaluate(f"row => ({look})(row).display") == "table-cell"


@pytest.mark.parametrize("form", ["csv", "json", "latex"])
def test_what_is_taken_away_equals_the_view(chromium: object, site: Path, form: str) -> None:
    page = opened(chromium, site, fragment="#protocol=linear%20probe&task=digits&sort=-lift").page
    with page.expect_download() as waiting:
        page.locator(f"[data-as={form}]").click()
    text = Path(waiting.value.path()).read_text()
    scores = [text.split()[0] for text in column(page, "score")]
    names = [text.replace(" control", "") for text in column(page, "model")]
    if form == "latex":
        lines = [line for line in text.splitlines() if line.endswith("\\\\")][1:]
        assert len(lines) == len(names)
        assert all(score in line for score, line in zip(scores, lines, strict=True))
        return
    rows = json.loads(text) if form == "json" else list(csv.DictReader(io.StringIO(text)))
    assert [row["model"] for row in rows] == names
    assert [f"{float(row['score']):.3f}" for row in rows] == scores
    lifts = [row["lift"] for row in rows if row["lift"] not in ("", None)]
    shown = [text.split()[0].replace("−", "-") for text in column(page, "lift") if text != "reference"]
    assert [float(lift) for lift in lifts] == [float(text) for text in shown]


def test_a_row_leads_to_its_trials_and_a_trial_to_its_pretraining(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, fragment="#protocol=linear%20probe&task=digits&objective=simclr")
    page = watched.page
    page.locator(f"{ROWS} >> nth=0 >> css=td.num a").click()
    page.wait_for_load_state("load")
    assert "/models/" in page.url
    assert page.locator(ROWS).count() == 1
    page.locator(f"{ROWS} >> css=a[aria-label^='trial of seed']").first.click()
    page.wait_for_selector("h1:has-text('linear probe')")
    assert "pretune reproduce" in page.locator("#trial").inner_text()
    lift = trials_of(site)[page.url.split("#")[1]]["lift"]
    said = page.locator("tr", has_text="over scratch")
    assert f"{lift[0]:+.3f}".replace("-", "−") in said.inner_text()
    assert said.locator("a").get_attribute("href") == f"#{lift[1]}"
    page.locator("a", has_text="its pretraining").click()
    page.wait_for_selector("svg.figure polyline")
    assert "What began from it" in page.locator("#trial").inner_text()
    assert watched.wrong == []


def test_a_target_shows_one_predictor_and_dims_what_is_not_chosen(chromium: object, site: Path) -> None:
    watched = Watched(chromium)
    target = next(path for path in (site / "relations").iterdir() if "digits-linear" in path.name)
    watched.open(target)
    page = watched.page
    assert page.locator("section.relation:visible").count() == 1
    page.locator("select[name=objective]").select_option("simclr")
    points = page.locator("section.relation:visible g.point")
    dim = page.locator("section.relation:visible g.point.dim").count()
    assert 0 < dim < points.count()
    assert f"{points.count() - dim} of {points.count()} points" in page.locator("#relation output").inner_text()
    page.locator("section.relation:visible figure.points").focus()
    page.keyboard.press("ArrowRight")
    first = page.locator("section.relation:visible figure output").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("section.relation:visible figure output").inner_text() != first
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/*.html")
    assert watched.wrong == []


def test_on_paper_every_row_stands(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(ROWS).count() == len(board_rows(site))


@pytest.mark.parametrize(
    "fragment",
    ["#sort=nothing", "#filter=%E0%A4%A", "#=&&=", "#columns=x,y&sort=-x", "#page=999", "#task=nowhere", "#filter=<b>"],
)
def test_no_address_breaks_the_page(chromium: object, site: Path, fragment: str) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html", fragment)
    assert watched.page.locator(ROWS).count() > 0
    assert watched.wrong == []


def test_without_scripts_the_first_rows_and_all_figures_are_there(chromium: object, site: Path) -> None:
    page = opened(chromium, site, java_script_enabled=False).page
    assert page.locator(f"{ROWS}:visible").count() == min(100, len(board_rows(site)))
    assert not page.locator("#filter").is_visible()
    page.goto(f"file://{next((site / 'relations').iterdir())}")
    assert page.locator("section.relation svg.figure:visible").count() == page.locator("section.relation").count() > 0
    page.goto(f"file://{site / 'trial.html'}")
    assert "trials.csv" in page.locator("main").inner_text()


def test_it_can_be_used_by_keyboard_alone(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    head(page, "score").focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort]").count() == 1
    assert page.evaluate("document.activeElement.textContent") == "score", "the focus stays where it was"


def test_what_is_folded_opens_where_an_address_leads_and_on_paper(chromium: object, site: Path) -> None:
    page = opened(chromium, site, "relation").page
    folded = page.locator("details.fold:not([open]) > [id]").first
    assert not folded.is_visible()
    page.evaluate("id => { location.hash = id; }", folded.get_attribute("id"))
    page.wait_for_function("document.querySelector(':target').checkVisibility()")
    page.emulate_media(media="print")
    assert page.locator("details.fold > [id]:visible").count() == page.locator("details.fold").count()
