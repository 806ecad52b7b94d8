"""How far Spearman's coefficient may move with other encoders and other arms: a bootstrap over both.

Points that share an encoder or an arm are no independent evidence, so encoders and arms are drawn anew, independently
of each other, and a point counts as often as its encoder times its arm was drawn. All draws are ranked at once: in
sorted order a value's mean rank is the mean of the counts up to it and before it, plus a half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.stats.coefficients import FEWEST, Array

ENOUGH = 8
"""Encoders or arms below which nothing is said."""
RESAMPLES = 2000
BLOCK = 8
AT_ONCE = 100
"""Draws ranked together: what they need stays in a core's cache."""


def two_way_interval(
    x: Array, y: Array, encoders: Sequence[str], arms: Sequence[str], seed: int = 0
) -> tuple[float | None, float | None]:
    """The 0.95 interval (percentiles) of Spearman's coefficient of x and y (points,) when encoders and arms are drawn
    anew. (None, None) below 8 of either, and where it is not defined in half of the draws."""
    rows, row = np.unique(encoders, return_inverse=True)
    columns, column = np.unique(arms, return_inverse=True)
    if min(len(rows), len(columns)) < ENOUGH:
        return None, None
    order = np.argsort(x, kind="stable")  # so that one of the axes needs no sorting
    x, y, row, column = x[order], y[order], row[order], column[order]
    of_row, of_column = _times(len(rows), len(columns), seed)
    spearman = WeightedSpearman(x, y)
    parts = [slice(start, start + AT_ONCE) for start in range(0, RESAMPLES, AT_ONCE)]
    found = np.concatenate([spearman(of_row[row, part] * of_column[column, part]) for part in parts])
    defined = found[np.isfinite(found)]
    if len(defined) < RESAMPLES // 2:
        return None, None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


class WeightedSpearman:
    """Spearman's coefficient of x and y (points,), ties at their mean rank, where points count several times."""

    def __init__(self, x: Array, y: Array) -> None:
        self._orders = _Order.of(x), _Order.of(y)

    def __call__(self, times: Array) -> Array:
        """The coefficient (draws,) where each point counts as often as `times` (points, draws) says; NaN below 3 points
        and where one axis is constant."""
        total = times.sum(axis=0)
        ranks = [each.doubled_ranks(times) - (total + 1) for each in self._orders]
        weighted = [rank * times for rank in ranks]
        together = np.einsum("pd,pd->d", weighted[0], ranks[1])
        spread = np.einsum("pd,pd->d", weighted[0], ranks[0]) * np.einsum("pd,pd->d", weighted[1], ranks[1])
        defined = (spread > 0) & (total >= FEWEST)
        found = np.divide(together, np.sqrt(spread), out=np.full(len(total), np.nan), where=defined)
        return np.asarray(np.clip(found, -1.0, 1.0))


Places = npt.NDArray[np.int64] | slice
"""Indices, or all as they are, which costs nothing to pick."""


@dataclass(frozen=True)
class _Order:
    """Values in their order, the same ones together: what ranks them however often each counts."""

    order: Places
    group: Places
    """(points,): the number of each point's value, from the smallest."""
    last: Places
    """(values,): the last place in order of each value."""

    @classmethod
    def of(cls, values: Array) -> "_Order":
        distinct, group = np.unique(values, return_inverse=True)
        if (np.diff(group) > 0).all():
            return cls(slice(None), slice(None), slice(None))
        untied = len(distinct) == len(values)
        last = slice(None) if untied else np.cumsum(np.bincount(group)) - 1
        return cls(np.argsort(group, kind="stable"), group, last)

    def doubled_ranks(self, times: Array) -> Array:
        """Twice the mean rank (points, draws) of each value among its copies; whole numbers, so that nothing is
        lost."""
        upto = _running(times[self.order])[self.last]
        ranks = upto + 1
        ranks[1:] += upto[:-1]
        return np.asarray(ranks[self.group])


def _running(times: Array) -> Array:
    """Sums (points, draws) of the counts up to each point. Within blocks all are added at once, which is twice as fast
    as NumPy's own way down each column."""
    blocks = np.zeros((-(-len(times) // BLOCK), BLOCK, times.shape[1]))
    rows = blocks.reshape(-1, times.shape[1])[: len(times)]
    rows[:] = times
    for row in range(1, BLOCK):
        blocks[:, row] += blocks[:, row - 1]
    blocks[1:] += np.cumsum(blocks[:-1, -1], axis=0)[:, None]
    return rows


def _times(rows: int, columns: int, seed: int) -> tuple[Array, Array]:
    """How often each encoder (rows, draws) and each arm (columns, draws) is drawn; the draws of a seed are always the
    same."""
    sizes = np.repeat([rows, columns], [rows, columns])
    drawn = np.random.default_rng(seed).integers(np.tile(sizes, RESAMPLES)).reshape(RESAMPLES, rows + columns)
    return _counts(drawn[:, :rows], rows), _counts(drawn[:, rows:], columns)


def _counts(drawn: npt.NDArray[np.int64], size: int) -> Array:
    places = drawn + size * np.arange(len(drawn))[:, None]
    times = np.bincount(places.ravel(), minlength=size * len(drawn)).reshape(len(drawn), size)
    return np.asarray(times.T, dtype=np.float64)
