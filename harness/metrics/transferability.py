"""What features promise for a task, from their labels, without training a head; and how alike two sets of them are."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
ROUNDS, TOLERANCE = 500, 1e-12


def logme(features: Array, labels: npt.NDArray[np.int64]) -> float:
    """The log evidence a label of a Bayesian linear model of each class on features (N, D), labels (N,), the mean over
    classes: more is better (You 2021, 2102.11005, eq. 2).

    The published code sums ln(a + b s^2) over the nonzero singular values only; here it is over all D, so that it holds
    where features outnumber examples.
    """
    u, s, _ = np.linalg.svd(np.asarray(features, dtype=np.float64), full_matrices=False)
    found = [_evidence(u, s, features.shape[1], (labels == each).astype(np.float64))[0] for each in np.unique(labels)]
    return float(np.mean(found))


def _evidence(u: Array, s: Array, width: int, y: Array) -> tuple[float, float, float]:
    """The largest log evidence a label, and the precisions of weights and noise, a and b, at which it is.

    The fixed point of MacKay: a = g / |m|^2, b = (N - g) / |y - Fm|^2, g the number of well-determined weights.
    """
    count, z = len(y), u.T @ y
    outside = max(0.0, float(y @ y - z @ z))
    a, b = 1.0, 1.0
    for _ in range(ROUNDS):
        shrunk = b * s**2 / (a + b * s**2)
        weights, left = _squares(s, z, shrunk, outside)
        determined = float(shrunk.sum())
        before = (a, b)
        a = determined / max(weights, 1e-300)
        b = (count - determined) / max(left, 1e-300)
        if np.allclose((a, b), before, rtol=TOLERANCE, atol=0):
            break
    weights, left = _squares(s, z, b * s**2 / (a + b * s**2), outside)
    spread = float(np.log(a + b * s**2).sum()) + (width - len(s)) * np.log(a)
    evidence = width * np.log(a) + count * np.log(b) - spread - b * left - a * weights - count * np.log(2 * np.pi)
    return float(evidence / 2 / count), a, b


def _squares(s: Array, z: Array, shrunk: Array, outside: float) -> tuple[float, float]:
    """|m|^2 and |y - Fm|^2 in the basis of the singular vectors."""
    moved = np.divide(shrunk * z, s, out=np.zeros_like(z), where=s > 0)
    return float(moved @ moved), outside + float((((1 - shrunk) * z) ** 2).sum())


def h_score(features: Array, labels: npt.NDArray[np.int64]) -> float:
    """tr(cov(f)^-1 cov(E[f | y])) of features (N, D), labels (N,): more is better (Bao 2019, eq. 3; pseudo-inverse)."""
    centred = np.asarray(features, dtype=np.float64) - np.mean(features, axis=0, dtype=np.float64)
    _, inverse = np.unique(labels, return_inverse=True)
    sums = np.zeros((int(inverse.max()) + 1, centred.shape[1]))
    np.add.at(sums, inverse, centred)
    means = (sums / np.bincount(inverse)[:, None])[inverse]
    between = means.T @ means / len(means)
    return float(np.trace(np.linalg.pinv(centred.T @ centred / len(centred), hermitian=True) @ between))


def linear_cka(one: Array, other: Array) -> float:
    """How alike features (N, D) and (N, E) of the same examples are, whatever turn or scale lies between them: 0 to 1
    (Kornblith 2019, 1905.00414, eq. 4, centred)."""
    x = np.asarray(one, dtype=np.float64) - np.mean(one, axis=0, dtype=np.float64)
    y = np.asarray(other, dtype=np.float64) - np.mean(other, axis=0, dtype=np.float64)
    own = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(x.T @ y) ** 2 / own) if own > 0 else 0.0
