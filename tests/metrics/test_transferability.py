"""LogME and H-score against their definitions, by dense linear algebra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from sklearn.covariance import LedoitWolf

from harness.metrics.transferability import _evidence, h_score, logme

SIZES = [(40, 8), (40, 40), (20, 60)]


def data(count: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features that are informative about three classes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    features = rng.normal(0, 1, (count, width))
    features[:, :3] += 1.5 * np.eye(3)[labels]
    return features, labels


def direct(features: np.ndarray, y: np.ndarray, a: float, b: float) -> float:
    """log N(y; 0, I / b + F F^T / a) / N, the definition of the model."""
    covariance = np.eye(len(y)) / b + features @ features.T / a
    return float(stats.multivariate_normal.logpdf(y, np.zeros(len(y)), covariance, allow_singular=False)) / len(y)


@pytest.mark.parametrize(("count", "width"), SIZES)
def test_the_evidence_is_the_models_own(count: int, width: int) -> None:
    features, labels = data(count, width)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    y = (labels[:, None] == np.arange(3)).astype(float)
    for each, result in enumerate(zip(*_evidence(u, s, width, y), strict=True)):
        evidence, a, b = result
        assert evidence == pytest.approx(direct(features, y[:, each], a, b), abs=1e-8)


@pytest.mark.parametrize(("count", "width"), [(40, 8), (200, 20)])
def test_it_is_the_largest_evidence(count: int, width: int) -> None:
    features, labels = data(count, width)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    y = (labels == 0).astype(float)
    result = optimize.minimize(
        lambda logs: -direct(features, y, *np.exp(logs)), [0.0, 0.0], method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000},
    )  # fmt: skip
    assert _evidence(u, s, width, y[:, None])[0] == pytest.approx(-result.fun, abs=1e-8)


def test_uninformative_features_that_outnumber_examples_have_lower_logme() -> None:
    features, labels = data(20, 60)
    rng = np.random.default_rng(1)
    assert logme(rng.normal(0, 1, (20, 60)), labels) < logme(features, labels) < 1


@pytest.mark.parametrize("scale", [1.0, 0.0])
def test_uninformative_features_have_the_evidence_of_noise(scale: float) -> None:
    labels = np.arange(30) % 3
    y = (labels[:, None] == np.arange(3)).astype(float)
    basis = np.linalg.qr(y)[0]
    noise = np.random.default_rng(0).normal(0, 1, (30, 5))
    nothing = scale * (noise - basis @ (basis.T @ noise))
    expected = stats.norm.logpdf(y, 0, np.sqrt((y**2).mean(axis=0))).mean()
    assert logme(nothing, labels) == pytest.approx(expected, abs=1e-6)


def trace(features: np.ndarray, labels: np.ndarray, covariance: np.ndarray) -> float:
    """tr(covariance^-1 cov(E[f | y])), the definition of the score."""
    means = np.stack([features[labels == label].mean(axis=0) for label in labels])
    return float(np.trace(np.linalg.pinv(covariance, hermitian=True) @ np.cov(means.T, bias=True)))


@pytest.mark.parametrize(("count", "width"), SIZES)
def test_the_h_score_is_the_trace_that_defines_it(count: int, width: int) -> None:
    features, labels = data(count, width)
    expected = trace(features, labels, np.cov(features.T, bias=True))
    assert h_score(features, labels, shrinkage=0.0) == pytest.approx(expected, abs=1e-8)
    shrunk = LedoitWolf().fit(features)
    expected = (1 - shrunk.shrinkage_) * trace(features, labels, shrunk.covariance_)
    assert h_score(features, labels) == pytest.approx(expected, abs=1e-8)


def test_only_the_shrunk_h_score_is_informative_at_a_few_shots() -> None:
    features, labels = data(20, 60)
    noise = np.random.default_rng(1).normal(0, 1, (20, 60))
    assert h_score(features, labels, 0.0) == pytest.approx(2) == h_score(noise, labels, 0.0)
    assert h_score(noise, labels) < h_score(features, labels) < 2


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_the_h_score_is_invariant_to_rotation_scale_and_offset(seed: int, scale: float) -> None:
    features, labels = data(30, 6, seed)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(0, 1, (6, 6)))[0]
    for shrinkage in (0.0, None):
        result = h_score(scale * features @ turn + 3, labels, shrinkage)
        assert result == pytest.approx(h_score(features, labels, shrinkage), rel=1e-7)


def test_features_without_variance_have_an_h_score_of_0() -> None:
    assert h_score(np.ones((9, 4)), np.arange(9) % 3) == 0
