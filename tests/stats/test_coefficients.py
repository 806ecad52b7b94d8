"""Coefficients against SciPy, and regret against enumeration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.stats import coefficients

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=12)
AXES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 2)), min_size=3, max_size=12)


@given(PAIRS)
def test_coefficients_are_scipys(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(axis, dtype=float) for axis in zip(*pairs, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert coefficients.spearman(x, y) is None
        return
    assert coefficients.spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert coefficients.kendall(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)
    assert coefficients.pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic)
    assert coefficients.weighted_tau(x, y) == pytest.approx(stats.weightedtau(x, y).statistic)
    assert coefficients.mean_ranks(x) == pytest.approx(stats.rankdata(x))


@given(PAIRS)
def test_decision_accuracy_is_kendalls_count(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(axis, dtype=float) for axis in zip(*pairs, strict=True))
    accuracy = coefficients.decision_accuracy(x, y, [None] * len(x))
    right = [
        0.5 if x[i] == x[j] else float((x[i] > x[j]) == (y[i] > y[j]))
        for i in range(len(x)) for j in range(i) if y[i] != y[j]
    ]  # fmt: skip
    assert accuracy == (pytest.approx(np.mean(right)) if right else None)


def test_a_partial_coefficient_removes_the_third_axis() -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=400)
    x, y = size + 0.3 * rng.normal(size=400), size + 0.3 * rng.normal(size=400)
    assert coefficients.spearman(x, y) > 0.8  # type: ignore[operator]
    assert abs(coefficients.partial_spearman(x, y, size)) < 0.15  # type: ignore[arg-type]


@given(AXES)
def test_regret_is_that_of_enumeration(points: list[tuple[int, int, int]]) -> None:
    losses = []
    for group in {point[2] for point in points}:
        inside = [point for point in points if point[2] == group]
        first = max(x for x, _, _ in inside)
        picked = [y for x, y, _ in inside if x == first]
        losses.append(max(y for _, y, _ in inside) - sum(picked) / len(picked))
    x, y, groups = (np.array(axis, dtype=float) for axis in zip(*points, strict=True))
    assert coefficients.regret(x, y, groups.tolist()) == pytest.approx(sum(losses) / len(losses))


def test_two_points_have_no_regret() -> None:
    assert coefficients.regret(np.array([1.0, 2.0]), np.array([1.0, 2.0]), [None, None]) is None


def test_reliability_is_the_share_of_variance_that_is_no_noise() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=2000)
    by_seed = truth[:, None] + rng.normal(size=(2000, 4))
    means = by_seed[:, ::2].mean(axis=1)  # two of four seeds: noise of variance 1 / 2
    assert coefficients.reliability(by_seed.tolist(), means) == pytest.approx(1 / 1.5, abs=0.03)
    assert coefficients.reliability([[value] for value in truth], truth) is None


def test_disattenuation_needs_two_reliable_axes() -> None:
    assert coefficients.disattenuated(0.6, 0.8, 0.8) == pytest.approx(0.75)
    assert coefficients.disattenuated(0.9, 0.75, 0.75) == 1
    assert coefficients.disattenuated(0.6, 0.8, coefficients.RELIABLE) is None
