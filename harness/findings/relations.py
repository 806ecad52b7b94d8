"""The relation of pretraining performance to performance after adaptation, over encoders and arms.

Each point is a pretraining. Its target is its test score on one problem. Its predictor is a probe's validation score,
LogME or H-score of the features, skill, held-out loss (with its sign turned), RankMe or log parameters. Both axes would
share the effect of a seed on the encoder, which alone makes a correlation. So predictor and target come from disjoint
seeds, and from disjoint labels: probes are read on validation, LogME and H-score on training labels, targets on test.
Scratch is a reference line and no point. Neither is a pretraining with labels, the upper reference.

Skill and loss of different objectives are not comparable. They are compared within an arm, both axes centred on the
arm's mean; RankMe within an objective.

The interval of Spearman's coefficient resamples encoders and arms (`harness.stats.two_way`): points that share either
are not independent. Below 8 of either there is none.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.catalog.schemas import WHOLE
from harness.cells import Problem
from harness.findings.board_rows import BoardRow, rows_by_problem
from harness.findings.evidence import Evidence
from harness.findings.points import (
    FEATURE_SCORES,
    PROBES,
    WITHIN,
    WITHIN_ARM_ONLY,
    Point,
    Predictor,
    Probes,
    Within,
    is_point,
    points_of,
    probes_of,
    references_of,
    with_peers,
)
from harness.grouping import group_by
from harness.stats import coefficients
from harness.stats.saturation import Saturation, saturation
from harness.stats.two_way import ENOUGH, two_way_interval

PROTOCOL_ORDER = {"finetune": 0, "linear": 1, "knn": 2}

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A predictor against a target. A coefficient is None below 3 points and where one axis is constant."""

    target: Problem
    metric: str | None
    """The target's."""
    predictor: Predictor
    within: Within | None
    """The groups on whose means both axes are centred; None: all points as they are."""
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
    """Pearson's coefficient divided by the root of the reliabilities, where both exceed 0.7."""
    partial: float | None
    """Spearman's coefficient, given log parameters."""
    predictor_reliability: float | None
    target_reliability: float | None
    decision_accuracy: float | None
    decision_accuracy_parameters: float | None
    """That of log parameters."""
    saturation: Saturation | None = None
    """Of a probe over all points: whether the target levels off while the probe still improves."""

    @property
    def n(self) -> int:
        return len(self.points)

    @property
    def text(self) -> str:
        """A remark on the size; empty where there are enough encoders and arms for an interval."""
        counts = {"encoders": self.encoders, "arms": self.arms}
        short = [f"{name} ({count} of {ENOUGH})" for name, count in counts.items() if count < ENOUGH]
        return f"too few {' and '.join(short)}" if short else ""

    @property
    def references(self) -> Mapping[str, float]:
        """The score from scratch by model, at the seeds of its points' targets."""
        return references_of(self.points)


def relations(evidence: Evidence) -> list[Relation]:
    """All relations of a suite; use `evidence.once(relations)`, since their intervals take seconds."""
    return relations_of(evidence.rows)


def relations_of(rows: Sequence[BoardRow]) -> list[Relation]:
    """The relations of each target, fine-tuning first: every probe, LogME and H-score over all points and within models
    and arms, then skill and loss within arms."""
    probes = probes_of(rows)
    return [each for targets in targets_of(rows) for each in _relations_of(probes, targets)]


def targets_of(rows: Sequence[BoardRow]) -> list[list[BoardRow]]:
    """The rows of each problem that pretrainings have scores on, fine-tuning first."""
    problems = [inside for inside in rows_by_problem(rows).values() if any(map(is_point, inside))]
    return sorted(problems, key=lambda inside: PROTOCOL_ORDER.get(inside[0].cell.protocol, len(PROTOCOL_ORDER)))


def relation_of(
    probes: Probes, targets: Sequence[BoardRow], predictor: Predictor, within: Within | None = None
) -> Relation:
    """The relation of one predictor to the rows of one problem."""
    return _relation(targets, points_of(probes, targets, predictor), predictor, WITHIN.get(predictor.name, within))


def main_relations(every: Sequence[Relation]) -> list[Relation]:
    """One relation a target, those over most pretrainings first; fine-tuning targets alone where there are any.

    The predictor is the linear probe where it was run, at the target's number of labels or else at most labels.
    """
    pooled = [each for each in every if each.predictor.progress == WHOLE and each.within is None and each.points]
    tuned = [each for each in pooled if each.target.protocol == "finetune"] or pooled
    targets = group_by(tuned, lambda each: each.target).values()
    return sorted((max(inside, key=_preference) for inside in targets), key=lambda each: -each.n)


