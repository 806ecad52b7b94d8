"""The bootstrap over encoders and arms: its coefficient is Spearman's on the points as drawn, and it covers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats.two_way import WeightedSpearman, two_way_interval

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=12)


@given(POINTS)
def test_weights_are_repeated_points(points: list[tuple[int, int, int]]) -> None:
    x, y, times = (np.array(axis, dtype=float) for axis in zip(*points, strict=True))
    (value,) = WeightedSpearman(x, y)(times[:, None])
    repeated = [np.repeat(axis, times.astype(int)) for axis in (x, y)]
    if times.sum() < 3 or min(np.ptp(axis) for axis in repeated) == 0:
        assert np.isnan(value)
    else:
        assert value == pytest.approx(stats.spearmanr(*repeated).statistic, abs=1e-12)


def test_below_eight_of_either_there_is_no_interval() -> None:
    x = np.arange(56.0)
    assert two_way_interval(x, x, [str(i // 7) for i in range(56)], [str(i % 7) for i in range(56)]) == (None, None)


def test_a_constant_axis_has_no_interval() -> None:
    names = [str(i // 8) for i in range(64)], [str(i % 8) for i in range(64)]
    assert two_way_interval(np.ones(64), np.arange(64.0), *names) == (None, None)


def test_the_interval_covers_when_models_and_arms_are_drawn_anew() -> None:
    rng = np.random.default_rng(0)
    models, arms = [str(i // 10) for i in range(100)], [str(i % 10) for i in range(100)]
    covered = 0
    for run in range(40):
        a, b = rng.normal(size=(2, 10, 1)), rng.normal(size=(2, 1, 10))
        x, y = (np.ravel(a[0] + b[0])), (np.ravel(a[0] + a[1] + b[0] + b[1]))
        low, high = two_way_interval(x, y, models, arms, seed=run)
        assert low is not None
        assert high is not None
        covered += low <= 0.69 <= high
    assert covered >= 32
