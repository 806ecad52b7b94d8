"""What changed from night to night, in sentences, in the terminal and as data."""

import csv
import io
import json

import pytest

from harness.findings.evidence import Analysis
from harness.report.trend_words import between, sentences
from harness.report.trends import trends_table
from tests.findings.changed import CELLS, add, answers, measured, night
from tests.findings.records import Recorder, cell, pretraining_cell
from tests.findings.test_series import STEADY
from tests.findings.test_trends import two_recipes

NIGHTS = "abcdefghijkl"


def said(recorder: Recorder) -> str:
    (found,) = sentences(Analysis(recorder.store, CELLS).history)
    return found


def table(recorder: Recorder, capsys: pytest.CaptureFixture[str], form: str = "table") -> str:
    trends_table(Analysis(recorder.store, CELLS), form, title="tests")
    return capsys.readouterr().out


def test_little_is_said_of_little() -> None:
    assert said(Recorder()) == "There is no record yet, so nothing can have changed."
    assert said(measured([1.0])) == (
        "All records are of one night, 2026-01-01, at aaaaaaa: there is nothing to compare them with."
    )
    add(uncommitted := night(Recorder(), 1, None), CELLS[0])
    assert said(uncommitted).endswith("at no commit: there is nothing to compare them with.")
    assert (
        said(measured([1.0, 1.0]))
        == "All records are of aaaaaaa, and of 2 nights: nothing that can be told has changed."
    )


def test_what_was_never_run_before_cannot_be_compared() -> None:
    recorder = measured([1.0])
    add(night(recorder, 2, "b"), cell(pretraining_cell("m0"), "linear"))
    found = sentences(Analysis(recorder.store, [*CELLS, cell(pretraining_cell("m0"), "linear")]).history)
    assert found == [
        "What was recorded last is of bbbbbbb, 2026-01-02: too little of it had been run before to be compared."
    ]


def test_quality_and_failures_of_the_last_commit_are_told() -> None:
    recorder = two_recipes()
    for number, status in ((1, "oom"), (2, "ok")):
        add(night(recorder, 1, "a"), CELLS[number], status=status)
        add(night(recorder, 2, "b", changed=True), CELLS[number], status="ok" if status == "oom" else "oom")
    assert said(recorder) == (
        "What was recorded last is of bbbbbbb with changes, 2026-01-02. Of 1 cell with another recipe than before 1 "
        "scores higher (each by itself). 1 trial that failed before works now. 1 trial that worked before fails now."
    )


def test_of_few_nights_the_ratio_is_told_and_what_it_cannot_say() -> None:
    assert said(measured([1.0, 0.5], "ab")) == (
        "What was recorded last is of bbbbbbb, 2026-01-02. Throughput of fine-tuning ×0.50 [0.50, 0.50] over 4 cells. "
        "Whether that is the commit or the night, a series of fewer than 4 ratios between nights "
        "cannot tell, and this has 1."
    )


