"""Coefficients of agreement between two axes; each is None where it is not defined."""

import functools
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

FEWEST = 3
"""Points below which no coefficient is given."""

Array = npt.NDArray[np.float64]


def spearman(x: Array, y: Array) -> float | None:
    """Spearman's rank correlation, ties at their mean rank."""
    return pearson(stats.rankdata(x), stats.rankdata(y)) if len(x) else None


def pearson(x: Array, y: Array) -> float | None:
    """Pearson's correlation."""
    if not _defined(x, y):
        return None
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))


def kendall(x: Array, y: Array) -> float | None:
    """Kendall's tau-b."""
    return float(stats.kendalltau(x, y).statistic) if _defined(x, y) else None


def weighted_tau(x: Array, y: Array) -> float | None:
    """Vigna's weighted tau, hyperbolic: agreement at the top counts most."""
    return float(stats.weightedtau(x, y).statistic) if _defined(x, y) else None


def partial_spearman(x: Array, y: Array, given: Array) -> float | None:
    """Spearman's correlation of x and y with the ranks of a third taken out of both."""
    if not _defined(x, y) or len(x) <= FEWEST or not _defined(x, given):
        return None
    ranks = [stats.rankdata(axis) for axis in (x, y, given)]
    third = np.column_stack([np.ones(len(x)), ranks[2]])
    left = [rank - third @ np.linalg.lstsq(third, rank, rcond=None)[0] for rank in ranks[:2]]
    if min(float(np.abs(one).max()) for one in left) < 1e-9:
        return None
    return pearson(left[0], left[1])


def decision_accuracy(x: Array, y: Array, groups: Sequence[Hashable]) -> float | None:
    """The share of pairs of one group that x orders as y does.

    Pairs tied in y are left out, those tied in x count half.
    """
    numbers = {one: number for number, one in enumerate(dict.fromkeys(groups))}
    group = np.array([numbers[one] for one in groups])
    first, second = _pairs(len(x))
    kept = (group[first] == group[second]) & (y[first] != y[second])
    first, second = first[kept], second[kept]
    if not len(first) or not np.isfinite(x).all():
        return None
    agreement = np.sign(x[first] - x[second]) * np.sign(y[first] - y[second])
    return float((agreement + 1).mean() / 2)


@functools.lru_cache(maxsize=4)
def _pairs(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return np.triu_indices(count, 1)


def logit(shares: Array, items: int) -> Array:
    """log(p / (1 - p)); shares of 0 and 1 stand half an item off their end (items 0: not known, 500 are taken)."""
    edge = 0.5 / (items or 500)
    clipped = np.clip(shares, edge, 1 - edge)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def centred(values: Array, groups: Sequence[Hashable]) -> Array:
    """Values less the mean of their group; as they are where all groups are None."""
    numbers: dict[Hashable, int] = {}
    group = np.array([numbers.setdefault(one, len(numbers)) for one in groups], dtype=np.int64)
    result = np.array(values, dtype=np.float64)
    for one, number in numbers.items():
        if one is not None:
            result[group == number] -= result[group == number].mean()
    return result


def _defined(x: Array, y: Array) -> bool:
    if len(x) < FEWEST or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    return bool(np.ptp(x) > 0 and np.ptp(y) > 0)
