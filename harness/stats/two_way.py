"""The interval of Spearman's coefficient for new encoders and new arms: a two-way bootstrap.

Points that share an encoder or an arm are not independent. So encoders and arms are resampled independently of each
other, and the weight of a point is the number of draws of its encoder times that of its arm. All draws are ranked at
once: in sorted order a value's mean rank is the mean of the counts up to it and before it, plus a half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.stats.coefficients import FEWEST, Array

ENOUGH = 8
"""Encoders or arms below which there is no interval: its simulated coverage is below 0.90."""
RESAMPLES = 2000
BLOCK = 8
AT_ONCE = 100
"""Draws ranked together: their arrays fit in a core's cache."""


def two_way_interval(
    x: Array, y: Array, encoders: Sequence[str], arms: Sequence[str], seed: int = 0
) -> tuple[float | None, float | None]:
    """The 0.95 interval (percentiles) of Spearman's coefficient of x and y (points,) when encoders and arms are
    resampled.

    (None, None) below 8 of either, and where the coefficient is undefined in half of the draws. The draws depend on the
    seed and on the sort order of `encoders` and `arms` (points,).
    """
    rows, row = np.unique(encoders, return_inverse=True)
    columns, column = np.unique(arms, return_inverse=True)
    if min(len(rows), len(columns)) < ENOUGH:
        return None, None
    order = np.argsort(x, kind="stable")  # so that one of the axes needs no sorting
    x, y, row, column = x[order], y[order], row[order], column[order]
    of_row, of_column = _times(len(rows), len(columns), seed)
    spearman = WeightedSpearman(x, y)
    parts = [slice(start, start + AT_ONCE) for start in range(0, RESAMPLES, AT_ONCE)]
    values = np.concatenate([spearman(of_row[row, part] * of_column[column, part]) for part in parts])
    defined = values[np.isfinite(values)]
    if len(defined) < RESAMPLES // 2:
        return None, None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


class WeightedSpearman:
    """Spearman's coefficient of x and y (points,), ties at their mean rank, for weights that are whole numbers."""

    def __init__(self, x: Array, y: Array) -> None:
        self._orders = _Order.of(x), _Order.of(y)

    def __call__(self, times: Array) -> Array:
        """The coefficient (draws,) with each point repeated `times` (points, draws); NaN below 3 points and where one
        axis is constant."""
        total = times.sum(axis=0)
        ranks = [each.doubled_ranks(times) - (total + 1) for each in self._orders]
        weighted = [rank * times for rank in ranks]
        together = np.einsum("pd,pd->d", weighted[0], ranks[1])
        spread = np.einsum("pd,pd->d", weighted[0], ranks[0]) * np.einsum("pd,pd->d", weighted[1], ranks[1])
        defined = (spread > 0) & (total >= FEWEST)
        values = np.divide(together, np.sqrt(spread), out=np.full(len(total), np.nan), where=defined)
        return np.asarray(np.clip(values, -1.0, 1.0))


Indices = npt.NDArray[np.int64] | slice
"""A full slice selects without a copy."""


@dataclass(frozen=True)
class _Order:
    """The order of values, with equal values as one group: ranks them for any weights."""

    order: Indices
    group: Indices
    """(points,): the number of each point's value, from the smallest."""
    last: Indices
    """(values,): the last index in order of each value."""

    @classmethod
    def of(cls, values: Array) -> "_Order":
        distinct, group = np.unique(values, return_inverse=True)
        if (np.diff(group) > 0).all():
            return cls(slice(None), slice(None), slice(None))
        untied = len(distinct) == len(values)
        last = slice(None) if untied else np.cumsum(np.bincount(group)) - 1
        return cls(np.argsort(group, kind="stable"), group, last)

    def doubled_ranks(self, times: Array) -> Array:
        """Twice the mean rank (points, draws) of each value among its copies: whole numbers, so that sums are
        exact."""
        upto = _running(times[self.order])[self.last]
        ranks = upto + 1
        ranks[1:] += upto[:-1]
        return np.asarray(ranks[self.group])


def _running(times: Array) -> Array:
    """Sums (points, draws) of the counts up to each point. Adding by blocks is twice as fast as `np.cumsum` along
    columns."""
    blocks = np.zeros((-(-len(times) // BLOCK), BLOCK, times.shape[1]))
    rows = blocks.reshape(-1, times.shape[1])[: len(times)]
    rows[:] = times
    for row in range(1, BLOCK):
        blocks[:, row] += blocks[:, row - 1]
    blocks[1:] += np.cumsum(blocks[:-1, -1], axis=0)[:, None]
    return rows


def _times(rows: int, columns: int, seed: int) -> tuple[Array, Array]:
    """The number of draws of each encoder (rows, draws) and of each arm (columns, draws), the same for the same
    seed."""
    sizes = np.repeat([rows, columns], [rows, columns])
    drawn = np.random.default_rng(seed).integers(np.tile(sizes, RESAMPLES)).reshape(RESAMPLES, rows + columns)
    return _counts(drawn[:, :rows], rows), _counts(drawn[:, rows:], columns)


def _counts(drawn: npt.NDArray[np.int64], size: int) -> Array:
    flat = drawn + size * np.arange(len(drawn))[:, None]
    times = np.bincount(flat.ravel(), minlength=size * len(drawn)).reshape(len(drawn), size)
    return np.asarray(times.T, dtype=np.float64)