def test_five_nights_that_share_few_cells_are_no_series_of_five(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = measured([1.0, 0.5], "ab")
    for day in (3, 4, 5):
        add(night(recorder, day, "b"), CELLS[0], meters={"examples_per_s": 1.0, "workers": 2.0})
    assert len(Analysis(recorder.store, CELLS).history.nights) == 5
    assert said(recorder).endswith("a series of fewer than 4 ratios between nights cannot tell, and this has 1.")
    found = " ".join(table(recorder, capsys).split())
    assert "too few ratios: 1 of 4" in found
    assert "a series of 4 ratios, each between nights that share 3 cells or more" in found


def test_a_ratio_of_one_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = measured([1.0, 1.003], "ab")
    (throughput, _) = Analysis(recorder.store, CELLS).history.series
    assert throughput.links[0].low > 0
    assert said(recorder).endswith("nothing that can be told has changed.")
    assert "×1.00 [1.00, 1.00]" in table(recorder, capsys)


def edited(share: float = 0.7, seed: int = 0) -> Recorder:
    """A recipe that was changed and run again on one day, without a commit."""
    recorder = night(Recorder(), 1, "a", changed=True)
    for number in range(3):
        add(recorder, CELLS[0], number, answers(0.5, number))
    for number in range(seed, seed + 3):
        add(recorder, CELLS[0], number, answers(share, number), recipe=2)
    return recorder


def test_an_edit_that_was_tried_on_the_same_day_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(edited()) == (
        "All records are of one night, 2026-01-01, at aaaaaaa with changes. Of 1 cell with another recipe than before "
        "1 scores higher (each by itself)."
    )
    (row,) = json.loads(table(edited(), capsys, "json"))
    assert (row["from_night"], row["to_night"]) == ("2026-01-01", "2026-01-01")
    assert row["from_began"] < row["to_began"]
    assert [row[side][11:19] for side in ("from_began", "to_began")] == ["00:00:40", "00:00:43"]
    history = Analysis(edited().store, CELLS).history
    assert between(history, (0, row["from_began"]), (0, row["to_began"])) == (
        "1: aaaaaaa with changes, 00:00:40",
        "1: aaaaaaa with changes, 00:00:43",
    )
    shown = table(edited(), capsys)
    assert "00:00:40" in shown
    assert "00:00:43" in shown


def test_an_edit_that_moved_no_score_is_told() -> None:
    assert said(edited(0.5)).endswith(
        "at aaaaaaa with changes. 1 cell has another recipe than before, and every score stayed as it was."
    )
    assert said(edited(seed=3)).endswith(
        "at aaaaaaa with changes. 1 cell has another recipe than before, and no seed in common with it."
    )


def test_a_step_is_told_and_noise_is_not() -> None:
    assert said(measured(STEADY, NIGHTS)).endswith("nothing that can be told has changed.")
    newest = said(measured([*STEADY, 0.7], NIGHTS))
    assert newest.endswith("Throughput of fine-tuning ×0.70 [0.70, 0.70] over 4 cells: not seen a second night yet.")
    step = said(measured([*STEADY, 0.7, 0.7], "abcdefghii"))
    assert step.endswith("Throughput of fine-tuning ×0.70 [0.70, 0.70] over 4 cells: a step.")
    assert "though commit and packages are the same" in said(measured([*STEADY, 0.7]))


def test_the_terminal_has_a_table_of_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = two_recipes()
    add(night(recorder, 1, "a"), CELLS[1], status="oom", message="\x1b[31m")
    for day, speed in ((3, 1.0), (4, 0.5)):
        night(recorder, day, "c", hardware="a\x1b[31m")
        for where in CELLS:
            add(recorder, where, meters={"examples_per_s": speed, "workers": 2.0}, metrics={"accuracy": 0.5})
    found = table(recorder, capsys)
    for heading in ("nights", "quality, by recipe", "meters", "failures that came or went"):
        assert f"tests: {heading}" in found
    assert "1: aaaaaaa" in found
    assert "2: bbbbbbb with changes" in found
    assert "×0.50" in found
    assert "too few ratios: 1 of 4, same commit and packages" in found
    assert "\x1b" not in found


def test_scores_that_stayed_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(two_recipes(0.5), capsys)
    assert "1 change of recipe left every score as it was" in found
    assert "quality, by recipe" not in found


def test_an_empty_board_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert table(Recorder(), capsys).endswith("There is no record yet, so nothing can have changed.\n")


def test_data_have_a_row_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = json.loads(table(two_recipes(), capsys, "json"))
    assert (row["kind"], row["verdict"], row["n"], row["changed"]) == ("quality", "higher", 3, "recipe")
    assert 0 < row["low"] < row["change"] < row["high"]
    rows = list(csv.DictReader(io.StringIO(table(measured([1.0, 0.5]), capsys, "csv"))))
    assert [(row["measure"], row["protocol"], row["n"]) for row in rows] == [
        ("examples_per_s", "finetune", "4"), ("peak_memory_bytes", "finetune", "4"),
    ]  # fmt: skip
    assert float(rows[0]["change"]) == pytest.approx(0.5)
