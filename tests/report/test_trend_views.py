"""The pages of trends."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from harness.board import open_board
from harness.findings.evidence import Analysis
from harness.report.site import render
from harness.report.trend_views import MOST_LINES, MOST_ROWS, changed_tasks, trend_views
from tests.boards import ROOT
from tests.findings.changed import CELLS, add, answers, measured, night
from tests.findings.records import Recorder, cell, pretraining_cell
from tests.findings.test_trends import two_recipes
from tests.report.browser import opened
from tests.report.test_trends import edited


def views(recorder: Recorder, cells: list[dict[str, object]] = CELLS) -> dict[str, object]:  # type: ignore[assignment]
    return trend_views(Analysis(recorder.store, cells).history)


def test_a_meter_has_a_figure_a_machine() -> None:
    recorder = measured([1.0, 0.5], "ab")
    for day, speed in ((3, 7.0), (4, 8.0)):
        night(recorder, day, "c", hardware="another")
        for where in CELLS:
            add(recorder, where, meters={"examples_per_s": speed, "workers": 2.0}, metrics={"accuracy": 0.5})
    found = views(recorder)["meters"]
    assert [each["title"] for each in found] == [
        "Throughput on a test, 2 trials at once",
        "Peak memory on a test, 2 trials at once",
        "Throughput on another, 2 trials at once",
    ]
    assert [[row["ratio"][:5] for row in each["rows"]] for each in found] == [["×0.50"], ["×1.00"], ["×1.14"]]
    assert ">aaaaaaa</text>" in found[0]["plot"]
    assert ">ccccccc</text>" not in found[0]["plot"]


def test_nights_without_a_cell_in_common_have_lines_of_their_own() -> None:
    others = [cell(pretraining_cell(f"other{number}"), "finetune") for number in range(3)]
    recorder = measured([1.0, 2.0])
    for day in (3, 4):
        night(recorder, day, "b")
        for where in others:
            add(recorder, where, meters={"examples_per_s": 1.0, "workers": 2.0}, metrics={"accuracy": 0.5})
    found = views(recorder, [*CELLS, *others])["meters"]
    assert [name for _, name in found[0]["legend"]] == ["fine-tuning, from 1: aaaaaaa", "fine-tuning, from 3: bbbbbbb"]


def test_quality_has_a_page_a_task_and_a_figure_a_problem() -> None:
    found = views(two_recipes())
    (task,) = found["tasks"]
    (problem,) = task["problems"]
    assert (task["name"], problem["title"], problem["cells"]) == ("digits", "digits: fine-tuning, 5 shots", 1)
    assert problem["counts"] == {"higher": 1}
    (change,) = problem["rows"][0]["changes"]
    assert (change["first"], change["other"]) == ("1: aaaaaaa", "2: bbbbbbb with changes")
    assert ">bbbbbbb+</text>" in problem["plot"]
    assert changed_tasks(Analysis(two_recipes().store, CELLS).history) == {"m0": ["digits"]}


def test_recipes_of_one_night_stand_side_by_side() -> None:
    (task,) = views(edited())["tasks"]
    (problem,) = task["problems"]
    (change,) = problem["rows"][0]["changes"]
    names = [f"1: aaaaaaa with changes, 00:00:{second}" for second in (40, 43)]
    assert [change["first"], change["other"]] == names
    assert problem["plot"].count(">aaaaaaa+</text>") == 2
    assert all(name in problem["plot"] for name in names)
    (path,) = re.findall(r'<polyline points="([^"]+)"', problem["plot"])
    assert len({point.split(",")[0] for point in path.split()}) == 2


def test_a_trial_that_failed_and_then_worked_within_a_night_has_its_times() -> None:
    recorder = night(Recorder(), 1)
    for status in ("oom", "ok"):
        add(recorder, CELLS[0], status=status)
    ((row,), _) = views(recorder)["turns"].values()
    assert (row["first"], row["other"]) == ("1: aaaaaaa, 00:00:40", "1: aaaaaaa, 00:00:41")


def test_scores_that_stayed_are_counted_and_not_drawn() -> None:
    (task,) = views(two_recipes(0.5))["tasks"]
    (problem,) = task["problems"]
    assert (problem["moved"], problem["plot"], problem["rows"]) == (0, None, [])


def test_of_many_the_largest_changes_are_shown() -> None:
    recorder = Recorder()
    cells = [cell(pretraining_cell(f"m{number}"), "finetune") for number in range(MOST_ROWS + 3)]
    for day, commit in ((1, "a"), (2, "b")):
        night(recorder, day, commit)
        for number, where in enumerate(cells):
            add(recorder, where, 0, answers(0.3 if day == 1 else 0.35 + number / 200, number), recipe=day)
    (task,) = views(recorder, cells)["tasks"]
    (problem,) = task["problems"]
    assert (len(problem["legend"]), len(problem["rows"]), problem["left_out"]) == (MOST_LINES, MOST_ROWS, 3)
    assert problem["moved"] - len(problem["legend"]) == MOST_ROWS + 3 - MOST_LINES
    sizes = [abs(float(row["changes"][0]["difference"].replace("−", "-"))) for row in problem["rows"]]
    assert sizes == sorted(sizes, reverse=True)


def test_nothing_is_no_section() -> None:
    found = views(Recorder())
    assert [found[name] for name in ("meters", "tasks")] == [[], []]
    assert found["nights"] == found["turns"] == {"rows": [], "left_out": 0}


def test_texts_are_no_markup() -> None:
    recorder = measured([1.0, 0.5], hardware="<b>\x1b[31m")
    (throughput, _) = views(recorder)["meters"]
    assert "<b>" not in throughput["plot"]
    assert "\x1b" not in throughput["title"]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of trends of the committed `text`, which has cells of several recipes."""
    board, out = open_board(ROOT), tmp_path_factory.mktemp("texts") / "public"
    suite = board.catalog.suite("text")
    render(board, suite, out)
    return out


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_pages_open_cleanly_and_keep_nobody_out(chromium: object, texts: Path, width: int, scheme: str) -> None:
    for name in ("trends", "trends/docstring-topic"):
        watched = opened(chromium, texts, name, width=width, scheme=scheme)
        watched.page.locator("details summary").first.press("Enter")
        wide = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
        assert watched.wrong == []
        assert [each["id"] for each in Axe().run(watched.page).response["violations"]] == []


@pytest.mark.browser
def test_a_problem_leads_to_its_figure(chromium: object, texts: Path) -> None:
    watched = opened(chromium, texts, "trends")
    watched.page.locator("#quality a").nth(2).click()
    watched.page.wait_for_load_state("load")
    assert watched.page.url.endswith("trends/docstring-topic.html#problem-1")
    assert watched.page.locator("#problem-1 svg.figure").is_visible()


def test_a_figure_says_which_cells_it_leaves_out(site: Path) -> None:
    sections = [part for page in (site / "trends").glob("*.html") for part in page.read_text().split("<section")[1:]]
    told = [re.search(r"Drawn are the (\d+) cells whose scores changed most; (\d+) more", each) for each in sections]
    assert any(told)
    for section, found in zip(sections, told, strict=True):
        drawn, rows = section.count("<li>"), section.count('<th scope="row"')
        assert drawn == (int(found[1]) if found else min(rows, MOST_LINES))
        assert found is None or int(found[2]) > 0


def test_a_model_leads_to_its_history(texts: Path) -> None:
    page = (texts / "models" / "transformer-tiny.html").read_text()
    assert re.search(r'href="\.\./trends/docstring-topic\.html"', page)
    assert "../trends/" not in (texts / "models" / "tf-idf.html").read_text()
