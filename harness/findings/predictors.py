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
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.catalog.schemas import WHOLE
from harness.findings.points import BY_SEED, PARAMETERS, Row
from harness.findings.relation import Relation, relation_of, relations, targets_of
from harness.stats.coefficients import FEWEST, decision_accuracy

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
    regret_at_the_end: float | None = None
    """Of a probe within runs: that of the same probe at their ends, over the same pretrainings."""
    decisions_at_the_end: float | None = None
    """The share of pairs that that one puts in the right order."""


def predictors(rows: Sequence[Row], found: Sequence[Relation] | None = None) -> list[Predictor]:
    """Every predictor of every target, fine-tuning first, then what predicts the probes.

    `rows` are the board's, `found` their relations where they have been made already: their intervals take time.
    """
    told = [each for each in (relations(rows) if found is None else found) if _picks(each)]
    for targets in targets_of(rows):
        told += [relation_of({}, targets, name, None, None) for name in ("rankme", PARAMETERS)]
    places = {target: number for number, target in enumerate(dict.fromkeys(_target(each) for each in told))}
    told.sort(key=lambda each: places[_target(each)])
    ended = {_probe(each): each for each in told if each.predictor_progress == WHOLE}
    found_out = [_predictor(each) for each in told if len(each.points) >= FEWEST]
    return [_waited_for(each, ended.get(_probe(each.relation))) for each in found_out]


def _target(each: Relation) -> tuple[Hashable, ...]:
    return each.task, each.protocol, each.shots, each.steps


def _probe(each: Relation) -> tuple[Hashable, ...]:
    return *_target(each), each.predictor, each.predictor_shots, each.within


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


def _waited_for(each: Predictor, ended: Relation | None) -> Predictor:
    """With what the same probe at the end of the same runs would have told, where that is another relation."""
    if ended is None or each.relation.predictor_progress == WHOLE:
        return each
    within = ended.within
    by_pretraining = {(point.model, point.arm): point for point in ended.points}
    points = [found for one in each.relation.points if (found := by_pretraining.get((one.model, one.arm)))]
    if len(points) < len(each.relation.points):
        return each
    groups = [getattr(point, within) if within else None for point in points]
    x, y = (np.array([getattr(point, axis) for point in points]) for axis in ("predictor", "target"))
    return replace(each, regret_at_the_end=regret(x, y, groups), decisions_at_the_end=decision_accuracy(x, y, groups))


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
