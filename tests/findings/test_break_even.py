"""How many labels a pretraining is worth."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.break_even import Curve, Labels, break_evens
from harness.findings.evidence import Analysis
from harness.findings.rows import rows_of
from tests.findings.records import Recorder, cell, pretraining_cell

SCORES = {1: 0.2, 4: 0.4, 16: 0.6}
CURVES = st.lists(st.floats(0.05, 0.95), min_size=2, max_size=6)


def rows(lifts: dict[int, float], margin: float | None = 0.1, **more: Any) -> list[dict[str, Any]]:
    """Scratch at SCORES, and a pretraining with these lifts."""
    shared: dict[str, Any] = {
        "model": "net", "corpus": "glyphs", "fraction": 1.0, "corruption": None, "pretrain_steps": 9, "task": "digits",
        "shape": "1x8x8", "protocol": "linear", "steps": None, "batch": None, "precision": "fp32", "labelled": False,
        "lift": None, "lift_low": None, "lift_high": None, "lift_n": 3,
    }  # fmt: skip
    scratch = [shared | {"objective": "scratch", "shots": shots, "score": score} for shots, score in SCORES.items()]
    bounds = [(None, None) if margin is None else (lift - margin, lift + margin) for lift in lifts.values()]
    ends = [{"lift_low": low, "lift_high": high} for low, high in bounds]
    pretrained = [
        shared | {"objective": "simclr", "shots": shots, "score": SCORES[shots] + lift, "lift": lift} | end | more
        for (shots, lift), end in zip(lifts.items(), ends, strict=True)
    ]
    return [*scratch, *pretrained]


def test_a_lift_is_worth_the_labels_at_which_scratch_scores_as_much() -> None:
    (found,) = break_evens(rows({1: 0.2, 4: 0.1}, margin=0.1))
    first, second = found.worths
    assert first.labels.number == pytest.approx(4)
    assert (first.low.number, first.high.number) == pytest.approx((2, 8))  # type: ignore[union-attr]
    assert second.labels.number == pytest.approx(8)
    assert second.high == Labels(pytest.approx(16))  # type: ignore[arg-type]
    assert found.scratch == [(1, 0.2), (4, 0.4), (16, 0.6)]


def test_beyond_what_was_run_there_is_a_bound_only() -> None:
    (found,) = break_evens(rows({1: -0.1, 16: 0.3}))
    assert [worth.labels for worth in found.worths] == [Labels(1, -1), Labels(16, 1)]


def test_without_an_interval_there_are_no_ends() -> None:
    (found,) = break_evens(rows({1: 0.2, 4: 0.1}, margin=None))
    assert {(worth.low, worth.high) for worth in found.worths} == {(None, None)}
    assert found.caught_up is None


@pytest.mark.parametrize(
    ("lifts", "caught_up"),
    [
        ({1: 0.3, 4: 0.2, 16: 0.05}, Labels(16)),
        ({1: 0.3, 4: 0.05, 16: 0.2}, Labels(16, 1)),  # level for once, and ahead again
        ({1: 0.0, 4: 0.0, 16: 0.0}, Labels(1)),
        ({1: 0.3, 4: 0.2, 16: 0.2}, Labels(16, 1)),
    ],
)
def test_scratch_has_caught_up_from_where_nothing_lies_above_zero(lifts: dict[int, float], caught_up: Labels) -> None:
    (found,) = break_evens(rows(lifts))
    assert found.caught_up == caught_up


def test_one_label_count_all_labels_or_what_sees_labels_have_none() -> None:
    assert break_evens(rows({1: 0.2})) == []
    assert break_evens(rows({1: 0.2, 4: 0.1}, labelled=True)) == []
    assert break_evens(rows({1: 0.2, 4: 0.1}, shots=None)) == []


@given(CURVES, st.integers(0, 5))
def test_what_a_curve_has_at_a_count_is_worth_no_more_than_that_count(scores: list[float], at: int) -> None:
    shots = [2**power for power in range(len(scores))]
    curve, here = Curve(shots, scores), shots[at % len(shots)]
    found = curve.labels(curve.at(here))
    assert found.beyond == 0
    assert found.number <= here * (1 + 1e-9)


@given(CURVES, st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_a_higher_score_is_never_worth_less(scores: list[float], asked: list[float]) -> None:
    curve = Curve([2**power for power in range(len(scores))], scores)
    found = [curve.labels(score) for score in sorted(asked)]
    assert found == sorted(found, key=lambda each: (each.beyond, each.number))


@given(CURVES, st.floats(0.01, 0.99))
def test_inside_it_is_numpys_interpolation(scores: list[float], share: float) -> None:
    rising = np.unique(scores)
    if len(rising) < 2 or np.diff(rising).min() < 1e-9:
        return
    shots = [2**power for power in range(len(rising))]
    score = float(rising[0] + share * (rising[-1] - rising[0]))
    found = Curve(shots, rising.tolist()).labels(score)
    assert np.log(found.number) == pytest.approx(np.interp(score, rising, np.log(shots)), abs=1e-9)


def test_a_board_has_them() -> None:
    recorder, cells = Recorder(), []
    for objective, gain in (("scratch", 0.0), ("simclr", 0.15)):
        for shots, share in ((5, 0.4), (20, 0.7)):
            cells.append(cell(pretraining_cell(objective=objective), shots=shots))
            for seed in range(3):
                recorder.add(cells[-1], seed, np.random.default_rng(seed).random((1, 400)) < share + gain)
    (found,) = break_evens(rows_of(Analysis(recorder.store, cells).frame))
    first, second = found.worths
    assert 5 < first.low.number < first.labels.number < first.high.number < 20  # type: ignore[union-attr]
    assert second.labels == Labels(20, 1)
    assert found.caught_up == Labels(20, 1)
