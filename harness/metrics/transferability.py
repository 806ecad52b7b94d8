"""Transferability of features to a task, from its labels, without training a head: LogME and H-score."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
ITERATIONS, TOLERANCE = 500, 1e-12
"""Limits of the fixed-point iteration."""
MAX_PRECISION = 1e8
"""Bound of the weights' precision, relative to the strongest direction's. It is infinite for uninformative features."""


def logme(features: Array, labels: npt.NDArray[np.int64]) -> float:
    """LogME in nats a label, more is better, of features (N, D) and labels (N,) (You 2021, 2102.11005, eq. 2).

    It is the log evidence of a Bayesian linear model of each class, the mean over classes. As published, features are
    not normalised. The published code sums ln(a + b s^2) over the nonzero singular values only. Here the sum is over
    all D, so the result also holds where features outnumber examples.
    """
    u, s, _ = np.linalg.svd(np.asarray(features, dtype=np.float64), full_matrices=False)
    one_hot = (labels[:, None] == np.unique(labels)).astype(np.float64)
    return float(np.mean(_evidence(u, s, features.shape[1], one_hot)[0]))


def _evidence(u: Array, s: Array, width: int, y: Array) -> tuple[Array, Array, Array]:
    """The largest log evidence a label (K,) of each column of y (N, K), and the precisions a of weights and b of noise.

    By MacKay's fixed point: a = g / |m|^2, b = (N - g) / |y - Fm|^2, with g the number of well-determined weights.
    """
    count, z = len(y), u.T @ y
    outside = np.maximum(0.0, (y**2).sum(axis=0) - (z**2).sum(axis=0))
    a, b = np.ones(y.shape[1]), np.ones(y.shape[1])
    for _ in range(ITERATIONS):
        shrunk = b * s[:, None] ** 2 / (a + b * s[:, None] ** 2)
        weights, residual = _squares(s[:, None], z, shrunk, outside)
        determined = shrunk.sum(axis=0)
        before = (a, b)
        b = (count - determined) / np.maximum(residual, 1e-300)
        a = np.clip(determined / np.maximum(weights, 1e-300), 1e-300, np.maximum(MAX_PRECISION * b * s[0] ** 2, 1e-300))
        if np.allclose((a, b), before, rtol=TOLERANCE, atol=0):
            break
    weights, residual = _squares(s[:, None], z, b * s[:, None] ** 2 / (a + b * s[:, None] ** 2), outside)
    spread = np.log(a + b * s[:, None] ** 2).sum(axis=0) + (width - len(s)) * np.log(a)
    evidence = width * np.log(a) + count * np.log(b) - spread - b * residual - a * weights - count * np.log(2 * np.pi)
    return evidence / 2 / count, a, b


def _squares(s: Array, z: Array, shrunk: Array, outside: Array) -> tuple[Array, Array]:
    """|m|^2 and |y - Fm|^2 of each column (K,), in the basis of the singular vectors."""
    mean = np.divide(shrunk * z, s, out=np.zeros_like(z), where=s > 0)
    return (mean**2).sum(axis=0), outside + (((1 - shrunk) * z) ** 2).sum(axis=0)


def h_score(features: Array, labels: npt.NDArray[np.int64], shrinkage: float | None = None) -> float:
    """H-score, more is better: tr(cov_a(f)^-1 (1 - a) cov(E[f | y])) of features (N, D), labels (N,).

    With cov_a = (1 - a) cov + a tr(cov) / D (Bao 2019, eq. 3; shrinkage as in Ibrahim 2021, 2110.06893). `shrinkage` is
    a, by default Ledoit and Wolf's. At a = 0 it is the published H-score with a pseudo-inverse. That one is the number
    of classes less 1 for any features that outnumber the examples, so it is useless at a few shots.
    """
    centred = np.asarray(features, dtype=np.float64) - np.mean(features, axis=0, dtype=np.float64)
    count, width = centred.shape
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    variances = s**2 / count
    if not variances.sum() > 0:
        return 0.0
    _, inverse = np.unique(labels, return_inverse=True)
    sums = np.zeros((int(inverse.max()) + 1, len(s)))
    np.add.at(sums, inverse, u)
    between = variances * (sums**2 / np.bincount(inverse)[:, None]).sum(axis=0)
    a = ledoit_wolf(centred, variances) if shrinkage is None else shrinkage
    within = (1 - a) * variances + a * variances.sum() / width
    known = within > within.max() * max(centred.shape) * np.finfo(np.float64).eps
    return float((1 - a) * (between[known] / within[known]).sum())


def ledoit_wolf(centred: Array, variances: Array) -> float:
    """The shrinkage, 0 to 1, of Ledoit and Wolf (2004, eq. 14) for centred features (N, D).

    `variances` are the min(N, D) largest eigenvalues of their covariance.
    """
    count, width = centred.shape
    mean, squares = variances.sum() / width, (variances**2).sum()
    distance = squares / width - mean**2
    noise = (((centred**2).sum(axis=1) ** 2).sum() / count - squares) / count / width
    return float(min(noise, distance) / distance) if distance > 0 else 0.0
