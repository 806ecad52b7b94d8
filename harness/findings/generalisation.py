"""How scores generalise: from training to test examples, from clean to shifted ones, and as confidences.

The gap is the score on training examples minus that on test examples. The drop is the test score minus the shifted one.
Both have an interval for new seeds on these test items: the correctness of single shifted items is not recorded.

Effective robustness is the shifted score minus its expectation at the same clean score, in the metric's own unit. The
expectation is a line in logits through the scratch cells of the problem; with fewer than 8 of them, through all cells
without controls. Below 8 cells there is no line, and beyond the clean scores of its cells no expectation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

import numpy as np

from harness.cells import Cell, Problem, problem_labels
from harness.findings.base import Axis, Column, Finding, Point, Scatter, Section, Table, attributes
from harness.findings.cell_records import CellRecords, by_problem, metric_of
from harness.findings.columns import ARM, LABEL, MODEL, PRETRAINING, PROBLEM, TASK, cell_columns, problem_columns
from harness.findings.evidence import Evidence
from harness.metrics.names import metric_title
from harness.printable import count, decimal
from harness.stats.intervals import SeedMean, over_seeds
from harness.stats.robustness import MIN_POINTS, RobustnessLine, robustness_line

TITLE = "Generalisation"
Shifts = Mapping[str, Mapping[str, float]]
"""A score by kind and severity, as in a sidecar."""


@dataclass(frozen=True)
class Generalisation:
    """One cell; values that no record has are None, and `shifts` empty."""

    cell: Cell
    control: bool
    n: int
    score: float
    train: float | None
    gap: SeedMean
    shifted: float | None
    """The mean over kinds and severities of shift."""
    drop: SeedMean
    shifts: Mapping[str, Mapping[int, float]]
    """The mean score over seeds by kind and severity of shift."""
    nll: float | None
    ece: float | None
    robustness: float | None = None


@dataclass(frozen=True)
class ProblemCells:
    """The cells of one problem, the best score first, and the line of their expected shifted scores."""

    problem: Problem
    metric: str
    cells: Sequence[Generalisation]
    line: RobustnessLine | None
    through: str
    """The cells that the line is drawn through: `scratch` or `all`."""


def generalisation(evidence: Evidence) -> Finding:
    """A section a problem, fine-tuning first."""
    problems = generalisations(evidence)
    if not problems:
        return Finding(["No cell has a record. Run the suite: each adaptation records its generalisation."])
    labels = problem_labels([each.problem for each in problems])
    overview = Section(
        "Generalisation by problem",
        tables=[Table(OVERVIEW, [_overview_row(each, labels[each.problem]) for each in problems], "problems")],
    )
    return Finding(_summary(problems), [overview, *(_section(each, labels[each.problem]) for each in problems)])


def generalisations(evidence: Evidence) -> list[ProblemCells]:
    """The whole cells that have records, by problem, fine-tuning first."""
    whole = [each for each in evidence.whole if each.records]
    shifted = [record for each in whole for record in each.records.values() if "shifted" in record.metrics]
    sidecars = evidence.store.sidecars(shifted)
    shifts = {record.key: sidecar["shifts"] for record, sidecar in sidecars if "shifts" in sidecar}
    problems = []
    for inside in sorted(by_problem(whole), key=lambda inside: inside[0].cell.protocol != "finetune"):
        cells = [_cell(each, shifts, each.cell.model in evidence.facts.controls) for each in inside]
        line, through = _line(cells)
        if line:
            cells = [replace(each, robustness=line.robustness(each.score, each.shifted)) for each in cells]
        ordered = sorted(cells, key=lambda each: -each.score)
        problems.append(ProblemCells(inside[0].cell.problem, inside[0].metric or "", ordered, line, through))
    return problems


def _cell(each: CellRecords, shifts: Mapping[str, Shifts], control: bool) -> Generalisation:
    records = each.records

    def values(name: str) -> list[float]:
        return [record.metrics[name] for record in records.values() if name in record.metrics]

    def differences(name: str, sign: float) -> SeedMean:
        return over_seeds([
            sign * (record.metrics[name] - record.metrics[metric_of(record)])
            for record in records.values() if name in record.metrics
        ])  # fmt: skip

    return Generalisation(
        cell=each.cell,
        control=control,
        n=len(records),
        score=fmean(each.scores.values()),
        gap=differences("train", 1.0),
        drop=differences("shifted", -1.0),
        shifts=_mean_shifts([shifts[record.key] for record in records.values() if record.key in shifts]),
        **{name: fmean(values(name)) if values(name) else None for name in ("train", "shifted", "nll", "ece")},
    )


def _mean_shifts(sidecars: Sequence[Shifts]) -> dict[str, dict[int, float]]:
    """The means over records by kind and severity."""
    scores: dict[str, dict[int, list[float]]] = {}
    for each in sidecars:
        for kind, by_severity in each.items():
            for severity, score in by_severity.items():
                scores.setdefault(kind, {}).setdefault(int(severity), []).append(score)
    return {kind: {severity: fmean(each) for severity, each in inside.items()} for kind, inside in scores.items()}


def _line(cells: Sequence[Generalisation]) -> tuple[RobustnessLine | None, str]:
    """The line through the scratch cells, or else through all cells without controls."""
    points = [(each.score, each.shifted, each.cell.arm.scratch) for each in cells if not each.control]
    both = [(clean, shifted, scratch) for clean, shifted, scratch in points if shifted is not None]
    scratch = [point for point in both if point[2]]
    through, drawn = ("scratch", scratch) if len(scratch) >= MIN_POINTS else ("all", both)
    return robustness_line([clean for clean, _, _ in drawn], [shifted for _, shifted, _ in drawn]), through


OVERVIEW = [
    TASK,
    LABEL,
    Column("cells", "cells", format="count"),
    Column("gap", "gap", "median over cells, controls excluded", format="signed"),
    Column("drop", "drop", "median over cells, controls excluded", format="signed"),
    Column("nll", "NLL", "median over cells, controls excluded", format="number"),
    Column("ece", "ECE", "median over cells, controls excluded", format="number"),
    Column("through", "line", "the cells that the line of expected shifted scores is drawn through"),
    Column("line_cells", "its cells", format="count"),
    Column("r", "r", "Pearson's correlation of the line's logits", format="signed", digits=2),
    Column("slope"),
    Column("intercept"),
    Column("line_low"),
    Column("line_high"),
    Column("robustness", "robustness", "median over pretrained cells", format="signed"),
]


def _overview_row(each: ProblemCells, label: str) -> dict[str, Any]:
    cells = [one for one in each.cells if not one.control]
    line = each.line
    return {
        **problem_columns(each.problem),
        "problem": label,
        "cells": len(each.cells),
        "gap": _median([one.gap.mean for one in cells]),
        "drop": _median([one.drop.mean for one in cells]),
        "nll": _median([one.nll for one in cells]),
        "ece": _median([one.ece for one in cells]),
        "through": each.through if line else None,
        **(attributes(line, "r", "slope", "intercept") if line else {}),
        "line_cells": line and line.points,
        "line_low": line and line.low,
        "line_high": line and line.high,
        "robustness": _median([one.robustness for one in cells if not one.cell.arm.scratch]),
    }


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _summary(problems: Sequence[ProblemCells]) -> list[str]:
    """The median gap, drop and calibration error over all cells, and the median robustness of pretrained cells."""
    cells = [each for inside in problems for each in inside.cells if not each.control]
    measures = {
        "Gap from training to test score": [each.gap.mean for each in cells],
        "Drop from test to shifted score": [each.drop.mean for each in cells],
        "Effective robustness of pretrained cells": [each.robustness for each in cells if not each.cell.arm.scratch],
        "Expected calibration error": [each.ece for each in cells],
    }
    sentences = []
    for name, values in measures.items():
        known = [value for value in values if value is not None]
        if known:
            low, middle, high = (decimal(end, 3) for end in np.quantile(known, (0.25, 0.5, 0.75)))
            sentences.append(f"{name}: median {middle} of {count(len(known), 'cell')}, quartiles {low} and {high}.")
    return sentences or [f"No training, shifted or calibration scores are recorded for {count(len(cells), 'cell')}."]


def _section(each: ProblemCells, label: str) -> Section:
    line = each.line
    note = ""
    if line:
        r = "" if line.r is None else f", r = {line.r:.2f}"
        note = f"Robustness is relative to the line through {line.points} {each.through} cells{r}."
    return Section(
        label,
        note,
        [Table(_columns(each), [_row(one, each) for one in each.cells], "cells")],
        [_figure(each, line, label)] if line else [],
        subject=f"task {each.problem.task}",
    )


def _columns(each: ProblemCells) -> list[Column]:
    kinds = dict.fromkeys(kind for one in each.cells for kind in one.shifts)
    return [
        MODEL,
        ARM,
        *map(Column, (*PRETRAINING[1:], *PROBLEM, "metric")),
        Column("control", "control", format="yesno"),
        Column("n", "seeds", format="count"),
        Column("score", metric_title(each.metric), format="number", better="higher"),
        Column("train", "train", "score on training examples", format="number"),
        Column("gap", "gap", "score on training examples minus that on test examples", format="signed",
               low="gap_low", high="gap_high"),
        Column("shifted", "shifted", "mean score on shifted test examples", format="number", better="higher"),
        *(Column(f"shifted_{kind}", kind, f"mean score under {kind}", format="number") for kind in kinds),
        Column("drop", "drop", "test score minus shifted score", format="signed", low="drop_low", high="drop_high"),
        Column("robustness", "robustness", "shifted score minus that expected at the same test score", format="signed",
               better="higher"),
        Column("nll", "NLL", "negative log-likelihood of the right class, in nats", format="number", better="lower"),
        Column("ece", "ECE", "expected calibration error", format="number", better="lower"),
        Column("shifts"),
    ]  # fmt: skip


def _row(one: Generalisation, inside: ProblemCells) -> dict[str, Any]:
    names = ("control", "n", "score", "train", "shifted", "nll", "ece", "shifts", "robustness")
    return {
        **cell_columns(one.cell),
        **attributes(one, *names),
        "metric": inside.metric,
        **{f"shifted_{kind}": fmean(scores.values()) for kind, scores in one.shifts.items()},
        "gap": one.gap.mean, "gap_low": one.gap.low, "gap_high": one.gap.high,
        "drop": one.drop.mean, "drop_low": one.drop.low, "drop_high": one.drop.high,
    }  # fmt: skip


def _figure(each: ProblemCells, line: RobustnessLine, label: str) -> Scatter:
    """Shifted over clean scores by objective, with the line."""
    groups: dict[str, list[Point]] = {}
    for one in each.cells:
        if one.shifted is not None:
            name, objective = f"{one.cell.model}, {one.cell.arm_label}", one.cell.arm.objective
            facts = {"model": one.cell.model, "objective": objective}
            groups.setdefault(objective, []).append(Point(one.score, one.shifted, name, facts=facts, faint=one.control))
    metric = metric_title(each.metric)
    clean = np.linspace(line.low, line.high, 25)
    return Scatter(
        x=Axis(f"{metric} on test"),
        y=Axis(f"{metric} under shift"),
        groups=groups,
        curve=[(float(score), line.expected(float(score)) or 0.0) for score in clean],
        curve_title=f"line through {each.through} cells",
        alt=f"{label}: {metric} under shift over that on test; the table below has the same figures.",
    )
