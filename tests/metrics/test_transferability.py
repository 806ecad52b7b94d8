"""LogME, H-score and CKA against what defines them, by dense linear algebra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from harness.metrics.transferability import _evidence, h_score, linear_cka, logme

SIZES = [(40, 8), (40, 40), (20, 60)]


def data(count: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features that say something of three classes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    features = rng.normal(0, 1, (count, width))
    features[:, :3] += 1.5 * np.eye(3)[labels]
    return features, labels


def direct(features: np.ndarray, y: np.ndarray, a: float, b: float) -> float:
    """log N(y; 0, I / b + F F^T / a) / N, as the model is written."""
    covariance = np.eye(len(y)) / b + features @ features.T / a
    return float(stats.multivariate_normal.logpdf(y, np.zeros(len(y)), covariance, allow_singular=False)) / len(y)


@pytest.mark.parametrize(("count", "width"), SIZES)
def test_the_evidence_is_the_models_own(count: int, width: int) -> None:
    features, labels = data(count, width)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    for each in range(3):
        y = (labels == each).astype(float)
        evidence, a, b = _evidence(u, s, width, y)
        assert evidence == pytest.approx(direct(features, y, a, b), abs=1e-8)


@pytest.mark.parametrize(("count", "width"), [(40, 8), (200, 20)])
def test_it_is_the_largest_evidence(count: int, width: int) -> None:
    features, labels = data(count, width)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    y = (labels == 0).astype(float)
    found = optimize.minimize(
        lambda logs: -direct(features, y, *np.exp(logs)), [0.0, 0.0], method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000},
    )  # fmt: skip
    assert _evidence(u, s, width, y)[0] == pytest.approx(-found.fun, abs=1e-8)


def test_features_that_outnumber_examples_promise_no_more_for_that() -> None:
    features, labels = data(20, 60)
    rng = np.random.default_rng(1)
    assert logme(rng.normal(0, 1, (20, 60)), labels) < logme(features, labels) < 1


@pytest.mark.parametrize(("count", "width"), SIZES)
def test_the_h_score_is_the_trace_that_defines_it(count: int, width: int) -> None:
    features, labels = data(count, width)
    means = np.stack([features[labels == label].mean(axis=0) for label in labels])
    covariance = np.cov(features.T, bias=True)
    expected = np.trace(np.linalg.pinv(covariance, hermitian=True) @ np.cov(means.T, bias=True))
    assert h_score(features, labels) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("count", "width"), SIZES)
def test_cka_is_the_ratio_of_hilbert_schmidt_norms(count: int, width: int) -> None:
    one, _ = data(count, width)
    other, _ = data(count, 12, seed=1)
    centre = np.eye(count) - 1 / count
    k, m = centre @ one @ one.T @ centre, centre @ other @ other.T @ centre
    expected = np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m))
    assert linear_cka(one, other) == pytest.approx(expected, abs=1e-8)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_a_turn_and_a_scale_leave_cka_and_h_score_as_they_are(seed: int, scale: float) -> None:
    features, labels = data(30, 6, seed)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(0, 1, (6, 6)))[0]
    turned = scale * features @ turn + 3
    assert linear_cka(features, turned) == pytest.approx(1, abs=1e-9)
    assert h_score(turned, labels) == pytest.approx(h_score(features, labels), rel=1e-7)


def test_features_without_variance_say_nothing() -> None:
    labels = np.arange(9) % 3
    assert h_score(np.ones((9, 4)), labels) == pytest.approx(0)
    assert linear_cka(np.ones((9, 4)), np.ones((9, 4))) == 0
