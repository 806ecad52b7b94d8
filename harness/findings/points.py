"""The points of a relation: pretrainings with a predictor and a target, from disjoint seeds."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from harness.catalog.schemas import SCRATCH, WHOLE

PARAMETERS = "parameters"
PROMISES = {"logme": "logmes", "h_score": "h_scores"}
"""Predictors that a frozen encoder's trial records of the labels it has, and the board's columns that hold them by
seed: like probes they are of a task and so many labels."""
BY_SEED = {"skill": "skills", "loss": "losses", "rankme": "rankmes"}
"""Predictors that the pretraining itself records, and the board's columns that hold them by seed."""
WITHIN_ARM_ONLY = ("skill", "loss")
WITHIN = {**dict.fromkeys(WITHIN_ARM_ONLY, "arm"), "rankme": "objective"}
"""What each of them can be compared within: a loss and a skill within one arm; RankMe of runs of one objective, as its
authors say (Garrido 2023, 2210.02885)."""
ARM = ("objective", "corpus", "fraction", "corruption", "pretrain_steps", "precision")

Row = Mapping[str, Any]
Pretraining = tuple[Any, ...]
Probes = dict[tuple[str, str, int | None, float], dict[Pretraining, Mapping[int, float]]]


@dataclass(frozen=True, slots=True)
class Point:
    """One pretraining: predictor and target by seed, then their means over disjoint seeds."""

    model: str
    arm: tuple[Any, ...]
    parameters: float | None
    predictors: tuple[float, ...]
    targets: tuple[float, ...]
    predictor: float
    target: float
    residual: float | None = None
    """Target less what a line through all points expects, in logits: positive transfers better than it promised."""

    @property
    def objective(self) -> str:
        return str(self.arm[0])


def is_point(row: Row) -> bool:
    """Whether a cell is a whole pretraining without labels, with a result, and not a control."""
    trained = row["objective"] != SCRATCH and row["progress"] == WHOLE
    return row["n"] > 0 and trained and not row["control"] and not row["labelled"]


def pretraining_of(row: Row) -> Pretraining:
    """What the cells of one pretraining agree in: the model and the arm."""
    return (row["model"], *(row[name] for name in ARM))


def probes_of(rows: Iterable[Row]) -> Probes:
    """The validation scores of each pretraining, by seed, for each task, protocol, number of labels, and how far the
    pretraining had come; and by the same LogME and H-score."""
    found: Probes = {}
    for row in rows:
        place = (row["task"], row["protocol"], row["shots"], row["progress"])
        found.setdefault(place, {})[pretraining_of(row)] = row["validations"]
        for name, column in PROMISES.items():
            if values := row.get(column):
                found.setdefault((row["task"], name, *place[2:]), {})[pretraining_of(row)] = values
    return found


def points_of(
    probes: Probes, targets: Sequence[Row], task: str, predictor: str, labels: int | None, progress: float = WHOLE
) -> list[Point]:
    """A point for each target cell that has its predictor, where a probe is one of a checkpoint at `progress`.

    Of the seeds in order the 1st, 3rd, 5th, ... give the target, the 2nd, 4th, ... the predictor; with one seed there
    is no point.
    """
    by_pretraining = probes.get((task, predictor, labels, progress), {})
    pairs = [(row, _by_seed(row, predictor, by_pretraining)) for row in targets]
    seeds = sorted({seed for row, values in pairs for seed in row["scores"].keys() & values.keys()})
    for_target, for_predictor = seeds[0::2], seeds[1::2]
    sign = -1.0 if predictor == "loss" else 1.0
    points = []
    for row, values in pairs:
        y = [row["scores"][seed] for seed in for_target if seed in row["scores"]]
        x = [sign * values[seed] for seed in for_predictor if seed in values]
        if x and y:
            points.append(
                Point(
                    model=row["model"],
                    arm=tuple(row[name] for name in ARM),
                    parameters=row["parameters"],
                    predictors=tuple(values.values() if sign > 0 else [-value for value in values.values()]),
                    targets=tuple(row["scores"].values()),
                    predictor=fmean(x),
                    target=fmean(y),
                )
            )
    return points


def _by_seed(row: Row, predictor: str, probes: Mapping[Pretraining, Mapping[int, float]]) -> Mapping[int, float]:
    """A predictor by seed. The number of parameters, as its logarithm, is known of every seed and the same for all."""
    if predictor == PARAMETERS:
        return dict.fromkeys(row["scores"], math.log(row["parameters"])) if row["parameters"] else {}
    if predictor in BY_SEED:
        return row.get(BY_SEED[predictor]) or {}
    return probes.get(pretraining_of(row), {})


def grouped(points: list[Point], within: str | None) -> list[Point]:
    """Without the points that are alone in their group: centred, they would sit at zero whatever they are."""
    if within is None:
        return points
    groups = [getattr(point, within) for point in points]
    sizes = Counter(groups)
    return [point for point, group in zip(points, groups, strict=True) if sizes[group] > 1]
