"""Trends: nights, variants in their order, outcomes that change, and the rows and figures of all of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.findings.base import Finding, Lines
from harness.findings.evidence import Evidence
from harness.findings.nights import nights_of
from harness.findings.trend_qualities import MOST_LINES
from harness.findings.trends import Trends, trends, trends_of
from tests.findings.changed import CELLS, add, answers, measured, night
from tests.findings.records import Recorder, cell, pretraining_cell
from tests.findings.test_meter_series import STEADY

WHERE = CELLS[0]
SEEDS = 3


def of(recorder: Recorder, seeds: list[int] | None = None) -> Trends:
    return trends_of(recorder.store, CELLS, seeds)


def finding(recorder: Recorder) -> Finding:
    return trends(Evidence(recorder.store, CELLS))


def rows(result: Finding, kind: str) -> list[Any]:
    table = result.tables().get("trends")
    return [row for row in (table.rows if table else ()) if row["kind"] == kind]


def titled(result: Finding, part: str) -> Any:
    return next(section for section in result.sections if part in section.title)


def two_variants(share: float = 0.7, seeds: int = SEEDS) -> Recorder:
    """A cell with an accuracy of a half, and with another variant at another commit with this accuracy."""
    recorder = night(Recorder(), 1, "a")
    for seed in range(SEEDS):
        add(recorder, WHERE, seed, answers(0.5, seed))
    night(recorder, 2, "b", changed=True)
    for seed in range(SEEDS - seeds, SEEDS):
        add(recorder, WHERE, seed, answers(share, seed), recipe=2)
    return recorder


def edited(share: float = 0.7, seed: int = 0) -> Recorder:
    """A variant that was changed and run again on one day, without a commit."""
    recorder = night(Recorder(), 1, "a", changed=True)
    for number in range(3):
        add(recorder, WHERE, number, answers(0.5, number))
    for number in range(seed, seed + 3):
        add(recorder, WHERE, number, answers(share, number), recipe=2)
    return recorder


def test_a_night_is_one_environment_on_one_day() -> None:
    recorder = night(Recorder(), 1, "a")
    add(recorder, WHERE)
    add(recorder, WHERE, 1, status="oom")
    add(recorder, WHERE, 2, status="interrupted")
    for day, commit in ((1, "b"), (2, "b")):
        add(night(recorder, day, commit), WHERE, day)
    nights, made = nights_of(recorder.store, CELLS)
    assert [(each.number, each.day, each.commit_label[:1], each.trials, each.failed) for each in nights] == [
        (0, "2026-01-01", "a", 2, 1),
        (1, "2026-01-01", "b", 1, 0),
        (2, "2026-01-02", "b", 1, 0),
    ]
    assert [each.night for each in made] == [0, 0, 1, 2]
    table = finding(recorder).tables()["nights"]
    assert [(row["night"], row["day"], row["trials"], row["failed"]) for row in table.rows] == [
        (3, "2026-01-02", 1, 0),
        (2, "2026-01-01", 1, 0),
        (1, "2026-01-01", 2, 1),
    ]


def test_a_sweep_that_runs_past_midnight_is_one_night() -> None:
    recorder = night(Recorder(), 1)
    records = [recorder.add(WHERE, seed, started=f"2026-01-0{seed + 1}T00:00:00.000Z") for seed in range(2)]
    segments = [record.location for record in recorder.store.all()]
    assert len(segments) == len(records) == 2
    first, other = (each.segment for each in segments if each)
    lines = other.read_text().splitlines(keepends=True)
    first.write_text(first.read_text() + lines[-1])
    other.unlink()
    assert [each.day for each in nights_of(recorder.store, CELLS)[0]] == ["2026-01-01"]


def test_variants_are_in_the_order_of_their_first_records() -> None:
    recorder = two_variants()
    add(night(recorder, 3, "c"), WHERE, 0, answers(0.9, 0))
    (result,) = of(recorder).qualities
    assert [variant.night for variant in result.variants] == [0, 1]
    assert result.variants[0].records.keys() == {0, 1, 2}
    assert result.variants[0].records[0].metrics["accuracy"] == answers(0.5, 0).mean(), "the earliest counts"
    assert result.variants[0].interval is not None


def test_a_change_is_paired_by_seed_and_test_item() -> None:
    recorder = two_variants(seeds=2)
    (result,) = of(recorder).qualities
    (change,) = result.changes
    assert change is not None
    assert (change.n, change.changed, change.verdict) == (2, ["recipe"], "higher")
    lifts = [answers(0.7, seed).mean() - answers(0.5, seed).mean() for seed in (1, 2)]
    assert change.difference == pytest.approx(np.mean(lifts))
    assert change.low is not None
    assert change.high is not None
    assert (change.low + change.high) / 2 == pytest.approx(change.difference)


def test_quality_is_of_whole_pretrainings() -> None:
    point = replace(WHERE, progress=0.1)
    recorder = two_variants()
    add(night(recorder, 1, "a"), point, 0, answers(0.5, 0))
    add(night(recorder, 2, "b", changed=True), point, 0, answers(0.9, 0), recipe=2)
    result = trends_of(recorder.store, [*CELLS, point])
    assert [each.cell for each in result.qualities] == [WHERE]
    assert sum(night.statuses["ok"] for night in result.nights) == 2 * SEEDS + 2, "a night has all trials"


def test_one_variant_has_no_change_and_other_seeds_do_not_count() -> None:
    assert of(measured([1.0, 2.0])).qualities == []
    assert of(two_variants(seeds=1), [0, 1]).qualities == []
    (result,) = of(two_variants(seeds=1)).qualities
    assert result.changes[0] is not None
    assert result.changes[0].n == 1


def test_without_a_shared_seed_there_is_no_difference() -> None:
    recorder = night(Recorder(), 1, "a")
    add(recorder, WHERE, 0, answers(0.5, 0))
    add(night(recorder, 2, "b"), WHERE, 1, answers(0.5, 1), recipe=2)
    (result,) = of(recorder).qualities
    assert list(result.changes) == [None]
    (row,) = rows(finding(recorder), "quality")
    assert (row["n"], row["verdict"], row.get("change")) == (None, None, None)
    assert (row["before"], row["after"]) == (answers(0.5, 0).mean(), answers(0.5, 1).mean())


def test_outcomes_change_both_ways() -> None:
    recorder = night(Recorder(), 1, "a")
    add(recorder, WHERE, 0, status="oom")
    add(recorder, WHERE, 1)
    add(recorder, WHERE, 2, status="oom")
    night(recorder, 2, "b")
    add(recorder, WHERE, 0)
    add(recorder, WHERE, 1, status="error", recipe=2)
    add(recorder, WHERE, 2, status="crash")
    result = of(recorder).outcomes
    assert [
        (each.other.seed, each.first.status, each.other.status, each.same_variant, each.succeeds) for each in result
    ] == [
        (0, "oom", "ok", True, True),
        (1, "ok", "error", False, False),
    ]
    assert [each.nights for each in result] == [(0, 1)] * 2
    assert any(
        "1 failed trial now succeeded, 1 successful trial now failed" in each for each in finding(recorder).summary
    )


def test_the_data_have_a_row_for_each_change() -> None:
    recorder = two_variants(0.5)
    add(recorder, CELLS[1], 0, status="oom")
    for where in CELLS:
        add(night(recorder, 3, "c"), where, 0, answers(0.5, 0), meters={"examples_per_s": 2.0, "workers": 2.0})
    for where in CELLS:
        add(night(recorder, 4, "d"), where, 0, answers(0.5, 0), meters={"examples_per_s": 1.0, "workers": 2.0})
    result = finding(recorder)
    ((quality,), (meter,), (outcome,)) = (rows(result, kind) for kind in ("quality", "meter", "outcome"))
    assert (quality["verdict"], quality["model"], quality["from_commit"]) == ("identical", "m0", "a" * 40)
    assert quality["to_changed"]
    assert (meter["change"], meter["n"], meter["workers"]) == (pytest.approx(0.5), 4, 2)
    assert (outcome["before"], outcome["after"], outcome["seed"], outcome["verdict"]) == ("oom", "ok", 0, "works")


def test_nothing_recorded_is_a_sentence() -> None:
    result = finding(Recorder())
    assert not result.sections
    assert len(result.summary) == 1


def test_the_newest_commit_may_have_several_nights() -> None:
    recorder = measured([1.0, 1.0, 1.0], "abb")
    assert of(recorder).newest == {1, 2}
    assert [commit for commit, _ in of(recorder).commits] == ["a" * 40, "b" * 40]
    assert np.isfinite([link.change for each in of(recorder).series for link in each.links]).all()


def test_trials_without_an_earlier_record_are_not_compared() -> None:
    recorder, other = measured([1.0]), cell(pretraining_cell("m0"), "linear")
    add(night(recorder, 2, "b"), other)
    result = trends(Evidence(recorder.store, [*CELLS, other]))
    assert not result.tables().keys() & {"trends", "problems"}
    assert "Too few" in result.summary[-1]


def test_a_problem_has_a_figure_and_counts() -> None:
    result = finding(two_variants())
    (problem,) = result.tables()["problems"].rows
    assert [problem[word] for word in ("cells", "higher", "lower", "undecided", "identical")] == [1, 1, 0, 0, 0]
    section = titled(result, "digits: fine-tuning, 5 shots")
    assert section.subject == "task digits"
    (figure,) = section.figures
    assert isinstance(figure, Lines)
    ((one, other),) = figure.series.values()
    assert figure.x.ticks == {0.0: "aaaaaaa", 1.0: "bbbbbbb+"}
    assert (one.y, other.y) == tuple(np.mean([answers(share, s).mean() for s in range(SEEDS)]) for share in (0.5, 0.7))
    assert one.y_low is not None
    assert one.y_low < one.y
    (row,) = rows(result, "quality")
    assert (row["from"], row["to"], row["n"]) == ("1: aaaaaaa", "2: bbbbbbb+", SEEDS)
    assert 0 < row["low"] < row["change"] < row["high"]


def test_variants_of_one_night_are_next_to_each_other_with_their_times() -> None:
    result = finding(edited())
    (row,) = rows(result, "quality")
    assert [row["from"], row["to"]] == [f"1: aaaaaaa+, 00:00:{second}" for second in (40, 43)]
    assert row["from_began"] < row["to_began"]
    (figure,) = titled(result, "digits").figures
    assert [point.x for points in figure.series.values() for point in points] == [0.0, 1.0]
    assert any("1 higher" in each for each in result.summary)
    assert "1 identical" in finding(edited(0.5)).summary[-1]


def test_identical_scores_are_in_the_data_and_not_drawn() -> None:
    section = titled(result := finding(two_variants(0.5)), "digits")
    assert not section.figures
    assert [table.shown for table in section.tables] == [[]]
    assert [row["verdict"] for row in rows(result, "quality")] == ["identical"]


def test_of_many_cells_those_that_changed_most_are_drawn() -> None:
    recorder, number = Recorder(), MOST_LINES + 3
    cells = [cell(pretraining_cell(f"m{each}"), "finetune") for each in range(number)]
    for day, commit in ((1, "a"), (2, "b")):
        night(recorder, day, commit)
        for each, where in enumerate(cells):
            add(recorder, where, 0, answers(0.3 if day == 1 else 0.35 + each / 40, each), recipe=day)
    section = titled(trends(Evidence(recorder.store, cells)), "digits")
    sizes = [abs(row["change"]) for row in section.tables[0].rows]
    assert sizes == sorted(sizes, reverse=True)
    assert (len(sizes), len(section.figures[0].series)) == (number, MOST_LINES)


def test_a_meter_has_a_section_for_each_machine() -> None:
    recorder = measured([1.0, 0.5], "ab")
    for day, speed in ((3, 7.0), (4, 8.0)):
        night(recorder, day, "c", hardware="another")
        for where in CELLS:
            add(recorder, where, meters={"examples_per_s": speed, "workers": 2.0}, metrics={"accuracy": 0.5})
    result = finding(recorder)
    sections = [section for section in result.sections if " on " in section.title]
    assert [each.title for each in sections] == [
        "Throughput on a test, 2 trials in parallel",
        "Peak memory on a test, 2 trials in parallel",
        "Throughput on another, 2 trials in parallel",
    ]
    ratios = [[row["change"] for row in each.tables[0].rows] for each in sections]
    assert ratios == [[pytest.approx(0.5)], [pytest.approx(1)], [pytest.approx(8 / 7)]]
    (figure,) = sections[0].figures
    assert isinstance(figure, Lines)
    assert figure.x.ticks == {0.0: "aaaaaaa", 1.0: "bbbbbbb"}


def test_nights_without_a_shared_cell_have_lines_of_their_own() -> None:
    others = [cell(pretraining_cell(f"other{number}"), "finetune") for number in range(3)]
    recorder = measured([1.0, 2.0])
    for day in (3, 4):
        night(recorder, day, "b")
        for where in others:
            add(recorder, where, meters={"examples_per_s": 1.0, "workers": 2.0}, metrics={"accuracy": 0.5})
    (figure,) = titled(trends(Evidence(recorder.store, [*CELLS, *others])), "Throughput").figures
    assert list(figure.series) == ["fine-tuning, from night 1: aaaaaaa", "fine-tuning, from night 3: bbbbbbb"]


def test_the_summary_names_the_largest_change_of_a_meter() -> None:
    commits = "abcdefghijkl"
    assert not any("Largest" in each for each in finding(measured(STEADY, commits)).summary)
    newest = finding(measured([*STEADY, 0.7], commits)).summary[-1]
    assert "×0.70 [0.70, 0.70] over 4 cells (newest night)" in newest
    step = finding(measured([*STEADY, 0.7, 0.7], "abcdefghii")).summary[-1]
    assert "×0.70 [0.70, 0.70] over 4 cells (step)" in step


def test_a_series_with_few_ratios_has_no_verdict_whatever_its_nights() -> None:
    recorder = measured([1.0, 0.5], "ab")
    for day in (3, 4, 5):
        add(night(recorder, day, "b"), CELLS[0], meters={"examples_per_s": 1.0, "workers": 2.0})
    result = finding(recorder)
    assert len(result.tables()["nights"].rows) == 5
    assert {row["result"] for row in rows(result, "meter")} == {"too few ratios: 1 of 4"}
    same = finding(measured([1.0, 0.5]))
    assert {row["result"] for row in rows(same, "meter")} == {"too few ratios: 1 of 4, same commit and packages"}
