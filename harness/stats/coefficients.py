"""Coefficients of agreement between two axes; each is None where it is not defined."""

from collections.abc import Hashable, Sequence
from statistics import fmean
from typing import Any, cast

import numpy as np
import numpy.typing as npt

FEWEST = 3
"""Points below which no coefficient is given."""

ROWS = 256
"""Points that are held against all others at once."""

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
    """Vigna's weighted tau, hyperbolic: agreement at the top counts most. The mean over the ranks by x and by y."""
    if not _defined(x, y):
        return None
    agreements = _agreements(x, y)
    return fmean(_tau(x, y, agreements, _hyperbolic(first, then)) for first, then in ((x, y), (y, x)))


def _hyperbolic(first: Array, then: Array) -> Array:
    """1 / rank, from the highest; ties by a second axis."""
    weights = np.empty(len(first))
    weights[np.lexsort((then, first))[::-1]] = 1 / np.arange(1, len(first) + 1)
    return weights


def _agreements(x: Array, y: Array) -> npt.NDArray[np.int64]:
    """For each point, how many others x and y order alike, less those that they order otherwise."""
    whole = np.int16 if len(x) < 2**15 else np.int32  # whole numbers are compared many times as fast
    orders = [np.unique(axis, return_inverse=True)[1].astype(whole) for axis in (x, y)]
    one, other = cast(list[npt.NDArray[np.signedinteger[Any]]], orders)
    found = np.empty(len(x), dtype=np.int64)
    for start in range(0, len(x), ROWS):
        rows = slice(start, start + ROWS)
        alike = np.sign(one[rows, None] - one) * np.sign(other[rows, None] - other)
        alike.sum(axis=1, out=found[rows])
    return found


def _tau(x: Array, y: Array, agreements: npt.NDArray[np.int64], weights: Array) -> float:
    """The agreement over all pairs, each with the sum of its two weights, over what it could be with these ties."""
    untied = [float(weights @ (len(x) - _tied(axis))) for axis in (x, y)]
    return float(np.clip(weights @ agreements / np.sqrt(untied[0]) / np.sqrt(untied[1]), -1.0, 1.0))


def _tied(values: Array) -> npt.NDArray[np.int64]:
    """How many points have each point's value."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(sizes[group])


def partial_spearman(x: Array, y: Array, given: Array) -> float | None:
    """Spearman's correlation of x and y with the ranks of a third taken out of both."""
    if not _defined(x, y) or len(x) <= FEWEST or not _defined(x, given):
        return None
    ranks = [mean_ranks(axis) for axis in (x, y, given)]
    third = np.column_stack([np.ones(len(x)), ranks[2]])
    left = [rank - third @ np.linalg.lstsq(third, rank, rcond=None)[0] for rank in ranks[:2]]
    if min(float(np.abs(one).max()) for one in left) < 1e-9:
        return None
    return pearson(left[0], left[1])


def decision_accuracy(x: Array, y: Array, groups: Sequence[Hashable]) -> float | None:
    """The share of pairs of one group that x orders as y does.

    Pairs tied in y are left out, those tied in x count half.
    """
    agreements = pairs = 0
    for inside in _inside(groups).values():
        agreements += int(_agreements(x[inside], y[inside]).sum())
        pairs += int((len(inside) - _tied(y[inside])).sum())
    return (agreements / pairs + 1) / 2 if pairs and np.isfinite(x).all() else None


def _inside(groups: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    """The places of each group."""
    found: dict[Hashable, list[int]] = {}
    for place, group in enumerate(groups):
        found.setdefault(group, []).append(place)
    return found


def logit(shares: Array, items: int) -> Array:
    """log(p / (1 - p)); shares of 0 and 1 stand half an item off their end (items 0: not known, 500 are taken)."""
    edge = 0.5 / (items or 500)
    clipped = np.clip(shares, edge, 1 - edge)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def centred(values: Array, groups: Sequence[Hashable]) -> Array:
    """Values less the mean of their group; as they are where all groups are None."""
    result = np.array(values, dtype=np.float64)
    for group, inside in _inside(groups).items():
        if group is not None:
            result[inside] -= result[inside].mean()
    return result


def _defined(x: Array, y: Array) -> bool:
    if len(x) < FEWEST or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    return bool(np.ptp(x) > 0 and np.ptp(y) > 0)
