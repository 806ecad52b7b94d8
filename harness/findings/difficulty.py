"""The difficulty of tasks, from their scratch controls alone, and whether pretraining adds more to harder tasks.

A description of one suite: the score from scratch depends on budget and models as much as on the task, and the mean
lift is over the pretrainings of the suite. A coefficient is given from 8 tasks on, of one protocol and one number of
labels; below there are points.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

import numpy as np

from harness.cells import Problem, problem_labels, shots_label
from harness.findings.base import Axis, Column, Finding, Point, Scatter, Section, Table, attributes
from harness.findings.board_rows import BoardRow, rows_by_problem
from harness.findings.columns import LABEL, PROBLEM, problem_columns
from harness.findings.evidence import Evidence
from harness.grouping import group_by
from harness.printable import count, signed
from harness.stats import coefficients

TITLE = "How hard are the tasks?"
MANY = 8
"""The fewest tasks for a coefficient."""
SUMMARISED = 3
COLUMNS = [
    LABEL,
    Column("metric", "metric"),
    Column("low", "lowest", "the lowest score from scratch over models that are no controls", format="number"),
    Column("median", "from scratch", "the median score from scratch over models", format="number"),
    Column("high", "highest", "the highest score from scratch over models", format="number"),
    Column("models", "models", "models trained from scratch", format="count"),
    Column("majority", "majority class", "the score of naming the most frequent class", format="number"),
    Column("references", "other controls", "the scores of models that learn nothing from pretraining", format="list"),
    Column("lift", "mean lift", "over pretrainings without labels", format="signed"),
    Column("pretrainings", "pretrainings", "pretrainings with a lift", format="count"),
    *map(Column, (*PROBLEM, "shape", "batch", "precision", "controls")),
]  # fmt: skip
OVER_TASKS = [
    Column("group", "protocol and labels"),
    Column("tasks", "tasks", format="count"),
    Column("spearman", "Spearman's ρ", "median score from scratch against mean lift; below 0 harder tasks gain more",
           format="signed", digits=2),
    Column("text", "remark"),
    *map(Column, ("protocol", "shots")),
]  # fmt: skip


@dataclass(frozen=True)
class Difficulty:
    """The scores from scratch on one problem, and the mean lift of pretraining."""

    problem: Problem
    metric: str | None
    models: int
    low: float
    """The lowest, the median and the highest score from scratch over the models that are no controls."""
    median: float
    high: float
    majority: float | None
    """The score of the control that predicts the majority class."""
    controls: Mapping[str, float]
    """The scores of the other controls, by model."""
    pretrainings: int
    """Pretrainings without labels that have a lift."""
    lift: float | None
    """Their mean lift."""


@dataclass(frozen=True)
class OverTasks:
    """The problems of one protocol and number of labels: the median from scratch against the mean lift."""

    protocol: str
    shots: int | None
    points: list[Difficulty]
    spearman: float | None
    """None below 8 tasks."""

    @property
    def tasks(self) -> int:
        return len({point.problem.task for point in self.points})

    @property
    def label(self) -> str:
        return f"{self.points[0].problem.protocol_label}, {shots_label(self.shots)}"


def difficulty(evidence: Evidence) -> Finding:
    """The scores from scratch of each problem by task, the hardest first, and the lift over tasks."""
    every = difficulties(evidence.whole_rows, evidence.facts.constants)
    if not every:
        return Finding(["No model has a score from scratch."])
    labels = problem_labels([each.problem for each in every])
    tasks = group_by(sorted(every, key=lambda each: each.median), lambda each: each.problem.task)
    sections = [
        Section(
            f"Scores from scratch on {task}",
            tables=[Table(COLUMNS, [_row(each, labels[each.problem]) for each in inside], "difficulty")],
            subject=f"task {task}",
        )
        for task, inside in tasks.items()
    ]
    across = over_tasks(every)
    first = [_over_section(across, labels)] if across else []
    return Finding(_summary(tasks, labels, across), [*first, *sections])


def difficulties(rows: Sequence[BoardRow], constants: Collection[str] = ()) -> list[Difficulty]:
    """Each problem that a model was trained on from scratch, in the rows' order; `constants` are the controls that
    predict the majority class."""
    problems = rows_by_problem(row for row in rows if row.score is not None)
    every = [_difficulty(inside, constants) for inside in problems.values()]
    return [each for each in every if each is not None]


def over_tasks(every: Sequence[Difficulty]) -> list[OverTasks]:
    """The problems with a lift, grouped by protocol and number of labels, where a group has two tasks or more.

    A task with several budgets counts once for each."""
    lifted = [each for each in every if each.lift is not None]
    groups = group_by(lifted, lambda each: (each.problem.protocol, each.problem.shots))
    across = [OverTasks(*group, points, _spearman(points)) for group, points in groups.items()]
    return [each for each in across if each.tasks > 1]


def _difficulty(inside: Sequence[BoardRow], constants: Collection[str]) -> Difficulty | None:
    scratch = [(row, row.score) for row in inside if row.cell.arm.scratch and row.score is not None]
    scores = [score for row, score in scratch if not row.control]
    if not scores:
        return None
    controls = {row.cell.model: score for row, score in scratch if row.control}
    lifts = [row.lift for row in inside if row.lift is not None and not row.labelled and not row.control]
    return Difficulty(
        problem=inside[0].problem,
        metric=next((row.metric for row in inside if row.metric), None),
        models=len(scores),
        low=min(scores),
        median=median(scores),
        high=max(scores),
        majority=next((score for name, score in controls.items() if name in constants), None),
        controls={name: score for name, score in controls.items() if name not in constants},
        pretrainings=len(lifts),
        lift=fmean(lifts) if lifts else None,
    )


def _spearman(points: Sequence[Difficulty]) -> float | None:
    if len({point.problem.task for point in points}) < MANY:
        return None
    lifts = np.array([point.lift for point in points], dtype=np.float64)
    return coefficients.spearman(np.array([point.median for point in points]), lifts)


def _summary(
    tasks: Mapping[str, Sequence[Difficulty]], labels: Mapping[Problem, str], across: Sequence[OverTasks]
) -> list[str]:
    hardest = next(iter(tasks.values()))[0]
    sentences = [f"The hardest problem is {labels[hardest.problem]}: the median from scratch is {hardest.median:.3f} "
                 f"over {count(hardest.models, 'model')}."]  # fmt: skip
    for each in across[:SUMMARISED]:
        rho = _remark(each) if each.spearman is None else f"ρ {signed(each.spearman, 2)} over {each.tasks} tasks"
        sentences.append(f"Score from scratch against mean lift, {each.label}: {rho}.")
    return sentences


def _remark(each: OverTasks) -> str:
    return "" if each.tasks >= MANY else f"too few tasks: {each.tasks} of {MANY}"


def _over_section(across: Sequence[OverTasks], labels: Mapping[Problem, str]) -> Section:
    rows = [
        attributes(each, "protocol", "shots", "tasks", "spearman") | {"group": each.label, "text": _remark(each)}
        for each in across
    ]
    groups = {
        each.label: [Point(one.median, one.lift or 0.0, labels[one.problem], one.problem.task) for one in each.points]
        for each in across
    }
    figure = Scatter(
        x=Axis("median score from scratch"),
        y=Axis("mean lift"),
        groups=groups,
        alt="Mean lift over the median score from scratch of each problem; the tables of the tasks have the figures",
    )
    return Section("Do harder tasks gain more?", tables=[Table(OVER_TASKS, rows, "over_tasks")], figures=[figure])


def _row(each: Difficulty, label: str) -> dict[str, Any]:
    names = ("metric", "low", "median", "high", "models", "majority", "controls", "lift", "pretrainings")
    references = [f"{name} {score:.3f}" for name, score in each.controls.items()]
    return problem_columns(each.problem) | attributes(each, *names) | {"problem": label, "references": references}
