"""Linear CKA against the estimator that it is made of, by dense linear algebra; what packing costs; neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from harness.metrics.similarity import as_text, centred_gram, linear_cka, nearest, packed, unpacked


def hsic(k: np.ndarray, m: np.ndarray) -> float:
    """The unbiased estimator as it is written (Nguyen 2021, 2010.15327, eq. 3), but for 1 / (n (n - 3))."""
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


def test_features_that_outnumber_examples_are_not_alike_for_that() -> None:
    found = [linear_cka(features(32, 500, 2 * seed), features(32, 500, 2 * seed + 1)) for seed in range(200)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found)) < 0.02


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_a_turn_a_scale_and_an_offset_change_nothing(seed: int, scale: float) -> None:
    one = features(30, 6, seed)
    turn = np.linalg.qr(features(6, 6, seed))[0]
    assert linear_cka(one, scale * one @ turn + 3) == pytest.approx(1, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(24, 64))
def test_packing_keeps_three_decimals(seed: int, count: int) -> None:
    one = features(count, 5, seed)
    grams = [centred_gram(each) for each in (one, one + features(count, 5, seed + 1))]
    kept = [unpacked(as_text(packed(gram))) for gram in grams]
    assert kept[0] @ kept[1] == pytest.approx(grams[0] @ grams[1], abs=2e-3)
    assert np.linalg.norm(kept[0]) == pytest.approx(1)


@pytest.mark.parametrize("rows", [np.ones((9, 4)), np.zeros((9, 4)), features(3, 4), features(1, 4)])
def test_what_has_no_variance_or_too_few_examples_is_like_nothing(rows: np.ndarray) -> None:
    gram = centred_gram(rows)
    assert gram.shape == (len(rows) * (len(rows) - 1) // 2,)
    assert not gram.any()
    assert not unpacked(as_text(packed(gram))).any()


def test_neighbours_are_those_at_the_smallest_angle() -> None:
    queries, gallery = features(12, 7), features(50, 7, 1) * np.arange(1, 51)[:, None]
    expected = NearestNeighbors(n_neighbors=5, metric="cosine").fit(gallery).kneighbors(queries, return_distance=False)
    assert np.array_equal(nearest(queries, gallery, 5), expected)
    assert nearest(queries, gallery[:3], 5).shape == (12, 3)
