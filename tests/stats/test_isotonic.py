"""The curve of scratch over label counts, and the labels at which it reaches a score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.isotonic import Curve, Labels

CURVES = st.lists(st.floats(0.05, 0.95), min_size=2, max_size=6)


@given(CURVES, st.integers(0, 5))
def test_a_label_count_of_the_curve_is_worth_no_more_than_itself(scores: list[float], at: int) -> None:
    shots = [2**power for power in range(len(scores))]
    curve, here = Curve(shots, scores), shots[at % len(shots)]
    labels = curve.labels(curve.at(here))
    assert labels.beyond == 0
    assert labels.number <= here * (1 + 1e-9)


@given(CURVES, st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_a_higher_score_is_never_worth_less(scores: list[float], asked: list[float]) -> None:
    curve = Curve([2**power for power in range(len(scores))], scores)
    labels = [curve.labels(score) for score in sorted(asked)]
    assert labels == sorted(labels, key=lambda each: (each.beyond, each.number))


@given(CURVES, st.floats(0.01, 0.99))
def test_inside_it_is_numpys_interpolation(scores: list[float], share: float) -> None:
    rising = np.unique(scores)
    if len(rising) < 2 or np.diff(rising).min() < 1e-9:
        return
    shots = [2**power for power in range(len(rising))]
    score = float(rising[0] + share * (rising[-1] - rising[0]))
    labels = Curve(shots, rising.tolist()).labels(score)
    assert np.log(labels.number) == pytest.approx(np.interp(score, rising, np.log(shots)), abs=1e-9)


def test_a_falling_curve_is_levelled() -> None:
    curve = Curve([1, 2, 4], [0.5, 0.3, 0.9])
    assert [curve.at(shots) for shots in (1, 2, 4)] == pytest.approx([0.4, 0.4, 0.9])
    assert curve.labels(0.4) == Labels(pytest.approx(1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(("labels", "text"), [(Labels(3.44), "3.4"), (Labels(12.3), "12"), (Labels(20, 1), ">20"),
                                              (Labels(1, -1), "<1")])  # fmt: skip
def test_a_bound_has_its_sign(labels: Labels, text: str) -> None:
    assert str(labels) == text
