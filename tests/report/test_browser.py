"""The site opened from a file in Chromium, without network."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser import Watched, opened
from tests.report.pages import rows_of, trials_of

pytestmark = pytest.mark.browser
VIEWS = [(name, width, height, scheme) for name, width, height in (("desktop", 1440, 900), ("phone", 390, 844))
         for scheme in ("light", "dark")]  # fmt: skip


def kinds(site: Path) -> list[tuple[Path, str]]:
    """All pages at the top, one of each other kind, and trials."""
    trials = trials_of(site)
    curve = next(name for name, view in trials.items() if view["curve"])
    tuned = next(name for name, view in trials.items() if view["scores"])
    confused = next(name for name, view in trials.items() if view["confusion"])
    inside = [f"{name}/task-digits" for name in ("board", "relation", "cost-fronts")]
    inside += ["tasks/digits", "models/cnn-tiny", "models/raw-pixels"]
    pages = [*sorted(site.glob("*.html")), *(site / f"{name}.html" for name in inside)]
    return [(page, "") for page in pages] + [(site / "trial.html", f"#{name}") for name in (curve, tuned, confused)]


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


ROWS = "table.live tbody tr"


def column(page: Any, title: str) -> list[str]:
    """The texts of a column of the live table."""
    heads = [text.strip() for text in page.locator("table.live thead th").all_inner_texts()]
    place = heads.index(title) + 1
    return [text.strip() for text in page.locator(f"{ROWS} > :nth-child({place})").all_inner_texts()]


def head(page: Any, name: str) -> Any:
    return page.locator(f"[data-sort={name}]")


def again(chromium: object, site: Path, page: Any) -> Any:
    """The same address in a new browser."""
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


def test_texts_sort_and_missing_values_stay_last(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    head(page, "arm").click()
    names = [text.lower() for text in column(page, "pretraining")]
    assert names[0].startswith("autoencoder")
    assert names[-1].startswith("vicreg")
    for _ in range(2):
        head(page, "lift").click()
        assert column(page, "lift")[-1] == "–"


def test_the_filter_shows_the_number_of_rows(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.locator("input[type=search]").fill("simclr cnn-tiny")
    texts = page.locator(ROWS).all_inner_texts()
    assert texts
    assert all("simclr" in text and "cnn-tiny" in text for text in texts)
    assert page.locator(".shown").inner_text() == f"{len(texts)} of {len(rows_of(site))} rows"
    assert "filter=simclr%20cnn-tiny" in page.url
    other = again(chromium, site, page)
    assert other.locator("input[type=search]").input_value() == "simclr cnn-tiny"
    assert other.locator(ROWS).all_inner_texts() == texts


def test_filters_narrow_the_table(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.locator("select[name=protocol_label]").select_option("linear probe")
    page.locator("select[name=task]").select_option("digits")
    everything = column(page, "pretraining")
    assert set(column(page, "protocol")) == {"linear probe"}
    page.locator("select[name=objective]").select_option("simclr")
    narrowed = column(page, "pretraining")
    assert 0 < len(narrowed) < len(everything)
    assert column(again(chromium, site, page), "score") == column(page, "score")
    page.locator("[data-clear]").click()
    assert page.locator(".shown").inner_text() == f"{len(rows_of(site))} rows"
    assert "#" not in page.url


def test_columns_can_be_chosen(chromium: object, site: Path) -> None:
    watched = opened(chromium, site)
    page = watched.page
    page.locator("summary", has_text="Columns").first.click()
    page.locator(".choices input[name=rankme]").check()
    page.wait_for_function("document.querySelector('[data-sort=rankme]')")
    page.locator(".choices input[name=train_s]").uncheck()
    heads = [text.strip() for text in page.locator("table.live thead th").all_inner_texts()]
    assert "RankMe" in heads
    assert "adaptation s" not in heads
    other = again(chromium, site, page)
    other.wait_for_function("document.querySelector('[data-sort=rankme]')")
    assert column(other, "RankMe") == column(page, "RankMe")
    assert watched.wrong == []


def test_a_phone_shows_the_lift_next_to_the_pretraining(chromium: object, site: Path) -> None:
    wide, page = opened(chromium, site).page, opened(chromium, site, width=390, height=844).page
    lift = page.locator("table.live td.num", has_text="[").first
    box = lift.bounding_box()
    assert box["x"] + box["width"] <= 390
    rows = zip(page.locator("table.live tbody th").all_inner_texts(), column(page, "score"), strict=True)
    full = zip(*(column(wide, name) for name in ("model", "pretraining", "task", "score")), strict=True)
    for (words, score), (*named, there) in zip(rows, full, strict=True):
        assert score.split() == there.split()
        assert all(word in words for name in named for word in name.split())
    with page.expect_download() as waiting:
        page.locator("[data-as=csv]").click()
    taken = csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text()))
    assert {"arm", "task", "protocol_label"} <= set(taken.fieldnames or ())


TOO_WIDE = """async () => {
    document.querySelectorAll("details").forEach(each => { each.open = true; });
    document.querySelectorAll(".off").forEach(each => { each.classList.remove("off"); });
    for (let frames = 0; frames < 4; frames += 1) { await new Promise(requestAnimationFrame); }
    return [...document.querySelectorAll(".scroll")]
        .filter(each => !each.querySelector(".live, .matrix") && each.scrollWidth > each.clientWidth)
        .map(each => each.getAttribute("aria-label"));
}"""


def test_on_a_phone_only_live_tables_and_matrices_scroll_sideways(chromium: object, site: Path) -> None:
    watched = Watched(chromium, 390, 844)
    for path, fragment in kinds(site):
        watched.open(path, fragment)
        watched.page.wait_for_load_state("load")
        assert watched.page.evaluate(TOO_WIDE) == [], f"{path.name}{fragment}"
    assert watched.wrong == []


def roles(watched: Watched) -> Counter[str]:
    """The number of parts of tables that a screen reader finds on a page."""
    tree = watched.context.new_cdp_session(watched.page).send("Accessibility.getFullAXTree")
    counts = Counter(node["role"]["value"] for node in tree["nodes"] if "role" in node)
    return Counter({name: counts[name] for name in ("table", "row", "columnheader", "rowheader", "cell")})


def test_a_table_drawn_as_blocks_on_a_phone_stays_a_table(chromium: object, site: Path) -> None:
    wide, narrow = opened(chromium, site, "predictors"), opened(chromium, site, "predictors", width=390, height=844)
    row, look = "table.wide tbody tr >> nth=0", "(row, part) => getComputedStyle(row.cells[2], part)"
    narrow.page.wait_for_selector("table.wide")
    assert narrow.page.locator(row).evaluate(f"row => ({look})(row).display") == "flow-root"
    label = narrow.page.locator("table.wide thead th >> nth=2").text_content()
    assert narrow.page.locator(row).evaluate(f"row => ({look})(row, '::before').content").startswith(f'"{label}"')
    assert roles(narrow) == roles(wide)
    narrow.page.emulate_media(media="print")
    assert narrow.page.locator(row).evaluate(f"row => ({look})(row).display") == "table-cell"


@pytest.mark.parametrize("form", ["csv", "json", "latex"])
def test_a_download_equals_the_view(chromium: object, site: Path, form: str) -> None:
    page = opened(chromium, site, fragment="#protocol_label=linear%20probe&task=digits&sort=-lift").page
    with page.expect_download() as waiting:
        page.locator(f"[data-as={form}]").click()
    text = Path(waiting.value.path()).read_text()
    scores = [text.split()[0] for text in column(page, "score")]
    if form == "latex":
        lines = [line for line in text.splitlines() if line.endswith("\\\\")][1:]
        assert len(lines) == len(scores)
        assert all(score in line for score, line in zip(scores, lines, strict=True))
        return
    rows = json.loads(text) if form == "json" else list(csv.DictReader(io.StringIO(text)))
    assert [row["model"] for row in rows] == column(page, "model")
    assert [f"{float(row['score']):.3f}" for row in rows] == scores
    lifts = [row["lift"] for row in rows if row["lift"] not in ("", None)]
    shown = [text.split()[0].replace("−", "-") for text in column(page, "lift") if text != "–"]
    assert [float(lift) for lift in lifts] == [float(text) for text in shown]


def test_a_row_leads_to_its_trials_and_a_trial_to_its_pretraining(chromium: object, site: Path) -> None:
    fragment = "#protocol_label=linear%20probe&task=digits&objective=simclr"
    watched = opened(chromium, site, "models/cnn-tiny", fragment)
    page = watched.page
    assert page.locator(ROWS).count() == 1
    page.locator(f"{ROWS} >> css=a[aria-label^='trial of seed']").first.click()
    page.wait_for_selector("h1:has-text('linear probe')")
    assert "pretune reproduce" in page.locator("#trial").inner_text()
    lift = trials_of(site)[page.url.split("#")[1]]["lift"]
    line = page.locator("tr", has_text="over scratch")
    assert f"{lift[0]:+.3f}".replace("-", "−") in line.inner_text()
    assert line.locator("a").get_attribute("href") == f"#{lift[1]}"
    page.locator("a", has_text="its pretraining").click()
    page.wait_for_selector("svg.figure polyline")
    assert page.locator("h2", has_text="Trials that start from it").count() == 1
    assert watched.wrong == []


VISIBLE = "main .part:visible"


def test_another_predictor_changes_the_summary_and_filters_hide_trends(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "relation/task-digits")
    page = watched.page
    assert page.locator(VISIBLE).count() == 1
    first = page.locator(f"{VISIBLE} >> css=p.note").first.inner_text()
    options = page.locator("select[name=section] option").evaluate_all("all => all.map(each => each.value)")
    page.locator("select[name=section]").select_option(options[1])
    assert page.locator(VISIBLE).count() == 1
    assert page.locator(VISIBLE).get_attribute("id") == options[1][1:]
    second = page.locator(f"{VISIBLE} >> css=p.note").first.inner_text()
    rho = re.compile(r"ρ [+−]\d\.\d\d")
    assert rho.search(first) is None or rho.search(first) != rho.search(second)
    assert first != second
    page.locator("select[name=section]").select_option(options[0])
    page.locator("select[name=objective]").select_option("simclr")
    points, dim = page.locator(f"{VISIBLE} >> g.point"), page.locator(f"{VISIBLE} >> g.point.dim").count()
    assert 0 < dim < points.count()
    assert f"{points.count() - dim} of {points.count()} points" in page.locator("#choose output").inner_text()
    trends = page.locator(f"{VISIBLE} >> line.trend:visible")
    assert {trend.get_attribute("data-group") for trend in trends.all()} <= {"simclr"}
    legend = page.locator(f"{VISIBLE} >> .legend li[data-group]:visible")
    assert [entry.get_attribute("data-group") for entry in legend.all()] == ["simclr"]
    assert "objective=simclr" in page.url
    assert watched.wrong == []


def test_points_are_walked_by_keyboard(chromium: object, site: Path) -> None:
    page = opened(chromium, site, "relation/task-digits").page
    page.locator(f"{VISIBLE} >> figure.points").focus()
    page.keyboard.press("ArrowRight")
    first = page.locator(f"{VISIBLE} >> figure output").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(f"{VISIBLE} >> figure output").inner_text() != first
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/*.html")


def test_an_address_opens_its_section(chromium: object, site: Path) -> None:
    page = opened(chromium, site, "cost-fronts/task-digits").page
    wanted = page.locator("main .part").last.get_attribute("id")
    page.evaluate("id => { location.hash = id; }", wanted)
    page.wait_for_function("id => document.getElementById(id).checkVisibility()", arg=wanted)
    assert page.locator(VISIBLE).count() == 1
    page.locator("select[name=section]").select_option("")
    assert page.locator(VISIBLE).count() == page.locator("main .part").count()


def test_models_are_compared_side_by_side(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "compare", "#models=cnn-nano,cnn-tiny,raw-pixels")
    page = watched.page
    page.wait_for_selector("#comparison section:nth-child(2) svg.figure")
    assert page.locator("#comparison > section").count() == 2
    assert "cnn-tiny against cnn-nano" in page.locator("#comparison").inner_text()
    page.locator("select[name=model-2]").select_option("")
    assert page.url.endswith("#models=cnn-nano%2Ccnn-tiny")
    assert page.locator("#comparison > section").count() == 1
    assert watched.wrong == []


def test_print_has_every_row_and_section(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(ROWS).count() == len(rows_of(site))
    page = opened(chromium, site, "cost-fronts/task-digits").page
    page.emulate_media(media="print")
    assert page.locator(VISIBLE).count() == page.locator("main .part").count() > 1


@pytest.mark.parametrize(
    "fragment",
    ["#sort=nothing", "#filter=%E0%A4%A", "#=&&=", "#columns=x,y&sort=-x", "#page=999", "#task=nowhere", "#filter=<b>",
     "#section=nothing"],
)  # fmt: skip
def test_no_address_breaks_a_page(chromium: object, site: Path, fragment: str) -> None:
    watched = Watched(chromium)
    watched.open(site / "index.html", fragment)
    assert watched.page.locator(ROWS).count() > 0
    watched.open(site / "cost-fronts" / "task-digits.html", fragment)
    assert watched.page.locator(VISIBLE).count() == 1
    assert watched.wrong == []


def test_without_scripts_the_first_rows_and_all_figures_are_there(chromium: object, site: Path) -> None:
    page = opened(chromium, site, java_script_enabled=False).page
    assert page.locator(f"{ROWS}:visible").count() == min(100, len(rows_of(site)))
    assert not page.locator("input[type=search]").is_visible()
    page.goto(f"file://{site / 'relation' / 'task-digits.html'}")
    assert page.locator("svg.figure:visible").count() == page.locator("svg.figure").count() > 1
    page.goto(f"file://{site / 'trial.html'}")
    assert "pretune why" in page.locator("main").inner_text()
    page.goto(f"file://{site / 'compare.html'}")
    assert "pretune compare" in page.locator("main").inner_text()


def test_it_can_be_used_by_keyboard_alone(chromium: object, site: Path) -> None:
    page = opened(chromium, site).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    head(page, "score").focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort]").count() == 1
    assert page.evaluate("document.activeElement.textContent") == "score", "the focus stays on the button"
