"""Whether pretraining performance predicts performance after adaptation: each predictor against each target."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import stdev
from typing import Any

from harness.catalog.schemas import WHOLE
from harness.cells import Problem, problem_labels
from harness.findings.base import Axis, Column, Finding, Row, Scatter, Section, Table, attributes
from harness.findings.base import Point as Mark
from harness.findings.columns import MODEL, PRETRAINING, cell_columns
from harness.findings.evidence import Evidence
from harness.findings.points import Point
from harness.findings.relation_rows import (
    BY_SIZE,
    KEY,
    PAIRS,
    POINTS,
    PREDICTED_BY,
    REMARK,
    RHO,
    figures_of,
    key_of,
)
from harness.findings.relations import Relation, main_relations, relations
from harness.grouping import group_by
from harness.metrics.names import metric_title
from harness.printable import interval, signed

TITLE = "Does pretraining performance predict fine-tuning performance?"
SUMMARISED = 3
NAMED = 3
"""The points with the largest residuals have a name in the figure."""
STEPS = 40
"""Line segments of a saturation curve."""

ENCODERS = Column("encoders", "encoders", format="count")
ARMS = Column("arms", "arms", "ways of pretraining", format="count")
TAU = Column("kendall", "Kendall's τ", "tau-b", format="signed", digits=2)
FIGURES = [
    POINTS, ENCODERS, ARMS, RHO, PAIRS, BY_SIZE, TAU,
    Column("weighted_tau", "weighted τ", "agreement at the top counts most", format="signed", digits=2),
    Column("pearson_logit", "Pearson's r", "with the target in logits", format="signed", digits=2),
    Column("disattenuated", "r without noise", "Pearson's r divided by the root of both reliabilities, where both "
           "exceed 0.7", format="signed", digits=2),
    Column("partial", "ρ given size", "Spearman's ρ, given log parameters", format="signed", digits=2),
    Column("predictor_reliability", "reliability of predictor", "share of the variance that is no noise of seeds",
           format="number", digits=2),
    Column("target_reliability", "reliability of target", "share of the variance that is no noise of seeds",
           format="number", digits=2),
    Column("saturation", "target levels off", "`saturates`: a power law fits clearly better than a straight line, and "
           "gains in the predictor bring less and less"),
    Column("saturation_exponent", "exponent", "of the power law of errors", format="number", digits=2),
    Column("saturation_floor", "floor", "the error that the power law gives for a perfect predictor", format="number",
           digits=2),
    REMARK,
    *map(Column, ("metric", "saturation_points", "saturation_scale", "saturation_better_by")),
    *KEY,
]  # fmt: skip
SCOPE = Column("scope", "compared", "both axes are centred on the mean of each group")
GROUPS = [SCOPE, POINTS, ENCODERS, ARMS, RHO, PAIRS, BY_SIZE, TAU, REMARK, *KEY]
POINT = [
    MODEL,
    Column("pretraining", "pretraining", "objective and corpus, with the fraction and corruption of the corpus"),
    Column("predictor_value", "predictor", "mean over seeds that the target does not use", format="number"),
    Column("target", "target", "mean test score over seeds that the predictor does not use", format="number"),
    Column("scratch", "from scratch", "the same model's test score from scratch at the same seeds", format="number"),
    Column("residual", "residual", "target minus the value of the line through all points, in logits: above 0 it "
           "transfers better than predicted", format="signed", digits=2, better="higher"),
    *map(Column, (*PRETRAINING[1:], "pretrain_steps", "precision", "family", "parameters", "predictor_values",
                  "targets")),
]  # fmt: skip
POINT_DATA = [Column(column.name) for column in POINT + KEY]


def relation(evidence: Evidence) -> Finding:
    """Each target by each predictor: coefficients with intervals, a scatter and its points."""
    every = evidence.once(relations)
    if not every:
        return Finding(["Nothing to relate: no pretraining has both a probe and an adaptation at two seeds."])
    labels = problem_labels([each.target for each in every])
    main = main_relations(every)
    sections = [_overview(main, labels)]
    for target, inside in group_by(every, lambda each: each.target).items():
        sections += _of_target(inside, labels[target])
    return Finding(_summary(main, labels), sections)


def _summary(main: Sequence[Relation], labels: Mapping[Problem, str]) -> list[str]:
    sentences = [f"{labels[each.target]}: {note_of(each)}" for each in main[:SUMMARISED]]
    more = len(main) - SUMMARISED
    return [*sentences, f"The table has {more} more targets."] if more > 0 else sentences


def note_of(each: Relation) -> str:
    """The main figures of a relation in a sentence: Spearman's rho with its interval, points and share of pairs."""
    rho = "has no defined ρ" if each.spearman is None else f"has ρ {signed(each.spearman, 2)}"
    rho += interval(each.low, each.high, 2)
    size = "" if each.decision_accuracy_parameters is None else f" ({each.decision_accuracy_parameters:.0%} by size)"
    pairs = "" if each.decision_accuracy is None else f" and {each.decision_accuracy:.0%} of pairs right{size}"
    remark = f", {each.text}" if each.text else ""
    return f"The {each.predictor.label} {rho}{pairs} over {each.n} pretrainings{remark}."


