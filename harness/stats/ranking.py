"""Rank intervals of the cells of one problem.

Model: the score y[c, s] of cell c at seed s is cell + seed + residual. Cells share their seeds, so the effect of a seed
is removed. The variance of the residual is pooled over the cells, which gives five seeds their power: the difference
of two cells over m shared seeds has variance 2 * pooled / m, on the pooled degrees of freedom. Where variances clearly
differ between cells (Brown-Forsythe 1974, p < 0.01), each pair is tested by its own paired t. The
p-values of all pairs are adjusted by Holm (1979): the probability of any error in a ranking is at most 0.05.

Ranks hold for new seeds on these test items; intervals of scores also cover new test items.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import special

ALPHA = 0.05
MIN_SEEDS = 5
"""Below it a cell is shown unranked."""
UNEQUAL = 0.01

Id = TypeVar("Id", bound=Hashable)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rank:
    """The ranks that a cell may have, and whether no cell is significantly better."""

    low: int
    high: int
    best: bool


def rank(scores: Mapping[Id, Mapping[int, float]], alpha: float = ALPHA, min_seeds: int = MIN_SEEDS) -> dict[Id, Rank]:
    """The rank interval of each cell with at least `min_seeds` seeds: 1 + the number of cells that are significantly
    better, to k - the number that are significantly worse. Higher scores are better; other cells are unranked.
    """
    ranked = {cell: seeds for cell, seeds in scores.items() if len(seeds) >= min_seeds}
    if not ranked:
        return {}
    means = [float(np.mean(list(seeds.values()))) for seeds in ranked.values()]
    better = significant(ranked, alpha)
    low, high = 1 + better.sum(axis=0), len(ranked) - better.sum(axis=1)
    behind = better[means.index(max(means))]
    return {cell: Rank(int(low[row]), int(high[row]), not behind[row]) for row, cell in enumerate(ranked)}


def significant(scores: Mapping[Any, Mapping[int, float]], alpha: float = ALPHA) -> npt.NDArray[np.bool_]:
    """Whether each cell (rows) is significantly better than each other (columns), after Holm over all pairs that share
    two seeds; in the order of `scores`."""
    table = _table(scores)
    difference, p = _pairs(table, *_pooled(table), alpha)
    first, second = np.triu_indices(len(table), 1)
    tested = ~np.isnan(p[first, second])
    first, second = first[tested], second[tested]
    sure = holm(p[first, second]) < alpha
    better = np.zeros(p.shape, dtype=bool)
    better[first[sure], second[sure]] = difference[first[sure], second[sure]] > 0
    better[second[sure], first[sure]] = difference[first[sure], second[sure]] < 0
    return better


def holm(values: npt.ArrayLike) -> Floats:
    """Adjusted p-values after Holm (1979), in the order given."""
    p = np.asarray(values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def _table(scores: Mapping[Any, Mapping[int, float]]) -> Floats:
    """The scores (cells, seeds), NaN where a cell lacks a seed."""
    columns = {seed: column for column, seed in enumerate(sorted({seed for each in scores.values() for seed in each}))}
    table = np.full((len(scores), len(columns)), np.nan)
    for row, each in enumerate(scores.values()):
        table[row, [columns[seed] for seed in each]] = list(each.values())
    return table


def _pairs(table: Floats, pooled: float | None, freedom: int, alpha: float) -> tuple[Floats, Floats]:
    """The mean difference (cells, cells) of each pair over the seeds that both have, and its two-sided p-value: with
    the pooled variance, or with the pair's own where there is none. Both are NaN below two seeds and on and below the
    diagonal."""
    means, p = np.full((2, len(table), len(table)), np.nan)
    levels = alpha, alpha / max(1, len(table) * (len(table) - 1) // 2)
    if pooled is not None and table.shape[1] >= 2 and not np.isnan(table).any():  # all at once where all share all
        above = np.triu_indices(len(table), 1)
        each = table.mean(axis=1)
        means[above] = each[above[0]] - each[above[1]]
        p[above] = _p_values(means[above], np.asarray(2 * pooled / table.shape[1]), freedom, levels)
        return means, p
    for row in range(len(table) - 1):
        differences = table[row] - table[row + 1 :]
        shared = np.count_nonzero(~np.isnan(differences), axis=1)
        two = shared >= 2
        if two.any():
            inside = differences[two]
            own = pooled is None
            spread = np.nanvar(inside, axis=1, ddof=1) if own else np.full(len(inside), 2 * (pooled or 0.0))
            means[row, row + 1 :][two] = mean = np.nanmean(inside, axis=1)
            p[row, row + 1 :][two] = _p_values(mean, spread / shared[two], shared[two] - 1 if own else freedom, levels)
    return means, p


def _p_values(
    means: Floats, variances: Floats, freedom: int | npt.NDArray[np.int64], levels: tuple[float, float]
) -> Floats:
    """Two-sided p-values of mean differences, as far as they decide: from the first of `levels` on none is significant
    after Holm and all are 1, below the second each is and all are 0."""
    constant = variances <= 1e-18
    t = np.abs(means) / np.sqrt(np.where(constant, 1.0, variances))
    freedoms, at = np.unique(freedom, return_inverse=True)
    never, always = (-special.stdtrit(freedoms, level / 2)[at] for level in levels)
    p = np.where(t > always, 0.0, 1.0)
    between = (t > never - 1e-6) & (t < always + 1e-6)
    p[between] = 2 * special.stdtr(np.broadcast_to(freedom, t.shape)[between], -t[between])
    return np.where(constant, np.where(np.abs(means) < 1e-12, 1.0, 0.0), p)


def _pooled(table: Floats) -> tuple[float | None, int]:
    """The residual variance after cell and seed, and its degrees of freedom; None where cells clearly differ in it."""
    left, freedom = _residuals(table)
    if freedom < 1:
        return None, 0
    known = ~np.isnan(table)
    if len(table) > 2 and known.sum(axis=1).min() > 2 and left[known].std() > 1e-12 and _unequal(left):
        return None, 0
    return float(np.nansum(left**2)) / freedom, freedom


def _unequal(left: Floats) -> bool:
    """Whether rows clearly differ in their variance, after Brown and Forsythe: an analysis of variance of the distances
    from each row's median."""
    distances = np.abs(left - np.nanmedian(left, axis=1, keepdims=True))
    counts = np.count_nonzero(~np.isnan(left), axis=1)
    means = np.nanmean(distances, axis=1)
    freedom = len(left) - 1, int(counts.sum()) - len(left)
    between = float((counts * (means - np.nanmean(distances)) ** 2).sum()) / freedom[0]
    within = float(np.nansum((distances - means[:, None]) ** 2)) / freedom[1]
    return bool(within > 0 and special.fdtrc(*freedom, between / within) < UNEQUAL)


def _residuals(table: Floats) -> tuple[Floats, int]:
    """The residuals (cells, seeds) of the least-squares fit of cell + seed, and their degrees of freedom.

    Cells are eliminated first. The effects of seeds then solve a system of the size of the seeds; its rank is the
    number of seed effects that can be estimated.
    """
    known = ~np.isnan(table)
    counts = known.sum(axis=1)
    centred = np.where(known, table - (np.nansum(table, axis=1) / counts)[:, None], 0.0)
    system = np.diag(known.sum(axis=0).astype(np.float64)) - (known / counts[:, None]).T @ known
    of_seed, _, order, _ = np.linalg.lstsq(system, centred.sum(axis=0), rcond=1e-10)
    shift = known @ of_seed / counts
    left = np.where(known, centred - of_seed[None, :] + shift[:, None], np.nan)
    return left, int(known.sum()) - len(table) - int(order)
