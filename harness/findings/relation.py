"""How pretraining performance relates to what comes out after adaptation, over encoders and ways of pretraining.

Each point is a pretraining (an encoder and an arm). Its predictor is a probe's validation accuracy, LogME or H-score of
the features, the skill, the held-out loss (with its sign turned, so that more is better), RankMe or log parameters; its
target is the test score of a protocol. The two are taken from disjoint seeds, since what a seed does to an encoder
shows on both axes and makes a correlation out of nothing: of the seeds in order the 1st, 3rd, 5th, ... give the target,
the 2nd, 4th, ... the predictor. Probes are read on validation, LogME and H-score on training labels, targets on test,
so that no label is shared either. Scratch is a reference line, never a point, and so is what was pretrained on labels,
the upper reference.

Skill and loss of different objectives mean different things: they are compared within an arm only, both axes centred
on the arm's mean; so is RankMe within an objective.

The interval of Spearman's coefficient resamples encoders and arms independently (a two-way bootstrap, percentiles):
points that share either are no independent evidence. Below 8 of either there is none.
"""

import itertools
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from harness.catalog.schemas import SCRATCH, WHOLE
from harness.findings.points import (
    PROMISES,
    WITHIN,
    WITHIN_ARM_ONLY,
    Point,
    Probes,
    Row,
    grouped,
    is_point,
    points_of,
    probes_of,
)
from harness.findings.rows import rows_of
from harness.findings.table import by_facet
from harness.stats import coefficients
from harness.stats.saturation import Saturation, saturation
from harness.stats.two_way import ENOUGH, two_way_interval

if TYPE_CHECKING:
    import pandas as pd

PROBES = ("linear", "knn")
RELIABLE = 0.7

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Relation:
    """A predictor against a target. A coefficient is None below 3 points and where one axis is constant."""

    task: str
    protocol: str
    shots: int | None
    steps: int | None
    predictor: str
    predictor_shots: int | None
    predictor_progress: float
    """How far the pretraining had come where a probe was taken: within its run it costs that share of the budget."""
    within: str | None
    """None: over all points; `arm`, `model` or `objective`: both axes centred on the mean of each."""
    metric: str | None
    """What the target is."""
    points: list[Point]
    encoders: int
    arms: int
    spearman: float | None
    low: float | None
    high: float | None
    kendall: float | None
    weighted_tau: float | None
    pearson_logit: float | None
    disattenuated: float | None
    """Pearson's coefficient over the root of the reliabilities; only where both exceed 0.7."""
    partial: float | None
    """Spearman's, given log parameters."""
    predictor_reliability: float | None
    target_reliability: float | None
    decision_accuracy: float | None
    decision_accuracy_parameters: float | None
    text: str
    """What has to be said beside the figures; empty when nothing has."""
    references: dict[str, float] = field(default_factory=dict)
    """The target's mean from scratch, by encoder."""
    saturation: Saturation | None = None
    """Of a probe over all points: whether the target levels off while the probe still improves."""


def relation(
    board: "pd.DataFrame",
    task: str,
    protocol: str,
    predictor: str,
    *,
    shots: int | None = None,
    steps: int | None = None,
    predictor_shots: int | None = None,
    predictor_progress: float = WHOLE,
    within: str | None = None,
) -> Relation:
    """The relation of `predictor` to the test score of `protocol` on `task`: a probe (linear or knn), logme, h_score,
    skill, loss, rankme or parameters.

    `shots` are the target's labels a class and `steps` its budget, `predictor_shots` the probe's labels (None: all) and
    `predictor_progress` the share of its pretraining that it saw.

    Raises:
        ValueError: when the board has no such cell, or several budgets of it and `steps` names none of them.
    """
    rows = rows_of(board)
    wanted = (task, protocol, shots)
    targets = [row for row in rows if (row["task"], row["protocol"], row["shots"]) == wanted]
    budgets = {row["steps"] for row in targets}
    if not targets:
        raise ValueError(f"no cell of {task}, {protocol}, shots {shots}")
    if len(budgets) > 1 and steps not in budgets:
        raise ValueError(f"steps: several budgets have been run, name one of {sorted(budgets)}")
    targets = [row for row in targets if len(budgets) < 2 or row["steps"] == steps]
    return relation_of(probes_of(rows), targets, predictor, predictor_shots, within, predictor_progress)


def relations(rows: Sequence[Row]) -> list[Relation]:
    """All relations that a board's rows have something to say on: fine-tuning first, then what predicts the probes."""
    probes = probes_of(rows)
    return [each for targets in targets_of(rows) for each in _relations_of(probes, targets)]


def targets_of(rows: Sequence[Row]) -> list[list[Row]]:
    """The cells of each problem and budget that pretrainings have results on, fine-tuning first."""
    order = {"finetune": 0, "linear": 1, "knn": 2}
    ordered = sorted(by_facet(rows).values(), key=lambda inside: order.get(inside[0]["protocol"], 3))
    return [targets for targets in ordered if any(is_point(row) for row in targets)]


def _relations_of(probes: Probes, targets: Sequence[Row]) -> list[Relation]:
    """What predicts one target: each probe, LogME and H-score over all points and within models and arms, skill and
    loss within arms."""
    found = []
    for task, name, labels, progress in probes:
        of_labels = task == targets[0]["task"] and name in (*PROBES, *PROMISES)
        if of_labels and _foretells(name, labels, progress, targets[0]):
            points = _points(probes, targets, name, labels, progress)
            pooled = _relation(targets, points, name, labels, None, progress)
            found.append(pooled)
            for within, groups in (("model", pooled.arms), ("arm", pooled.encoders)):
                if groups > 1 and len(pooled.points) > max(pooled.encoders, pooled.arms):
                    found.append(_relation(targets, points, name, labels, within, progress))
    for name in WITHIN_ARM_ONLY:
        centred = relation_of(probes, targets, name, None, "arm")
        if len(centred.points) >= coefficients.FEWEST:
            found.append(centred)
    return found


