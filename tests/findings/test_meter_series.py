"""Meters from night to night: the index, and the verdicts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.findings.meter_series import FEW, NEWEST, SPIKE, STEP, UNDECIDED, Link, Series, judged, meter_series
from harness.findings.nights import nights_of
from tests.findings.changed import CELLS, add, measured, night
from tests.findings.records import Recorder, cell, pretraining_cell

STEADY = [1.0, 1.02, 0.99, 1.01, 1.0, 0.98, 1.01, 1.0]


def series(recorder: Recorder) -> list[Series]:
    return meter_series(*nights_of(recorder.store, CELLS))


def throughput(recorder: Recorder) -> Series:
    return next(each for each in series(recorder) if each.meter == "examples_per_s")


def verdicts(speeds: list[float]) -> list[str]:
    return [link.verdict for link in throughput(measured(speeds)).links]


def links(changes: list[float]) -> list[Link]:
    return [Link(n, n + 1, 3, change, change, change) for n, change in enumerate(changes)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=6))
def test_the_index_is_the_speed_of_each_night(speeds: list[float]) -> None:
    result = throughput(measured(speeds))
    assert [math.exp(level) for level in result.level.values()] == pytest.approx([s / speeds[0] for s in speeds])
    assert (result.work, result.hardware, result.workers) == ("finetune", "a test", 2)
    assert [(link.first, link.other, link.cells) for link in result.links] == [
        (n, n + 1, 4) for n in range(len(speeds) - 1)
    ]


def test_an_interval_is_over_cells() -> None:
    recorder, ratios = measured([1.0]), [1.1, 1.2, 0.9, 1.3]
    night(recorder, 2)
    for number, (where, ratio) in enumerate(zip(CELLS, ratios, strict=True), 1):
        add(recorder, where, metrics={"accuracy": 0.5}, meters={"examples_per_s": number * ratio, "workers": 2.0})
    (link,) = throughput(recorder).links
    logs = np.log(ratios)
    margin = 3.182446 * logs.std(ddof=1) / 2  # t(0.975; 3)
    assert (link.change, link.low, link.high) == pytest.approx(
        (logs.mean(), logs.mean() - margin, logs.mean() + margin)
    )
    assert link.lowest is not None
    assert link.highest is not None
    assert (link.lowest[0], link.highest[0]) == (CELLS[2], CELLS[3])
    assert (link.lowest[1], link.highest[1]) == pytest.approx((math.log(0.9), math.log(1.3)))
    assert link.verdict == FEW


def test_a_night_is_compared_with_the_latest_that_ran_the_same_cells() -> None:
    recorder = measured([1.0])
    others = [cell(pretraining_cell(f"other{number}"), "finetune") for number in range(3)]
    for day, cells, speed in ((2, others, 5.0), (3, CELLS, 2.0), (4, others[:2], 9.0)):
        night(recorder, day)
        for where in cells:
            add(recorder, where, metrics={"accuracy": 0.5}, meters={"examples_per_s": speed, "workers": 2.0})
    result = [
        each for each in meter_series(*nights_of(recorder.store, [*CELLS, *others])) if each.meter == "examples_per_s"
    ]
    assert [(link.first, link.other) for each in result for link in each.links] == [(0, 2)]


def test_machines_are_never_mixed() -> None:
    recorder = measured([1.0, 1.0])
    for day, environment, workers in ((3, {"hardware": "another"}, 2.0), (4, {}, 1.0)):
        night(recorder, day, **environment)
        for where in CELLS:
            add(recorder, where, metrics={"accuracy": 0.5}, meters={"examples_per_s": 50.0, "workers": workers})
    assert [(link.first, link.other) for link in throughput(recorder).links] == [(0, 1)]
    assert {each.hardware for each in series(recorder)} == {"a test"}


def test_failed_trials_have_no_meters() -> None:
    recorder = measured([1.0])
    night(recorder, 2)
    for where in CELLS:
        add(recorder, where, status="oom", meters={"examples_per_s": 50.0, "workers": 2.0})
    assert series(recorder) == []


def test_a_change_is_a_step_once_a_second_night_has_it() -> None:
    assert set(verdicts(STEADY)) == {UNDECIDED}
    assert verdicts([*STEADY, 0.7])[-1] == NEWEST
    after = verdicts([*STEADY, 0.7, 0.71])
    assert (after[-2:], set(after[:-2])) == ([STEP, UNDECIDED], {UNDECIDED})


def test_a_change_that_is_reversed_is_no_step() -> None:
    assert verdicts([*STEADY, 0.7, 1.0, 1.01])[-3:] == [SPIKE, SPIKE, UNDECIDED]


def test_few_nights_have_no_verdict() -> None:
    assert verdicts([1.0, 1.0, 1.0, 0.1]) == [FEW] * 3
    assert verdicts([1.0, 1.01, 1.0, 1.01, 0.1])[-1] == NEWEST


def test_two_steps_do_not_mask_each_other() -> None:
    changes = [0.01, -0.02, 0.4, 0.0, 0.01, 0.5, -0.01, 0.02]
    assert [link.verdict for link in judged(links(changes))].count(STEP) == 2
