"""The points of a relation: pretrainings with a predictor and a target from disjoint seeds."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from harness.catalog.schemas import WHOLE
from harness.cells import PROTOCOLS, Arm, Cell, Pretraining, percent, shots_label
from harness.findings.board_rows import BoardRow
from harness.findings.cell_records import scratch_cell

Within = Literal["model", "arm", "objective"]
PROBES = ("linear", "knn")
PARAMETERS = "parameters"
FEATURE_SCORES = ("logme", "h_score")
"""Predictors that a trial with a frozen encoder records on its training labels."""
WITHIN_ARM_ONLY = ("skill", "loss")
WITHIN: Mapping[str, Within] = {"skill": "arm", "loss": "arm", "rankme": "objective"}
"""The groups within which a predictor of the pretraining itself is comparable: loss and skill within one arm, RankMe
within one objective (Garrido 2023, 2210.02885)."""
NAMES = {
    **PROTOCOLS, "logme": "LogME", "h_score": "H-score", "loss": "held-out loss", "skill": "skill", "rankme": "RankMe",
    "parameters": "number of parameters",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Predictor:
    """A figure that is cheaper than the target: a probe, a score of features, or a figure of the pretraining."""

    name: str
    """A protocol, `logme`, `h_score`, `skill`, `loss`, `rankme` or `parameters`."""
    shots: int | None = None
    """The labels a class of a probe or of a score of features; None: all labels, or none used."""
    progress: float = WHOLE
    """The share of the pretraining's steps at which a probe is taken."""

    @property
    def labelled(self) -> bool:
        """Whether it uses labels of the task."""
        return self.name in PROTOCOLS or self.name in FEATURE_SCORES

    @property
    def label(self) -> str:
        """`linear probe at 5 shots, 10% of the run`."""
        shots = f" at {shots_label(self.shots)}" if self.labelled else ""
        run = "" if self.progress == WHOLE else f", {percent(self.progress)} of the run"
        return f"{NAMES.get(self.name, self.name)}{shots}{run}"

    @property
    def title(self) -> str:
        """Its label with the split that it is measured on, for the axis of a figure."""
        return f"{self.label}, on validation" if self.name in PROTOCOLS else self.label


Probes = Mapping[tuple[str, Predictor], Mapping[Pretraining, Mapping[int, float]]]
"""By task and predictor, the values of each pretraining by seed."""


@dataclass(frozen=True, slots=True)
class Point:
    """One pretraining with its predictor and its target: the values of all seeds, and means over disjoint seeds."""

    cell: Cell
    """The target's cell."""
    family: str | None
    parameters: float | None
    predictors: tuple[float, ...]
    targets: tuple[float, ...]
    predictor: float
    target: float
    scratch: float | None
    """The mean score from scratch of the same model at exactly the seeds that `target` uses; None where one of these
    seeds has no score from scratch."""
    residual: float | None = None
    """In logits, the target minus the value of the least-squares line through all points."""

    @property
    def model(self) -> str:
        return self.cell.model

    @property
    def arm(self) -> Arm:
        return self.cell.arm

    def group(self, within: Within | None) -> Hashable:
        """Its model, arm or objective; None for one group of all points."""
        if within is None:
            return None
        return {"model": self.model, "arm": self.arm, "objective": self.arm.objective}[within]


def is_point(row: BoardRow) -> bool:
    """Whether a row is of a whole pretraining without labels that has a score, and of no control."""
    return row.n > 0 and row.cell.whole and not (row.cell.arm.scratch or row.control or row.labelled)


def probes_of(rows: Iterable[BoardRow]) -> Probes:
    """The validation scores, LogME and H-score of each pretraining."""
    probes: dict[tuple[str, Predictor], dict[Pretraining, Mapping[int, float]]] = {}
    for row in rows:
        cell = row.cell
        for name, values in ((cell.protocol, row.validations), ("logme", row.logmes), ("h_score", row.h_scores)):
            if values or name == cell.protocol:
                predictor = Predictor(name, cell.shots, cell.progress)
                probes.setdefault((cell.task, predictor), {})[cell.pretraining] = values
    return probes


def points_of(probes: Probes, targets: Sequence[BoardRow], predictor: Predictor) -> list[Point]:
    """A point for each row of one problem that has the predictor.

    Of the seeds in order the 1st, 3rd, 5th, ... give the target, the 2nd, 4th, ... the predictor. With one seed there
    is no point.
    """
    by_pretraining = probes.get((targets[0].cell.task, predictor), {})
    pairs = [(row, _values(row, predictor, by_pretraining)) for row in targets if is_point(row)]
    seeds = sorted({seed for row, values in pairs for seed in row.scores.keys() & values.keys()})
    controls = {scratch_cell(row.cell): row.scores for row in reversed(targets) if row.cell.arm.scratch and row.scores}
    points = []
    for row, values in pairs:
        y = {seed: row.scores[seed] for seed in seeds[0::2] if seed in row.scores}
        x = [values[seed] for seed in seeds[1::2] if seed in values]
        if x and y:
            points.append(Point(
                cell=row.cell,
                family=row.family,
                parameters=row.parameters,
                predictors=tuple(values.values()),
                targets=tuple(row.scores.values()),
                predictor=fmean(x),
                target=fmean(y.values()),
                scratch=_mean_at(controls.get(scratch_cell(row.cell), {}), y),
            ))  # fmt: skip
    return points


def _mean_at(scores: Mapping[int, float], seeds: Iterable[int]) -> float | None:
    """The mean score at these seeds; None where one of them is missing."""
    at = [scores.get(seed) for seed in seeds]
    known = [score for score in at if score is not None]
    return fmean(known) if known and len(known) == len(at) else None


def _values(
    row: BoardRow, predictor: Predictor, probes: Mapping[Pretraining, Mapping[int, float]]
) -> Mapping[int, float]:
    """A predictor by seed, where higher is better: the sign of a loss is turned. Log parameters are equal for all."""
    if predictor.name == PARAMETERS:
        return dict.fromkeys(row.scores, math.log(row.parameters)) if row.parameters else {}
    if predictor.name == "loss":
        return {seed: -loss for seed, loss in row.losses.items()}
    if predictor.name in WITHIN:
        return row.skills if predictor.name == "skill" else row.rankmes
    return probes.get(row.cell.pretraining, {})


def references_of(points: Iterable[Point]) -> dict[str, float]:
    """The mean score from scratch by model, at the seeds that most of the model's points use."""
    by_model: dict[str, Counter[float]] = {}
    for point in points:
        if point.scratch is not None:
            by_model.setdefault(point.model, Counter())[point.scratch] += 1
    return {model: means.most_common(1)[0][0] for model, means in by_model.items()}


def with_peers(points: Sequence[Point], within: Within | None) -> list[Point]:
    """The points without those that are alone in their group: their centred values are zero by construction."""
    sizes = Counter(point.group(within) for point in points)
    return [point for point in points if within is None or sizes[point.group(within)] > 1]
