"""How hard a task is and how scores on it carry over, on its page."""

from pathlib import Path
from typing import Any

import pytest

from harness.findings.difficulty import difficulties
from harness.report.table_html import FIRST
from harness.report.task_views import difficulty_views, generalisation_views
from tests.findings.records import pretraining_cell
from tests.findings.test_difficulty import PRETRAINED, SCRATCH
from tests.findings.test_generalisation import ENOUGH, SHIFTS, facets, shifted
from tests.report.browser import opened


def test_what_no_problem_has_is_no_column() -> None:
    views = difficulty_views(difficulties([SCRATCH, SCRATCH | {"task": "letters"}]))
    assert list(views) == ["digits", "letters"]
    assert views["digits"]["heads"] == ["problem", "metric", "from scratch"]
    assert len(views["digits"]["rows"]) == 1
    assert views["digits"]["said"] == ""


def test_whether_harder_tasks_gain_more_stands_with_each_task() -> None:
    rows = [each | {"task": task} for task in ("digits", "letters") for each in (SCRATCH, PRETRAINED)]
    said = {view["said"] for view in difficulty_views(difficulties(rows)).values()}
    assert len(said) == 1
    assert "too few to say (2 tasks of 8)" in said.pop()


def test_a_table_has_what_was_recorded_and_its_line() -> None:
    cells: list[Any] = [(pretraining_cell(f"m{i}", "scratch"), shifted(0.5 + 0.04 * i)) for i in range(ENOUGH)]
    ((view,),) = generalisation_views(facets(cells, shifts=SHIFTS)).values()
    assert view["title"] == "digits: linear probe, 5 shots"
    assert [name for name, _ in view["columns"]] == ["shifted", "drop", "blur", "noise", "robustness"]
    assert dict(view["columns"])["blur"] == "the mean score under blur"
    assert view["line"].startswith("robustness against the line through 8 scratch cells")
    assert view["rows"].index("m7.html") < view["rows"].index("m0.html")


def test_nothing_recorded_is_no_table_and_names_are_no_markup() -> None:
    assert generalisation_views(facets([(pretraining_cell(), [{"accuracy": 0.7}])])) == {}
    cells: list[Any] = [(pretraining_cell("<b>\x1b[31m"), [{"accuracy": 0.7, "train": 1.0}])]
    ((view,),) = generalisation_views(facets(cells)).values()
    assert "<b>" not in view["rows"]
    assert "\x1b" not in view["rows"]


def test_of_many_cells_the_best_stand_and_the_others_are_counted() -> None:
    scores = [{"accuracy": 0.7, "train": 1.0}]
    cells: list[Any] = [(pretraining_cell(f"m{i}"), scores) for i in range(FIRST + 3)]
    ((view,),) = generalisation_views(facets(cells)).values()
    assert (view["rows"].count("<tr"), view["left_out"]) == (FIRST, 3)


@pytest.mark.browser
def test_a_problem_is_opened_by_keyboard(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "tasks/glyphs-new-typeface", "#carried")
    shut = watched.page.locator("#carried details").first
    assert not shut.locator("table").is_visible()
    shut.locator("summary").focus()
    watched.page.keyboard.press("Enter")
    assert shut.locator("table").is_visible()
    assert watched.page.locator("#hard table").is_visible()
    assert watched.wrong == []
