"""How the terminal and the site word checkpoints along a run."""

import pytest
from harness.findings.rows import rows_of
from harness.report.answer import sentences
from harness.report.columns import filters
from harness.report.factors import factor_table
from harness.report.predictor_views import predictor_views
from harness.report.predictors import predictor_table
from harness.report.site_rows import breakdown, dress
from harness.report.words import after, arm_of, run_share

from harness.board import open_board
from harness.report.terminal import show_table
from tests.boards import ROOT

ARM = {"objective": "simclr", "corpus": "glyphs", "fraction": 1, "corruption": None}


@pytest.fixture(scope="module")
def analysis():  # type: ignore[no-untyped-def]
    return open_board(ROOT).analysis("quick")


@pytest.fixture
def rows(analysis) -> list[dict]:  # type: ignore[no-untyped-def]
    return dress(rows_of(analysis.frame), open_board(ROOT).catalog.suite("quick"), {})


def test_an_arm_names_the_point_where_it_is_not_the_end() -> None:
    assert arm_of(ARM) == arm_of(ARM | {"progress": 1.0}) == "simclr on glyphs"
    assert arm_of(ARM | {"progress": 0.125}) == "simclr on glyphs, 12.5% of the run"
    assert (run_share(1.0), after(1.0), after(0.1)) == ("whole", "", ", 10% of the run")


def test_the_table_tells_points_and_can_be_narrowed_to_them(rows: list[dict]) -> None:
    early = [row for row in rows if row["progress"] < 1]
    assert {row["run"] for row in early} == {"10%", "30%"}
    assert {row["rank"] for row in early} == {None}
    assert all(f"{row['run']} of the run" in row["pretraining"] for row in early)
    (found,) = [each for each in filters(rows) if each["name"] == "run"]
    assert found["choices"] == ["10%", "30%", "whole"]
    assert not [each for each in filters([row for row in rows if row["progress"] == 1]) if each["name"] == "run"]


def test_a_probe_on_the_way_stands_beside_its_own_point(rows: list[dict]) -> None:
    shown = [row for row in rows if row["model"] == "cnn-nano" and row["objective"] == "simclr"]
    linear = {row["progress"]: row["linear"] for row in shown if row["task"] == "glyphs-new-typeface"}
    assert len(set(linear.values())) == 3
    assert {row["knn"] for row in shown if row["progress"] < 1} == {None}


def test_comparisons_are_counted_over_whole_runs(rows: list[dict]) -> None:
    whole = [row for row in rows if row["progress"] == 1]
    assert breakdown(rows) == breakdown(whole)
    told = [line.replace(" (of whole runs)", "") for line in sentences(rows, [])]
    assert told == sentences(whole, [])


def test_the_terminal_says_where_within_a_run(analysis, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    show_table(analysis.frame, title="quick")
    assert "glyphs (10% of the run)" in capsys.readouterr().out
    factor_table(analysis.curves, "progress", title="quick")
    said = capsys.readouterr().out
    assert "slope per tenfold of the steps" in said
    assert "10% 0." in said
    predictor_table(analysis.predictors, title="quick")
    said = capsys.readouterr().out
    assert "linear probe at 5 shots, 10% of the run" in said
    assert "of the same runs' ends: decisions" in said


def test_what_chooses_among_fewer_is_not_called_the_best(analysis) -> None:  # type: ignore[no-untyped-def]
    said = {view["title"]: view for view in predictor_views(analysis.predictors, [])}
    view = said["glyphs-new-typeface: linear probe, 5 shots"]
    assert any("10% of the run" in row["name"] for row in view["rows"])
    assert "of the run" not in view["sentence"]
