"""Ranks with their uncertainty: which cells of one task and protocol can be told apart.

Scores y[c, s] of cell c at seed s are taken as cell + seed + residual: seeds are shared, so what a seed does to all
cells is removed. The variance of the residual is pooled over the cells, which is what gives five seeds any power:
the difference of two cells over m shared seeds has variance 2 * pooled / m, on the pooled degrees of freedom. Where
variances clearly differ between cells (Brown-Forsythe 1974, p < 0.01), each pair is tested by its own paired t. The
p-values of all pairs are adjusted by Holm (1979), so that in one ranking of twenty at most one is wrong somewhere.

Ranks hold for new seeds on these test items; what new items would do is in the intervals.
"""

import itertools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import stats

ALPHA = 0.05
MIN_SEEDS = 5
"""Below it a cell is shown unranked."""
UNEQUAL = 0.01

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True)
class Rank:
    """The ranks that a cell may have, and whether it cannot be told apart from the one with the best mean."""

    low: int
    high: int
    best: bool


def rank(scores: Mapping[Id, Mapping[int, float]], alpha: float = ALPHA, min_seeds: int = MIN_SEEDS) -> dict[Id, Rank]:
    """The rank interval of each cell with at least `min_seeds` seeds: 1 + the number of cells that are significantly
    better, to k - the number that are significantly worse. Higher scores are better; cells left out are unranked.
    """
    ranked = {cell: seeds for cell, seeds in scores.items() if len(seeds) >= min_seeds}
    if not ranked:
        return {}
    cells = list(ranked)
    means = {cell: float(np.mean(list(ranked[cell].values()))) for cell in cells}
    better = significant(ranked, alpha)
    top = max(cells, key=lambda cell: means[cell])
    return {
        cell: Rank(
            low=1 + sum((other, cell) in better for other in cells),
            high=len(cells) - sum((cell, other) in better for other in cells),
            best=(top, cell) not in better,
        )
        for cell in cells
    }


def significant(scores: Mapping[Id, Mapping[int, float]], alpha: float = ALPHA) -> set[tuple[Id, Id]]:
    """The ordered pairs (better, worse) that differ significantly after Holm."""
    pooled, freedom = _pooled(scores)
    pairs, values, signs = [], [], []
    for one, other in itertools.combinations(scores, 2):
        shared = sorted(scores[one].keys() & scores[other].keys())
        differences = np.array([scores[one][seed] - scores[other][seed] for seed in shared])
        if len(differences) < 2:
            continue
        pairs.append((one, other))
        signs.append(float(differences.mean()))
        values.append(_p_value(differences, pooled, freedom))
    adjusted = holm(values)
    return {
        pair if sign > 0 else (pair[1], pair[0])
        for pair, sign, p in zip(pairs, signs, adjusted, strict=True)
        if p < alpha and sign != 0
    }


def holm(values: list[float]) -> list[float]:
    """Adjusted p-values after Holm (1979), in the order given."""
    adjusted = [0.0] * len(values)
    running = 0.0
    for step, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        running = max(running, min(1.0, values[index] * (len(values) - step)))
        adjusted[index] = running
    return adjusted


def _p_value(differences: npt.NDArray[Any], pooled: float | None, freedom: int) -> float:
    """Two-sided; with the pooled variance, or with the pair's own where there is none."""
    m, mean = len(differences), float(differences.mean())
    variance = 2 * pooled / m if pooled is not None else float(differences.var(ddof=1)) / m
    if variance <= 1e-18:
        return 1.0 if abs(mean) < 1e-12 else 0.0
    return float(2 * stats.t.sf(abs(mean) / np.sqrt(variance), freedom if pooled is not None else m - 1))


def _pooled(scores: Mapping[Id, Mapping[int, float]]) -> tuple[float | None, int]:
    """The residual variance after cell and seed, and its degrees of freedom; None where cells clearly differ in it."""
    cells = list(scores)
    seeds = sorted({seed for each in scores.values() for seed in each})
    places = [(row, seeds.index(seed)) for row, cell in enumerate(cells) for seed in scores[cell]]
    y = np.array([score for cell in cells for score in scores[cell].values()])
    design = np.zeros((len(y), len(cells) + len(seeds)))
    for index, (row, column) in enumerate(places):
        design[index, row] = design[index, len(cells) + column] = 1.0
    solution, _, order, _ = np.linalg.lstsq(design, y, rcond=None)
    left = y - design @ solution
    freedom = len(y) - int(order)
    if freedom < 1:
        return None, 0
    by_cell = [left[[row == index for row, _ in places]] for index in range(len(cells))]
    if len(cells) > 2 and all(len(each) > 2 for each in by_cell) and left.std() > 1e-12:
        p = float(stats.levene(*by_cell, center="median").pvalue)
        if p < UNEQUAL:
            return None, 0
    return float((left**2).sum()) / freedom, freedom
