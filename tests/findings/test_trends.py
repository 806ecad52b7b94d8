"""Nights, recipes in their order, failures that come and go, and the frame of all of it."""

import numpy as np
import pytest

from harness.findings.commits import compare_commits
from harness.findings.evidence import Analysis
from harness.findings.nights import made_of
from harness.findings.trends import Trends, trends_of
from tests.findings.changed import CELLS, add, answers, measured, night
from tests.findings.records import Recorder

WHERE = CELLS[0]
SEEDS = 3


def trends(recorder: Recorder, seeds: list[int] | None = None) -> Trends:
    return trends_of(recorder.store, CELLS, seeds)


def two_recipes(share: float = 0.7, seeds: int = SEEDS) -> Recorder:
    """A cell with half of its answers right, and by another recipe and commit with this share."""
    recorder = night(Recorder(), 1, "a")
    for seed in range(SEEDS):
        add(recorder, WHERE, seed, answers(0.5, seed))
    night(recorder, 2, "b", changed=True)
    for seed in range(SEEDS - seeds, SEEDS):
        add(recorder, WHERE, seed, answers(share, seed), recipe=2)
    return recorder


def test_a_night_is_one_environment_on_one_day() -> None:
    recorder = night(Recorder(), 1, "a")
    add(recorder, WHERE)
    add(recorder, WHERE, 1, status="oom")
    add(recorder, WHERE, 2, status="interrupted")
    for day, commit in ((1, "b"), (2, "b")):
        add(night(recorder, day, commit), WHERE, day)
    nights, made = made_of(recorder.store, CELLS)
    assert [(each.day, (each.commit or "")[:1], dict(each.statuses)) for each in nights] == [
        ("2026-01-01", "a", {"ok": 1, "oom": 1}),
        ("2026-01-01", "b", {"ok": 1}),
        ("2026-01-02", "b", {"ok": 1}),
    ]
    assert [each.night for each in made] == [0, 0, 1, 2]


def test_a_sweep_that_runs_past_midnight_is_one_night() -> None:
    recorder = night(Recorder(), 1)
    records = [recorder.add(WHERE, seed, started=f"2026-01-0{seed + 1}T00:00:00.000Z") for seed in range(2)]
    segments = [record.place for record in recorder.store.all()]
    assert len(segments) == len(records) == 2
    first, other = (each.segment for each in segments if each)
    lines = other.read_text().splitlines(keepends=True)
    first.write_text(first.read_text() + lines[-1])
    other.unlink()
    assert [each.day for each in made_of(recorder.store, CELLS)[0]] == ["2026-01-01"]


def test_recipes_stand_in_the_order_in_which_they_were_first_recorded() -> None:
    recorder = two_recipes()
    add(night(recorder, 3, "c"), WHERE, 0, answers(0.9, 0))
    (found,) = trends(recorder).histories
    assert [variant.night for variant in found.variants] == [0, 1]
    assert found.variants[0].records.keys() == {0, 1, 2}
    assert found.variants[0].records[0].metrics["accuracy"] == answers(0.5, 0).mean(), "the earliest counts"
    assert found.variants[0].interval is not None


def test_a_change_is_told_as_compare_tells_it() -> None:
    recorder = two_recipes()
    (found,) = trends(recorder).histories
    (change,) = found.changes
    (wanted,) = compare_commits(recorder.store, CELLS, ["a" * 7, "b" * 7]).differences
    assert change is not None
    assert (change.low, change.high, change.verdict) == (wanted.low, wanted.high, "higher")
    assert (change.n, change.changed) == (SEEDS, ["recipe"])


def test_quality_is_of_whole_pretrainings() -> None:
    point = {**WHERE, "progress": 0.1}
    recorder = two_recipes()
    add(night(recorder, 1, "a"), point, 0, answers(0.5, 0))
    add(night(recorder, 2, "b", changed=True), point, 0, answers(0.9, 0), recipe=2)
    found = trends_of(recorder.store, [*CELLS, point])
    assert [each.cell for each in found.histories] == [WHERE]
    compared = Analysis(recorder.store, [*CELLS, point]).compare("a" * 7, "b" * 7)
    assert len(compared.differences) == len(found.histories)
    assert sum(night.statuses["ok"] for night in found.nights) == 2 * SEEDS + 2, "a night holds all that ran"


def test_one_recipe_has_no_history_and_other_seeds_do_not_count() -> None:
    assert trends(measured([1.0, 2.0])).histories == []
    assert trends(two_recipes(seeds=1), [0, 1]).histories == []
    (found,) = trends(two_recipes(seeds=1)).histories
    assert found.changes[0] is not None
    assert found.changes[0].n == 1


def test_without_a_shared_seed_there_is_no_difference() -> None:
    recorder = night(Recorder(), 1, "a")
    add(recorder, WHERE, 0, answers(0.5, 0))
    add(night(recorder, 2, "b"), WHERE, 1, answers(0.5, 1), recipe=2)
    (found,) = trends(recorder).histories
    assert found.changes == [None]


def test_failures_come_and_go() -> None:
    recorder = night(Recorder(), 1, "a")
    add(recorder, WHERE, 0, status="oom")
    add(recorder, WHERE, 1)
    add(recorder, WHERE, 2, status="oom")
    night(recorder, 2, "b")
    add(recorder, WHERE, 0)
    add(recorder, WHERE, 1, status="error", recipe=2)
    add(recorder, WHERE, 2, status="crash")
    found = trends(recorder).turns
    assert [(each.seed, each.before, each.after, each.same, each.works) for each in found] == [
        (0, "oom", "ok", True, True),
        (1, "ok", "error", False, False),
    ]
    assert [(each.first, each.other) for each in found] == [(0, 1)] * 2


def test_the_frame_has_a_row_a_change() -> None:
    recorder = two_recipes(0.5)
    add(recorder, CELLS[1], 0, status="oom")
    for where in CELLS:
        add(night(recorder, 3, "c"), where, 0, answers(0.5, 0), meters={"examples_per_s": 2.0, "workers": 2.0})
    for where in CELLS:
        add(night(recorder, 4, "d"), where, 0, answers(0.5, 0), meters={"examples_per_s": 1.0, "workers": 2.0})
    frame = Analysis(recorder.store, CELLS).trends
    assert list(frame["kind"]) == ["quality", "meter", "outcome"]
    quality, meter, outcome = (row for _, row in frame.iterrows())
    assert (quality["verdict"], quality["model"], quality["from_commit"]) == ("identical", "m0", "a" * 40)
    assert bool(quality["to_changed"])
    assert (meter["change"], meter["n"], meter["workers"]) == (pytest.approx(0.5), 4, 2)
    assert (outcome["before"], outcome["after"], outcome["seed"], outcome["verdict"]) == ("oom", "ok", 0, "works")


def test_nothing_recorded_is_an_empty_frame() -> None:
    frame = Analysis(Recorder().store, CELLS).trends
    assert len(frame) == 0
    assert frame["change"].tolist() == []


def test_the_newest_commit_may_have_several_nights() -> None:
    recorder = measured([1.0, 1.0, 1.0], "abb")
    assert trends(recorder).newest == {1, 2}
    assert [commit for commit, _ in trends(recorder).commits] == ["a" * 40, "b" * 40]
    assert np.isfinite([link.change for each in trends(recorder).series for link in each.links]).all()
