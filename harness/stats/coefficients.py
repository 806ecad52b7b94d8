"""Coefficients of agreement between two axes (points,), their reliability, and the regret of a choice by one of them.

Each is None where it is not defined.
"""

import itertools
from collections.abc import Hashable, Iterable, Sequence
from statistics import fmean
from typing import Any, cast

import numpy as np
import numpy.typing as npt

FEWEST = 3
"""Points below which no coefficient is given."""
RELIABLE = 0.7
"""The reliability that both axes have to exceed for a disattenuated coefficient."""
ROWS = 256
"""Points that are compared with all others at once."""

Array = npt.NDArray[np.float64]


def spearman(x: Array, y: Array) -> float | None:
    """Spearman's rank correlation, ties at their mean rank."""
    return pearson(mean_ranks(x), mean_ranks(y)) if len(x) else None


def mean_ranks(values: Array) -> Array:
    """The rank of each value from 1, ties at their mean."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[group])


def pearson(x: Array, y: Array) -> float | None:
    """Pearson's correlation."""
    if not _defined(x, y):
        return None
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))


def kendall(x: Array, y: Array) -> float | None:
    """Kendall's tau-b."""
    return _tau(x, y, _agreements(x, y), np.ones(len(x))) if _defined(x, y) else None


def weighted_tau(x: Array, y: Array) -> float | None:
    """Vigna's weighted tau with hyperbolic weights: agreement at the top counts most. The mean over ranks by x and by
    y."""
    if not _defined(x, y):
        return None
    agreements = _agreements(x, y)
    return fmean(_tau(x, y, agreements, _hyperbolic(first, then)) for first, then in ((x, y), (y, x)))


def _hyperbolic(first: Array, then: Array) -> Array:
    """1 / rank from the highest value; ties are ordered by a second axis."""
    weights = np.empty(len(first))
    weights[np.lexsort((then, first))[::-1]] = 1 / np.arange(1, len(first) + 1)
    return weights


def _agreements(x: Array, y: Array) -> npt.NDArray[np.int64]:
    """For each point, the number of others that x and y order alike minus the number that they order differently."""
    whole = np.int16 if len(x) < 2**15 else np.int32  # integers are compared many times as fast
    orders = [np.unique(axis, return_inverse=True)[1].astype(whole) for axis in (x, y)]
    one, other = cast(list[npt.NDArray[np.signedinteger[Any]]], orders)
    agreements = np.empty(len(x), dtype=np.int64)
    for start in range(0, len(x), ROWS):
        rows = slice(start, start + ROWS)
        alike = np.sign(one[rows, None] - one) * np.sign(other[rows, None] - other)
        alike.sum(axis=1, out=agreements[rows])
    return agreements


def _tau(x: Array, y: Array, agreements: npt.NDArray[np.int64], weights: Array) -> float:
    """The weighted agreement over all pairs, divided by its maximum with these ties."""
    untied = [float(weights @ (len(x) - _tied(axis))) for axis in (x, y)]
    return float(np.clip(weights @ agreements / np.sqrt(untied[0]) / np.sqrt(untied[1]), -1.0, 1.0))


def _tied(values: Array) -> npt.NDArray[np.int64]:
    """The number of points with each point's value."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(sizes[group])


def partial_spearman(x: Array, y: Array, given: Array) -> float | None:
    """Spearman's correlation of x and y, given a third axis: of the residuals of their ranks on its ranks."""
    if not _defined(x, y) or len(x) <= FEWEST or not _defined(x, given):
        return None
    ranks = [mean_ranks(axis) for axis in (x, y, given)]
    third = np.column_stack([np.ones(len(x)), ranks[2]])
    residuals = [rank - third @ np.linalg.lstsq(third, rank, rcond=None)[0] for rank in ranks[:2]]
    if min(float(np.abs(one).max()) for one in residuals) < 1e-9:
        return None
    return pearson(residuals[0], residuals[1])


def decision_accuracy(x: Array, y: Array, groups: Sequence[Hashable]) -> float | None:
    """The share of pairs within groups that x orders as y does.

    Pairs tied in y are excluded, those tied in x count half.
    """
    agreements = pairs = 0
    for inside in _inside(groups).values():
        agreements += int(_agreements(x[inside], y[inside]).sum())
        pairs += int((len(inside) - _tied(y[inside])).sum())
    return (agreements / pairs + 1) / 2 if pairs and np.isfinite(x).all() else None


def regret(predictor: Array, target: Array, groups: Sequence[Hashable]) -> float | None:
    """The best target of a group minus that of the point with the highest predictor, the mean over groups.

    Where several points have the highest predictor, their mean target counts. None below 3 points.
    """
    if len(target) < FEWEST:
        return None
    losses = []
    for inside in _inside(groups).values():
        x, y = predictor[inside], target[inside]
        losses.append(y.max() - y[x == x.max()].mean())
    return float(np.mean(losses))


def reliability(by_seed: Iterable[Sequence[float]], means: Array, items: int | None = None) -> float | None:
    """The share of the variance of `means` (points,) that is not noise of seeds, where each mean is over half of them.

    `by_seed` are the values of each point by seed. With `items`, the values are shares of that many items, in logits.
    """
    repeated = [values for values in by_seed if len(values) > 1]
    if not repeated or len(means) < FEWEST or np.ptp(means) == 0:
        return None
    values = np.array(list(itertools.chain.from_iterable(repeated)))
    if items is not None:
        values = logit(values, items)
    count = np.array([len(each) for each in repeated])
    starts = np.cumsum(count) - count
    deviations = values - np.repeat(np.add.reduceat(values, starts) / count, count)
    noise = np.add.reduceat(deviations**2, starts) / (count - 1) / (count // 2)
    return max(0.0, 1.0 - float(noise.mean()) / float(means.var(ddof=1)))


def disattenuated(r: float | None, one: float | None, other: float | None) -> float | None:
    """A correlation divided by the root of the reliabilities of its two axes; None unless both exceed 0.7."""
    if r is None or one is None or other is None or min(one, other) <= RELIABLE:
        return None
    return float(np.clip(r / np.sqrt(one * other), -1.0, 1.0))


def _inside(groups: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    """The indices of each group."""
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    return members


def logit(shares: Array, items: int) -> Array:
    """log(p / (1 - p)), with shares clipped to half an item from 0 and 1; `items` 0: unknown, taken as 500."""
    edge = 0.5 / (items or 500)
    clipped = np.clip(shares, edge, 1 - edge)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def centred(values: Array, groups: Sequence[Hashable]) -> Array:
    """Values minus the mean of their group; unchanged where the group is None."""
    result = np.array(values, dtype=np.float64)
    for group, inside in _inside(groups).items():
        if group is not None:
            result[inside] -= result[inside].mean()
    return result


def _defined(x: Array, y: Array) -> bool:
    if len(x) < FEWEST or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    return bool(np.ptp(x) > 0 and np.ptp(y) > 0)
