"""Linear CKA against its estimator by dense linear algebra; the error of packing; neighbours."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.neighbors import NearestNeighbors

from harness.metrics.similarity import LEVELS, as_text, centred_gram, linear_cka, nearest, packed, unpacked

ROUNDING = 1e-12
"""Error of the products themselves in float64: some 2,000 terms of at most 1."""


def hsic(k: np.ndarray, m: np.ndarray) -> float:
    """The unbiased estimator (Nguyen 2021, 2010.15327, eq. 3), times n (n - 3)."""
    n = len(k)
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    one = np.ones(n)
    both = (one @ k @ one) * (one @ m @ one) / (n - 1) / (n - 2)
    return float(np.trace(k @ m) + both - 2 / (n - 2) * (one @ k @ m @ one))


def features(count: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1, 1, (count, width))


@pytest.mark.parametrize(("count", "width"), [(40, 8), (40, 40), (20, 60), (4, 3)])
def test_cka_is_the_ratio_of_unbiased_norms(count: int, width: int) -> None:
    one = features(count, width)
    other = np.concatenate([one[:, :2], features(count, 10, 1)], axis=1)
    k, m = one @ one.T, other @ other.T
    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert linear_cka(one, other) == pytest.approx(expected, abs=1e-8)


def test_features_that_outnumber_examples_are_not_similar_by_that() -> None:
    result = [linear_cka(features(32, 500, 2 * seed), features(32, 500, 2 * seed + 1)) for seed in range(200)]
    assert abs(np.mean(result)) < 4 * np.std(result) / np.sqrt(len(result)) < 0.02


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_rotation_scale_and_offset_change_nothing(seed: int, scale: float) -> None:
    one = features(30, 6, seed)
    turn = np.linalg.qr(features(6, 6, seed))[0]
    assert linear_cka(one, scale * one @ turn + 3) == pytest.approx(1, abs=1e-9)


def error_bound(one: np.ndarray, other: np.ndarray) -> float:
    """The largest error of the product of two unit vectors (K,) by packing; `packed` derives it."""
    moves = [np.sqrt(len(gram)) * np.abs(gram).max() / (2 * LEVELS) for gram in (one, other)]
    return float(np.arcsin(moves).sum()) if max(moves) < 1 else 2.0


def packing_error(one: np.ndarray, other: np.ndarray) -> float:
    kept = [unpacked(as_text(packed(gram))) for gram in (one, other)]
    assert np.linalg.norm(kept, axis=1) == pytest.approx(1)
    return abs(float(kept[0] @ kept[1] - one @ other))


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


@given(st.integers(0, 2**32 - 1), st.integers(4, 64), st.floats(1, 1e4))
@example(8952378, 24, 1.0)
def test_packing_stays_within_its_error_bound(seed: int, count: int, outlier: float) -> None:
    one, other = features(count, 5, seed), features(count, 5, seed + 1)
    one[0] *= outlier  # one long example makes the largest entry, and so the rounding step, large
    grams = [centred_gram(each) for each in (one, one + other)]
    assert packing_error(*grams) <= error_bound(*grams) + ROUNDING


@given(arrays(np.float64, st.tuples(st.just(2), st.integers(2, 300)), elements=st.floats(-1, 1)))
def test_packing_any_two_vectors_stays_within_the_error_bound(pair: np.ndarray) -> None:
    assume(np.abs(pair).max(axis=1).min() > 1e-100)
    one, other = (unit(vector / np.abs(vector).max()) for vector in pair)
    assert packing_error(one, other) <= error_bound(one, other) + ROUNDING


@pytest.mark.parametrize("count", [6, 276, 2016])
def test_the_error_bound_is_nearly_reached(count: int) -> None:
    """One large entry rounds all others, just below half a step, to 0; the other vector has its mass there."""
    tail = np.full(count - 1, 0.499 / LEVELS)
    one, other = unit(np.append(tail, 1.0)), unit(np.append(np.ones(count - 1), 0.0))
    error, bound = packing_error(one, other), error_bound(one, other)
    assert bound / 2 < error <= bound


@pytest.mark.parametrize("rows", [np.ones((9, 4)), np.zeros((9, 4)), features(3, 4), features(1, 4)])
def test_constant_features_and_too_few_examples_are_zero(rows: np.ndarray) -> None:
    gram = centred_gram(rows)
    assert gram.shape == (len(rows) * (len(rows) - 1) // 2,)
    assert not gram.any()
    assert not unpacked(as_text(packed(gram))).any()


def test_neighbours_are_those_at_the_smallest_angle() -> None:
    queries, gallery = features(12, 7), features(50, 7, 1) * np.arange(1, 51)[:, None]
    expected = NearestNeighbors(n_neighbors=5, metric="cosine").fit(gallery).kneighbors(queries, return_distance=False)
    assert np.array_equal(nearest(queries, gallery, 5), expected)
    assert nearest(queries, gallery[:3], 5).shape == (12, 3)
