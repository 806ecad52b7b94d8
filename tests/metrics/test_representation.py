"""RankMe and the deviation of features, against their formulas."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.representation import collapsed, feature_std, rankme


def features(count: int = 64, width: int = 16, seed: int = 0) -> np.ndarray:
    """Isotropic features."""
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


@given(st.integers(2, 30), st.integers(1, 12), st.integers(0, 1000))
def test_rankme_is_its_formula(count: int, width: int, seed: int) -> None:
    """The tolerance: a zero eigenvalue of the product is off by up to some 1e-15 of the largest, so its root by 4e-8 of
    the largest singular value. Up to 11 of them move the shares by 5e-7 together. The slope of the entropy is at most
    -log 1e-7 = 16, so it moves by 1e-5."""
    x = features(count, width, seed)
    values = np.sqrt(np.clip(np.linalg.eigvalsh(x.astype(np.float64).T @ x.astype(np.float64)), 0, None))
    shares = np.sort(values)[::-1][: min(count, width)] / values.sum() + 1e-7
    wanted = math.exp(-sum(share * math.log(share) for share in shares))
    assert rankme(x) == pytest.approx(wanted, rel=1e-4)
    assert 1 - 1e-6 <= rankme(x) <= min(count, width) + 1e-3


@pytest.mark.parametrize("rank", [1, 2, 5])
def test_rankme_counts_the_dimensions_that_are_used(rank: int) -> None:
    frame = np.linalg.qr(np.random.default_rng(0).normal(size=(64, rank)))[0]
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(16, rank)))[0]
    assert rankme(frame @ basis.T) == pytest.approx(rank, rel=1e-3)


def test_rankme_has_its_epsilon() -> None:
    """Of 512 dimensions one is used, and each of the others adds 1e-7 to the shares."""
    flat = np.ones((600, 1)) @ np.ones((1, 512))
    wanted = math.exp(-(1 + 1e-7) * math.log(1 + 1e-7) - 511 * 1e-7 * math.log(1e-7))
    assert rankme(flat) == pytest.approx(wanted, rel=1e-6)


def test_rankme_is_invariant_to_scale() -> None:
    x = features()
    assert rankme(1000 * x) == pytest.approx(rankme(x), rel=1e-5)


def test_zero_features_have_one_dimension() -> None:
    assert rankme(np.zeros((8, 4), dtype=np.float32)) == 1.0
    assert feature_std(np.zeros((8, 4), dtype=np.float32)) == 0.0


def test_the_deviation_is_zero_when_collapsed_and_about_one_when_spread() -> None:
    assert feature_std(np.ones((50, 16), dtype=np.float32)) == pytest.approx(0, abs=1e-6)
    assert feature_std(features(2000, 32)) == pytest.approx(1, abs=0.05)
    collapsing = np.ones((200, 16), dtype=np.float32) + 0.1 * features(200)
    assert 0.02 < feature_std(collapsing) < 0.2


def test_the_deviation_is_invariant_to_the_scale_of_an_example() -> None:
    x = features()
    assert feature_std(x * np.arange(1, 65)[:, None]) == pytest.approx(feature_std(x), rel=1e-5)


def test_a_point_and_a_line_are_collapsed_and_a_long_mean_is_not() -> None:
    x = features(200)
    line = x[:, :1] * np.ones((1, 16)) + 1
    assert collapsed(np.ones((200, 16)) + 1e-5 * x)
    assert collapsed(line)
    assert not collapsed(x)
    assert not collapsed(200 + x)
    assert rankme(200 + x) < 1.5
