"""The pages of what quality costs."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.findings.pareto import fronts
from harness.findings.spread import Spread
from harness.report.cost_views import cost_overview, cost_views
from harness.report.front_figure import CostScale, front_figure
from harness.report.pareto import priced
from tests.report.browser import opened
from tests.report.test_pareto import ROWS

LETTERS = [("linear", "1x8x8"), ("linear", "1x9x9"), ("finetune", "1x8x8")]
OTHER = [
    row | {"task": "letters", "protocol": protocol, "shape": shape} for protocol, shape in LETTERS for row in ROWS[:2]
]


SPREADS = {("latency_ms", (name, 1)): Spread(1.4, 9.8, 5) for name in ("one", "another")}


def views(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return cost_views(SimpleNamespace(pareto=lambda cost: fronts(rows, cost, SPREADS)))  # type: ignore[arg-type]


def said_of(rows: list[dict[str, Any]], cost: str = "latency") -> list[str]:
    """The sentences above a cost's table."""
    return next(each["said"] for each in cost_overview(views(rows)) if each["cost"] == cost)


def test_each_problem_has_a_view_for_each_cost_that_was_measured() -> None:
    letters = next(view for view in views([*ROWS, *OTHER]) if view["name"] == "letters")
    assert [cost for cost, _ in letters["costs"]] == ["latency", "parameters"]
    assert letters["problems"] == [
        ("finetune-5", "fine-tuning, 5 shots"),
        ("linear-5-1x8x8", "linear probe, 5 shots, shape 1x8x8"),
        ("linear-5-1x9x9", "linear probe, 5 shots, shape 1x9x9"),
    ]
    assert len(letters["choices"]) == 6


def test_machines_have_fronts_of_their_own() -> None:
    rows = [*ROWS, *(row | {"hardware": "another"} for row in ROWS[:2])]
    (view,) = views(rows)
    latency, parameters = view["choices"]
    assert [front["machine"] for front in latency["fronts"]] == ["one, 1 trial at once", "another, 1 trial at once"]
    assert [front["machine"] for front in parameters["fronts"]] == [None]


def test_a_single_cell_has_no_figure() -> None:
    assert [choice["fronts"][0]["plot"] for choice in views(ROWS[:1])[0]["choices"]] == ["", ""]


def test_the_overview_has_the_ends_of_each_front() -> None:
    latency = cost_overview(views(ROWS))[0]
    (line,) = latency["lines"]
    assert (line["low"]["cost"], line["best"]["cost"], line["best"]["score"]) == ("1 ms", "2 ms", "0.550")
    assert line["id"] == "linear-5-latency"
    (said,) = latency["said"]
    assert said.startswith("digits, linear probe, 5 shots: ")
    assert said.endswith("at 1 ms is 0.050 behind; 1 cell without a figure of this cost")
    (alone,) = said_of([ROWS[0] | {"n": 1}])
    assert "one seed) has the highest mean and is the cheapest" in alone
    assert latency["spreads"][0].startswith("between the seeds of one cell the latency of one example differs")


def test_no_sentence_calls_best_what_is_not_the_best_of_all() -> None:
    (said,) = said_of([ROWS[0], ROWS[0] | {"model": "left", "score": 0.9, "latency_ms": None}])
    assert "of 1 cell with a figure net, simclr on glyphs (0.500 ± 0.100) has the highest mean and is the" in said
    assert said.endswith("which has the highest mean of all: left, simclr on glyphs (0.900 ± 0.100)")


def test_each_sentence_and_spread_names_its_machine_where_there_are_several() -> None:
    rows = [ROWS[0], *(row | {"hardware": "another"} for row in ROWS[:2])]
    (said,) = said_of(rows)
    assert said.startswith("digits, linear probe, 5 shots, on another, 1 trial at once: "), "it measured more cells"
    assert said.endswith("1 cell measured on another machine")
    latency, parameters = cost_overview(views(rows))
    assert [line["on"] for line in latency["lines"]] == ["one, 1 trial at once", "another, 1 trial at once"]
    assert [each.partition(":")[0] for each in latency["spreads"]] == [
        "on one, 1 trial at once", "on another, 1 trial at once",
    ]  # fmt: skip
    assert (parameters["spreads"], [line["on"] for line in parameters["lines"]]) == ([], [None])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"lift": 0.05, "lift_low": 0.01, "lift_high": 0.09}, "is 0.050 behind, which is decided"),
        ({"lift": 0.05, "lift_low": -0.01, "lift_high": 0.11}, "is 0.050 behind, which is undecided"),
        ({"lift": 0.05, "lift_low": None, "lift_high": None}, "is 0.050 behind"),
        ({"lift": 0.05, "lift_low": 0.01, "lift_high": 0.09, "model": "other"}, "is 0.050 behind"),
    ],
)
def test_a_gap_to_its_own_scratch_is_decided_by_the_paired_lift(more: dict[str, Any], said: str) -> None:
    (told,) = said_of([ROWS[0] | {"objective": "scratch"}, ROWS[0] | {"score": 0.55, "latency_ms": 2.0} | more])
    assert told.endswith(said)