def _overview(main: Sequence[Relation], labels: Mapping[Problem, str]) -> Section:
    shown = [
        Column("task", "task", subject="task"), Column("problem", "target"), PREDICTED_BY,
        POINTS, RHO, PAIRS, BY_SIZE, REMARK,
    ]  # fmt: skip
    rows = [figures_of(each, labels[each.target]) for each in main]
    return Section("One predictor for each target", tables=[Table(shown, rows, "targets")])


def _of_target(every: Sequence[Relation], label: str) -> list[Section]:
    """A section for each predictor with its relations within groups, and one for skill and loss."""
    whole = [each for each in every if each.within is None and each.points]
    whole.sort(key=lambda each: (each.predictor.progress != WHOLE, each.predictor.shots != each.target.shots))
    subject = f"task {every[0].target.task}"
    sections = []
    for each in whole:
        title = f"{label} · {each.predictor.label}"
        within = [other for other in every if other.within and other.predictor == each.predictor]
        tables = [Table(FIGURES, [figures_of(each, label)], "relations")]
        tables += _tables(GROUPS, within, label, "Within groups") if within else []
        tables.append(Table(POINT + KEY, _point_rows([each], label), "points", "Points"))
        sections.append(Section(title, note_of(each), tables, [_scatter(each, title)], subject))
    centred = [each for each in every if each.predictor not in {one.predictor for one in whole}]
    if centred:
        tables = _tables([PREDICTED_BY, SCOPE, *FIGURES], centred, label)
        sections.append(Section(f"{label} · skill and loss", tables=tables, subject=subject))
    return sections


def _tables(columns: Sequence[Column], every: Sequence[Relation], label: str, title: str = "") -> list[Table]:
    """Relations within groups for people, and their points as data."""
    rows = [figures_of(each, label) for each in every]
    return [Table(columns, rows, "relations", title), Table(POINT_DATA, _point_rows(every, label), "points")]


def _point_rows(every: Iterable[Relation], label: str) -> list[Row]:
    """The points of relations, the highest target first."""
    return [
        _point_row(point) | key_of(each, label)
        for each in every for point in sorted(each.points, key=lambda point: -point.target)
    ]  # fmt: skip


def _point_row(point: Point) -> dict[str, Any]:
    return {
        **cell_columns(point.cell),
        **attributes(point, "target", "scratch", "residual", "family", "parameters", "targets"),
        "pretraining": point.cell.arm_label,
        "predictor_value": point.predictor,
        "predictor_values": point.predictors,
    }


def _scatter(each: Relation, title: str) -> Scatter:
    by_residual = sorted(each.points, key=lambda point: -abs(point.residual or 0.0))
    named = [point for point in by_residual[:NAMED] if point.residual is not None]
    groups = group_by(each.points, lambda point: point.arm.objective)
    levels_off = each.saturation is not None and each.saturation.saturates
    return Scatter(
        x=Axis(each.predictor.title),
        y=Axis(f"{metric_title(each.metric)} on test"),
        groups={name: [_mark(point, point in named) for point in inside] for name, inside in groups.items()},
        references={f"{model} from scratch": score for model, score in each.references.items()},
        trend=True,
        curve=_saturation_curve(each) if levels_off else (),
        curve_title="levels off (all points)",
        alt=f"{title}; the table of points has the same figures",
    )


def _mark(point: Point, named: bool) -> Mark:
    """A point with one standard error on each side: each axis has the mean over half of the seeds."""
    x_error = _standard_error(point.predictors, len(point.predictors) // 2)
    y_error = _standard_error(point.targets, len(point.targets) - len(point.targets) // 2)
    return Mark(
        x=point.predictor,
        y=point.target,
        label=f"{point.model} · {point.cell.arm_label}",
        name=point.model if named else "",
        x_low=None if x_error is None else point.predictor - x_error,
        x_high=None if x_error is None else point.predictor + x_error,
        y_low=None if y_error is None else point.target - y_error,
        y_high=None if y_error is None else point.target + y_error,
        facts={"model": point.model, "objective": point.arm.objective, "family": point.family or point.model},
    )


def _standard_error(values: Sequence[float], used: int) -> float | None:
    """Of a mean over `used` seeds, from the values of all seeds; None where they do not vary."""
    deviation = stdev(values) if len(values) > 1 else 0.0
    return deviation / math.sqrt(used) if used and deviation > 0 else None


def _saturation_curve(each: Relation) -> list[tuple[float, float]]:
    low, high = (end(point.predictor for point in each.points) for end in (min, max))
    places = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
    law = each.saturation
    return [(at, score) for at in places if law and (score := law.score(at)) is not None]
