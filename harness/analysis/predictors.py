"""Which cheap predictor would have picked the best pretraining, and what its pick would have cost.

A predictor is read as the relation reads it (see `relation`): probes on validation, LogME and H-score, held-out loss
and skill within an arm, RankMe within an objective, log parameters; its seeds are never the target's. To the
coefficient and the share of pairs in the right order it adds the regret: the target score of the best pretraining less
that of the one that the predictor puts first. Best is what scored best at the target's seeds, luck included, for every
predictor alike; so a regret is held against what a pick by chance would cost, on average, and one by the number of
parameters.

Where a predictor means something within groups only (`within`), one is picked in each group, and the regret is the mean
over groups.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.analysis.coefficients import FEWEST
from harness.analysis.points import BY_SEED, PARAMETERS
from harness.analysis.relation import Relation, relation_of, relations, targets_of
from harness.analysis.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
OF_PROBES = (None, "model")
"""A probe picks one of all pretrainings, and one for each encoder."""


@dataclass(frozen=True)
class Predictor:
    """A predictor of one target: how it orders pretrainings, and what the pick of its first would cost."""

    relation: Relation
    groups: int
    """Among how many groups one is picked each; 1 where it is one of all."""
    regret: float | None
    """In the unit of the target's metric, 0 where it picks the best; None below 3 points."""
    regret_by_chance: float | None
    """The mean over all picks."""
    regret_by_parameters: float | None
    """That of the largest encoder; None where a size is not known."""


def predictors(board: "pd.DataFrame", found: Sequence[Relation] | None = None) -> list[Predictor]:
    """Every predictor of every target, fine-tuning first, then what predicts the probes.

    `found` are the board's relations where they have been made already: their intervals take time.
    """
    rows = rows_of(board)
    told = [each for each in (relations(board) if found is None else found) if _picks(each)]
    for targets in targets_of(rows):
        told += [relation_of({}, targets, name, None, None) for name in ("rankme", PARAMETERS)]
    places = {target: number for number, target in enumerate(dict.fromkeys(_target(each) for each in told))}
    told.sort(key=lambda each: places[_target(each)])
    return [_predictor(each) for each in told if len(each.points) >= FEWEST]


def _target(each: Relation) -> tuple[Hashable, ...]:
    return each.task, each.protocol, each.shots, each.steps


def _picks(each: Relation) -> bool:
    return each.predictor in BY_SEED or each.within in OF_PROBES


def _predictor(each: Relation) -> Predictor:
    points, within = each.points, each.within
    groups = [getattr(point, within) if within else None for point in points]
    target = np.array([point.target for point in points])
    size = np.array([point.parameters or np.nan for point in points])
    return Predictor(
        relation=each,
        groups=len(set(groups)),
        regret=regret(np.array([point.predictor for point in points]), target, groups),
        regret_by_chance=regret(np.zeros(len(points)), target, groups),
        regret_by_parameters=regret(size, target, groups) if np.isfinite(size).all() else None,
    )


def regret(predictor: Array, target: Array, groups: Sequence[Hashable]) -> float | None:
    """The best target (points,) of a group less that of the point that the predictor (points,) puts first, the mean
    over groups; of points that it puts first alike the mean. None below 3 points."""
    if len(target) < FEWEST:
        return None
    numbers = {one: number for number, one in enumerate(dict.fromkeys(groups))}
    group = np.array([numbers[one] for one in groups])
    lost = []
    for number in range(len(numbers)):
        x, y = predictor[group == number], target[group == number]
        lost.append(y.max() - y[x == x.max()].mean())
    return float(np.mean(lost))