def test_what_is_surely_beaten_is_faint_and_names_are_no_markup() -> None:
    rows = [*ROWS, ROWS[0] | {"model": "<b>\x1b[31m", "latency_ms": 9.0}]
    drawn = front_figure(fronts(rows, "latency")[0], ["simclr"], "accuracy")
    assert drawn.count('class="point beaten"') == 1
    assert drawn.count('class="point"') == 4
    assert "<b>" not in drawn
    assert "\x1b" not in drawn


def test_costs_over_a_decade_stand_on_a_log_axis_with_what_is_free_apart() -> None:
    assert not CostScale([1.0, 9.0]).log
    assert min(CostScale([0.0]).ticks()) == 0
    scale = CostScale([0.0, 1e9, 1e12])
    assert scale.log
    assert scale(0.0) < scale(1e9) < scale(1e10)
    assert scale(1e11) - scale(1e10) == pytest.approx(scale(1e10) - scale(1e9), abs=0.02)
    assert scale.ticks()[:2] == [0.0, 1e9]
    assert [*CostScale([1.0, 11.0]).named("latency").values()] == ["1 ms", "2 ms", "5 ms", "10 ms"]
    crowded = [*CostScale([10.0**power for power in range(19)]).named("flops").values()]
    assert crowded.count("") > len(crowded) / 3


def test_large_costs_have_prefixes() -> None:
    said = [priced(*each) for each in (("flops", 0), ("flops", 1.5e12), ("memory", 999.9e6), ("parameters", 1234))]
    assert said == ["0", "1.5 TFLOP", "1 GB", "1.23 k"]
    assert [priced("latency", 0.0775), priced("time", 0)] == ["0.0775 ms", "0 s"]


def test_every_task_with_a_score_has_its_page(site: Path) -> None:
    tasks = {path.name for path in (site / "costs").iterdir()}
    assert tasks == {path.name for path in (site / "tasks").iterdir()}
    text = (site / "costs" / "digits.html").read_text()
    ids = re.findall(r'<section class="choice" id="([^"]+)"', text)
    assert len(ids) == len(set(ids)) >= 12


@pytest.mark.browser
def test_a_problem_and_a_cost_are_chosen_and_the_address_keeps_them(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "costs/digits")
    page, shown = watched.page, "section.choice:visible"
    assert page.locator(shown).count() == 1
    page.locator("select[name=problem]").select_option("linear-5")
    page.locator("select[name=cost]").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(shown).get_attribute("id") == "linear-5-time"
    assert page.url.endswith("#problem=linear-5&cost=time")
    again = opened(chromium, site, "costs/digits", "#problem=linear-5&cost=time").page
    assert again.locator(shown).get_attribute("id") == "linear-5-time"
    page.locator(f"{shown} >> figure.points >> nth=0").focus()
    page.keyboard.press("ArrowRight")
    assert " s" in page.locator(f"{shown} >> figure output >> nth=0").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/*.html")
    assert watched.wrong == []


@pytest.mark.browser
def test_the_overview_leads_to_the_figure(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "costs", "#cost=latency")
    watched.page.locator("section.choice:visible tbody a", has_text="digits: linear").first.click()
    watched.page.wait_for_selector("section.choice:visible#linear-5-latency")
    assert watched.page.locator("section.choice:visible").count() == 1
    assert watched.wrong == []


@pytest.mark.browser
@pytest.mark.parametrize("fragment", ["#problem=nowhere&cost=nothing", "#%E0%A4%A", "#=&&=", "#cost=<b>"])
def test_no_address_breaks_the_page(chromium: object, site: Path, fragment: str) -> None:
    watched = opened(chromium, site, "costs/digits", fragment)
    assert watched.page.locator("section.choice:visible").count() == 1
    assert watched.wrong == []


@pytest.mark.browser
def test_without_scripts_every_figure_is_there(chromium: object, site: Path) -> None:
    page = opened(chromium, site, "costs/digits", java_script_enabled=False).page
    drawn = page.locator("section.choice:visible svg.figure").count()
    assert drawn == (site / "costs" / "digits.html").read_text().count('<svg class="figure"') > 1
    assert page.locator("section.choice:visible").count() == page.locator("section.choice").count()