def _foretells(protocol: str, labels: int | None, progress: float, target: Row) -> bool:
    """Whether a probe is another thing than the target: another protocol, or the same before the run's end."""
    return protocol != target["protocol"] or (progress < WHOLE and labels == target["shots"])


def relation_of(
    probes: Probes,
    targets: Sequence[Row],
    predictor: str,
    labels: int | None,
    within: str | None,
    progress: float = WHOLE,
) -> Relation:
    """The relation of one predictor to the target cells of one problem and budget."""
    points = _points(probes, targets, predictor, labels, progress)
    return _relation(targets, points, predictor, labels, WITHIN.get(predictor, within), progress)


def _points(probes: Probes, targets: Sequence[Row], predictor: str, labels: int | None, progress: float) -> list[Point]:
    whole = [row for row in targets if is_point(row)]
    return points_of(probes, whole, targets[0]["task"], predictor, labels, progress)


def _relation(
    targets: Sequence[Row],
    every: list[Point],
    predictor: str,
    labels: int | None,
    within: str | None,
    progress: float,
) -> Relation:
    task, protocol, shots, steps = (targets[0][name] for name in ("task", "protocol", "shots", "steps"))
    points = grouped(every, within)
    items = max((row["items"] or 0 for row in targets), default=0)
    x = np.array([point.predictor for point in points])
    y = coefficients.logit(np.array([point.target for point in points]), items)
    groups = [getattr(point, within) if within else None for point in points]
    x, y = coefficients.centred(x, groups), coefficients.centred(y, groups)
    size = np.array([point.parameters or np.nan for point in points])
    noise_x = _reliability([point.predictors for point in points], x)
    noise_y = _reliability([point.targets for point in points], y, items)
    pearson = coefficients.pearson(x, y)
    encoders, arms = [point.model for point in points], [str(point.arm) for point in points]
    name = f"{task}/{protocol}/{shots}/{steps}/{predictor}/{labels}/{within}"
    name += "" if progress == WHOLE else f"/{progress}"
    low, high = two_way_interval(x, y, encoders, arms, seed=zlib.crc32(name.encode()))
    return Relation(
        task=task,
        protocol=protocol,
        shots=shots,
        steps=steps,
        predictor=predictor,
        predictor_shots=labels,
        predictor_progress=progress,
        within=within,
        metric=next((row["metric"] for row in targets if row["metric"]), None),
        points=_with_residuals(points, x, y),
        encoders=len(set(encoders)),
        arms=len(set(arms)),
        spearman=coefficients.spearman(x, y),
        low=low,
        high=high,
        kendall=coefficients.kendall(x, y),
        weighted_tau=coefficients.weighted_tau(x, y),
        pearson_logit=pearson,
        disattenuated=_disattenuated(pearson, noise_x, noise_y),
        partial=coefficients.partial_spearman(x, y, np.log(size)),
        predictor_reliability=noise_x,
        target_reliability=noise_y,
        decision_accuracy=coefficients.decision_accuracy(x, y, groups),
        decision_accuracy_parameters=coefficients.decision_accuracy(np.log(size), y, groups),
        text=_text(len(set(encoders)), len(set(arms))),
        references={r["model"]: r["score"] for r in targets if r["objective"] == SCRATCH and r["score"] is not None},
        saturation=_saturation(points) if predictor in PROBES and within is None else None,
    )


def _saturation(points: Sequence[Point]) -> Saturation:
    return saturation(
        1 - np.array([point.predictor for point in points]), 1 - np.array([point.target for point in points])
    )


def _with_residuals(points: list[Point], x: Array, y: Array) -> list[Point]:
    if len(points) < coefficients.FEWEST or np.ptp(x) == 0:
        return points
    slope, intercept = np.polyfit(x, y, 1)
    left = y - (slope * x + intercept)
    return [replace(point, residual=float(one)) for point, one in zip(points, left, strict=True)]


def _reliability(by_seed: Iterable[tuple[float, ...]], means: Array, items: int | None = None) -> float | None:
    """The share of the variance over points that is not noise of seeds, where an axis uses half of the seeds; of shares
    of so many `items`, in logits."""
    repeated = [values for values in by_seed if len(values) > 1]
    if not repeated or len(means) < coefficients.FEWEST or np.ptp(means) == 0:
        return None
    values = np.array(list(itertools.chain.from_iterable(repeated)))
    if items is not None:
        values = coefficients.logit(values, items)
    count = np.array([len(each) for each in repeated])
    starts = np.cumsum(count) - count
    left = values - np.repeat(np.add.reduceat(values, starts) / count, count)
    noise = np.add.reduceat(left**2, starts) / (count - 1) / (count // 2)
    return max(0.0, 1.0 - float(noise.mean()) / float(means.var(ddof=1)))


def _disattenuated(r: float | None, one: float | None, other: float | None) -> float | None:
    if r is None or one is None or other is None or min(one, other) <= RELIABLE:
        return None
    return float(np.clip(r / np.sqrt(one * other), -1.0, 1.0))


def _text(encoders: int, arms: int) -> str:
    if min(encoders, arms) < ENOUGH:
        return f"too few to say ({encoders} encoder{'s' * (encoders != 1)}, {arms} arm{'s' * (arms != 1)})"
    return ""