def _preference(each: Relation) -> tuple[bool, bool, float]:
    shots = each.predictor.shots
    return each.predictor.name == "linear", shots == each.target.shots, float("inf") if shots is None else shots


def _relations_of(probes: Probes, targets: Sequence[BoardRow]) -> list[Relation]:
    target, results = targets[0].problem, []
    for task, predictor in probes:
        if task != target.task or predictor.name not in (*PROBES, *FEATURE_SCORES) or _same(predictor, target):
            continue
        points = points_of(probes, targets, predictor)
        pooled = _relation(targets, points, predictor, None)
        results.append(pooled)
        groups: list[tuple[Within, int]] = [("model", pooled.arms), ("arm", pooled.encoders)]
        for within, size in groups:
            if size > 1 and pooled.n > max(pooled.encoders, pooled.arms):
                results.append(_relation(targets, points, predictor, within))
    for name in WITHIN_ARM_ONLY:
        centred = relation_of(probes, targets, Predictor(name))
        if centred.n >= coefficients.FEWEST:
            results.append(centred)
    return results


def _same(predictor: Predictor, target: Problem) -> bool:
    """Whether a probe is no predictor of the target: of the same protocol, unless it is the same earlier in the run."""
    earlier = predictor.progress < WHOLE and predictor.shots == target.shots
    return predictor.name == target.protocol and not earlier


def _relation(
    targets: Sequence[BoardRow], candidates: Sequence[Point], predictor: Predictor, within: Within | None
) -> Relation:
    points = with_peers(candidates, within)
    items = max((row.items or 0 for row in targets), default=0)
    groups = [point.group(within) for point in points]
    x = coefficients.centred(np.array([point.predictor for point in points]), groups)
    logits = coefficients.logit(np.array([point.target for point in points]), items)
    y = coefficients.centred(logits, groups)
    size = np.log(np.array([point.parameters or np.nan for point in points]))
    noise_x = coefficients.reliability([point.predictors for point in points], x)
    noise_y = coefficients.reliability([point.targets for point in points], y, items)
    pearson = coefficients.pearson(x, y)
    encoders, arms = [point.model for point in points], [_arm_text(point) for point in points]
    target = targets[0].problem
    low, high = two_way_interval(x, y, encoders, arms, _bootstrap_seed(target, predictor, within))
    return Relation(
        target=target,
        metric=next((row.metric for row in targets if row.metric), None),
        predictor=predictor,
        within=within,
        points=_with_residuals(points, x, y),
        encoders=len(set(encoders)),
        arms=len(set(arms)),
        spearman=coefficients.spearman(x, y),
        low=low,
        high=high,
        kendall=coefficients.kendall(x, y),
        weighted_tau=coefficients.weighted_tau(x, y),
        pearson_logit=pearson,
        disattenuated=coefficients.disattenuated(pearson, noise_x, noise_y),
        partial=coefficients.partial_spearman(x, y, size),
        predictor_reliability=noise_x,
        target_reliability=noise_y,
        decision_accuracy=coefficients.decision_accuracy(x, y, groups),
        decision_accuracy_parameters=coefficients.decision_accuracy(size, y, groups),
        saturation=_saturation(points) if predictor.name in PROBES and within is None else None,
    )


def _arm_text(point: Point) -> str:
    """The arm for the bootstrap, whose draws depend on the order of these texts: unchanged, intervals stay the same."""
    arm = point.arm
    corruption = str(arm.corruption) if arm.corruption else None
    named = (arm.objective, arm.corpus, arm.fraction, corruption, arm.steps, arm.precision, arm.batch, arm.shape)
    return str(named)


def _bootstrap_seed(target: Problem, predictor: Predictor, within: Within | None) -> int:
    """A seed for each relation, independent of the others: unchanged, intervals stay the same."""
    name = f"{target.task}/{target.protocol}/{target.shots}/{target.steps}/{predictor.name}/{predictor.shots}/{within}"
    return zlib.crc32((name if predictor.progress == WHOLE else f"{name}/{predictor.progress}").encode())


def _saturation(points: Sequence[Point]) -> Saturation:
    upstream, downstream = (np.array([getattr(point, axis) for point in points]) for axis in ("predictor", "target"))
    return saturation(1 - upstream, 1 - downstream)


def _with_residuals(points: list[Point], x: Array, y: Array) -> list[Point]:
    if len(points) < coefficients.FEWEST or np.ptp(x) == 0:
        return points
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - (slope * x + intercept)
    return [replace(point, residual=float(one)) for point, one in zip(points, residuals, strict=True)]
