"""Whether pretraining performance predicts performance after adaptation: each predictor against each target."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from statistics import fmean
from typing import Any

from harness.cells import Problem, problem_labels
from harness.findings.base import Axis, Column, Finding, Row, Scatter, Section, Table
from harness.findings.base import Point as Mark
from harness.findings.evidence import Evidence
from harness.findings.points import Point, Predictor
from harness.findings.relations import Relation, main_relations, relations
from harness.metrics.names import METRICS

TITLE = "Does pretraining performance predict fine-tuning performance?"
SUMMARISED = 3
NAMED = 3
"""The points with the largest residuals have a name in the figure."""
STEPS = 40
"""Line segments of a saturation curve."""

KEY = [Column(name) for name in ("problem", "task", "protocol", "shots", "steps", "predictor", "predictor_shots",
                                 "predictor_progress", "within")]  # fmt: skip
RHO = Column("spearman", "Spearman's ρ", "rank correlation with its 0.95 interval for new encoders and arms; the "
             "interval needs 8 of each", format="signed", digits=2, low="low", high="high")  # fmt: skip
PAIRS = Column("decision_accuracy", "pairs right", "pairs of pretrainings that the predictor orders as the target "
               "does; 50% by chance", format="percent")  # fmt: skip
BY_SIZE = Column("decision_accuracy_parameters", "by size", "the same for the number of parameters alone",
                 format="percent")  # fmt: skip
POINTS = Column("n", "points", "pretrainings", format="count")
REMARK = Column("text", "remark")
FIGURES = [
    Column("scope", "points compared", "all, or within groups: both axes centred on the mean of each group"),
    POINTS,
    Column("encoders", "encoders", format="count"),
    Column("arms", "arms", "ways of pretraining", format="count"),
    RHO,
    Column("kendall", "Kendall's τ", "tau-b", format="signed", digits=2),
    Column("weighted_tau", "weighted τ", "agreement at the top counts most", format="signed", digits=2),
    Column("pearson_logit", "Pearson's r", "with the target in logits", format="signed", digits=2),
    Column("disattenuated", "r without noise", "Pearson's r divided by the root of both reliabilities, where both "
           "exceed 0.7", format="signed", digits=2),
    Column("predictor_reliability", "reliability of predictor", "share of the variance that is no noise of seeds",
           format="number", digits=2),
    Column("target_reliability", "reliability of target", "share of the variance that is no noise of seeds",
           format="number", digits=2),
    PAIRS,
    BY_SIZE,
    Column("partial", "ρ given size", "Spearman's ρ, given log parameters", format="signed", digits=2),
    Column("saturation", "target levels off", "`saturates`: a power law fits clearly better than a straight line, and "
           "gains in the predictor bring less and less"),
    Column("saturation_exponent", "exponent", "of the power law of errors", format="number", digits=2),
    Column("saturation_floor", "floor", "the error that the power law gives for a perfect predictor", format="number",
           digits=2),
    REMARK,
    *map(Column, ("metric", "saturation_points", "saturation_scale", "saturation_better_by")),
]  # fmt: skip
POINT = [
    Column("model", "model", subject="model"),
    Column("pretraining", "pretraining", "objective and corpus, with the fraction and corruption of the corpus"),
    Column("predictor_value", "predictor", "mean over seeds that the target does not use", format="number"),
    Column("target", "target", "mean test score over seeds that the predictor does not use", format="number"),
    Column("scratch", "from scratch", "the same model's test score from scratch at the same seeds", format="number"),
    Column("residual", "residual", "target minus the value of the line through all points, in logits: above 0 it "
           "transfers better than predicted", format="signed", digits=2, better="higher"),
    *map(Column, ("objective", "corpus", "fraction", "corruption", "pretrain_steps", "precision", "family",
                  "parameters", "predictor_values", "targets")),
]  # fmt: skip
SCOPES = {None: "all", "model": "within models", "arm": "within arms", "objective": "within objectives"}


def relation(evidence: Evidence) -> Finding:
    """Each target by each predictor: coefficients with intervals, a scatter and its points."""
    found = evidence.once(relations)
    if not found:
        return Finding(["Nothing to relate: no pretraining has both a probe and an adaptation at two seeds."])
    labels = problem_labels([each.target for each in found])
    main = main_relations(found)
    sections = [
        section for target, inside in groupby(found, key=lambda each: each.target)
        for section in _of_target([*inside], labels[target])
    ]  # fmt: skip
    return Finding(_summary(main, labels), [_overview(main, labels), *sections])


def _summary(main: Sequence[Relation], labels: Mapping[Problem, str]) -> list[str]:
    sentences = [f"{labels[each.target]}: the {each.predictor.label} has {note_of(each)}" for each in main[:SUMMARISED]]
    more = len(main) - SUMMARISED
    return sentences + [f"{more} more targets are in the table."] * (more > 0)


def note_of(each: Relation) -> str:
    """The main figures of a relation in a sentence: rho with its interval, the points, the share of pairs."""
    rho = "no defined ρ" if each.spearman is None else f"ρ {each.spearman:+.2f}"
    interval = "" if each.low is None or each.high is None else f" [{each.low:+.2f}, {each.high:+.2f}]"
    pairs = "" if each.decision_accuracy is None else f"; it orders {each.decision_accuracy:.0%} of pairs right"
    remark = f" ({each.text})" if each.text else ""
    return f"{rho}{interval} over {each.n} pretrainings{remark}{pairs}.".replace("-", "−")


def _overview(main: Sequence[Relation], labels: Mapping[Problem, str]) -> Section:
    columns = [
        Column("task", "task", subject="task"), Column("problem", "target"), Column("predicted_by", "predictor"), POINTS,
        RHO, PAIRS, BY_SIZE, REMARK,
    ]  # fmt: skip
    rows = [_key(each, labels[each.target]) | _figures(each) | {"predicted_by": each.predictor.label} for each in main]
    return Section("One predictor for each target", tables=[Table(columns, rows, "targets")])


def _of_target(found: Sequence[Relation], label: str) -> list[Section]:
    """A section for each predictor over all points with its relations within groups, and one for skill and loss."""
    pooled = sorted((each for each in found if each.within is None and each.points), key=_last)
    subject = f"task {found[0].target.task}"
    sections = []
    for each in pooled:
        same = [each, *(other for other in found if other.within and other.predictor == each.predictor)]
        title = f"{label}: {each.predictor.label}"
        tables = [_figure_table(same, label), _point_table(each, label), *(_point_data(o, label) for o in same[1:])]
        sections.append(Section(title, f"{each.predictor.label}: {note_of(each)}", tables, [_scatter(each, title)], subject))
    centred = [each for each in found if each.within and each.predictor not in {one.predictor for one in pooled}]
    if centred:
        tables = [_figure_table(centred, label), *(_point_data(each, label) for each in centred)]
        sections.append(Section(f"{label}: figures of the pretraining", "", tables, [], subject))
    return sections
