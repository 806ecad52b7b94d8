"""What features promise for a task, from their labels, without training a head."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
ROUNDS, TOLERANCE = 500, 1e-12
WEAKEST = 1e8
"""Where features say nothing of a class its weights' precision is infinite; it goes no further than this times the
strongest direction's."""


def logme(features: Array, labels: npt.NDArray[np.int64]) -> float:
    """The log evidence a label of a Bayesian linear model of each class on features (N, D), labels (N,), the mean over
    classes: more is better (You 2021, 2102.11005, eq. 2). As published, features are taken as they are.

    The published code sums ln(a + b s^2) over the nonzero singular values only; here it is over all D, so that it holds
    where features outnumber examples.
    """
    u, s, _ = np.linalg.svd(np.asarray(features, dtype=np.float64), full_matrices=False)
    one_of_each = (labels[:, None] == np.unique(labels)).astype(np.float64)
    return float(np.mean(_evidence(u, s, features.shape[1], one_of_each)[0]))


def _evidence(u: Array, s: Array, width: int, y: Array) -> tuple[Array, Array, Array]:
    """For each column of y (N, K) the largest log evidence a label, and the precisions of weights and noise, a and b,
    at which it is.

    The fixed point of MacKay: a = g / |m|^2, b = (N - g) / |y - Fm|^2, g the number of well-determined weights.
    """
    count, z = len(y), u.T @ y
    outside = np.maximum(0.0, (y**2).sum(axis=0) - (z**2).sum(axis=0))
    a, b = np.ones(y.shape[1]), np.ones(y.shape[1])
    for _ in range(ROUNDS):
        shrunk = b * s[:, None] ** 2 / (a + b * s[:, None] ** 2)
        weights, left = _squares(s[:, None], z, shrunk, outside)
        determined = shrunk.sum(axis=0)
        before = (a, b)
        b = (count - determined) / np.maximum(left, 1e-300)
        a = np.clip(determined / np.maximum(weights, 1e-300), 1e-300, np.maximum(WEAKEST * b * s[0] ** 2, 1e-300))
        if np.allclose((a, b), before, rtol=TOLERANCE, atol=0):
            break
    weights, left = _squares(s[:, None], z, b * s[:, None] ** 2 / (a + b * s[:, None] ** 2), outside)
    spread = np.log(a + b * s[:, None] ** 2).sum(axis=0) + (width - len(s)) * np.log(a)
    evidence = width * np.log(a) + count * np.log(b) - spread - b * left - a * weights - count * np.log(2 * np.pi)
    return evidence / 2 / count, a, b


def _squares(s: Array, z: Array, shrunk: Array, outside: Array) -> tuple[Array, Array]:
    """|m|^2 and |y - Fm|^2 of each column, in the basis of the singular vectors."""
    moved = np.divide(shrunk * z, s, out=np.zeros_like(z), where=s > 0)
    return (moved**2).sum(axis=0), outside + (((1 - shrunk) * z) ** 2).sum(axis=0)


def h_score(features: Array, labels: npt.NDArray[np.int64], shrinkage: float | None = None) -> float:
    """tr(cov_a(f)^-1 (1 - a) cov(E[f | y])) of features (N, D), labels (N,), with cov_a = (1 - a) cov + a tr(cov) / D:
    more is better (Bao 2019, eq. 3, with the covariance shrunk as Ibrahim 2021, 2110.06893, does).

    `shrinkage` is a; by default Ledoit and Wolf's. At 0, the published H-score with its pseudo-inverse, any features
    that outnumber the examples come to the number of classes less one: at a few shots it says nothing.
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
    """How far Ledoit and Wolf (2004, eq. 14) shrink the covariance of centred features (N, D), whose eigenvalues are
    `variances`: 0 to 1."""
    count, width = centred.shape
    mean, squares = variances.sum() / width, (variances**2).sum()
    distance = squares / width - mean**2
    noise = (((centred**2).sum(axis=1) ** 2).sum() / count - squares) / count / width
    return float(min(noise, distance) / distance) if distance > 0 else 0.0
