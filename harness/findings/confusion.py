"""Confusion matrices of classifications, summed over trials and their draws of labels."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harness.cells import Cell, problem_labels
from harness.findings.base import Column, Finding, HeatMap, Row, Section, Table
from harness.findings.columns import PRETRAINING, PROBLEM, cell_columns
from harness.findings.evidence import Evidence
from harness.findings.inspected import known_classes, task_of
from harness.grouping import group_by
from harness.metrics.image_classification import unpacked
from harness.printable import count

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

TITLE = "Confused classes"
MOST_CLASSES = 30
"""A matrix of more classes is not drawn: the most confused pairs are shown instead."""
MOST_PAIRS = 20
"""The confused pairs in a table."""
LEGEND = {
    "matrix": "rows: true class; columns: predicted class; the share of the true class's test examples",
    "cell": "the best mean score of its problem, without controls and pretrainings with labels; exploratory",
}
PLACE = [*map(Column, (*PRETRAINING, *PROBLEM, "trials"))]
PAIRS = [
    Column("true", "true class"),
    Column("predicted", "predicted class"),
    Column("share", "of the class", "share of the true class's test examples", format="percent"),
    Column("of_errors", "of all errors", "share of all misclassified test examples", format="percent", digits=1),
    *PLACE,
]
ENTRIES = [*map(Column, ("true", "predicted", "count", "share")), *PLACE]

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """Examples of one class with another predicted, by the classes' numbers."""

    true: int
    predicted: int
    share: float
    """Of the examples of the true class."""
    of_errors: float
    """Of all errors."""


@dataclass(frozen=True)
class Confusion:
    """The number of examples of each class by predicted class."""

    counts: Counts
    """(classes, classes): rows are the true classes, columns the predicted ones; each draw of shots counts."""
    names: tuple[str, ...] | None
    """The names of the classes; None where no record has them."""
    trials: int

    @property
    def labels(self) -> list[str]:
        """The names of the classes, else their numbers."""
        return list(self.names or map(str, range(len(self.counts))))

    @cached_property
    def shares(self) -> npt.NDArray[np.float64]:
        """(classes, classes): of the examples of each true class; 0 for a class without examples."""
        shares: npt.NDArray[np.float64] = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return shares

    @property
    def accuracy(self) -> float:
        """The share of examples on the diagonal."""
        return float(np.trace(self.counts) / max(self.counts.sum(), 1))

    def pairs(self, most: int) -> list[Pair]:
        """The pairs with the most errors, at most `most`; of equal ones the first by class."""
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        flat = np.argsort(-wrong, axis=None, kind="stable")[:most]
        entries = [divmod(int(each), len(wrong)) for each in flat]
        return [
            Pair(true, predicted, float(self.shares[true, predicted]), float(wrong[true, predicted] / wrong.sum()))
            for true, predicted in entries
            if wrong[true, predicted]
        ]


def confusion_of(sidecars: Iterable[Mapping[str, Any]], known: Sequence[str] = ()) -> Confusion | None:
    """The confusion matrix of the trials of one task, from their sidecars.

    `known` are the names of its classes for sidecars without names. None without a matrix, or where the numbers of
    classes differ.
    """
    own = [each for each in sidecars if "confusion" in each]
    counts = [unpacked(each["confusion"]) for each in own]
    if not counts or len({len(each) for each in counts}) > 1:
        return None
    recorded = [each["classes"] for each in own if each.get("classes")]
    names = {tuple(each) for each in recorded or [known] if len(each) == len(counts[0])}
    return Confusion(np.sum(counts, axis=0), names.pop() if len(names) == 1 else None, len(own))


def confusion(evidence: Evidence) -> Finding:
    """The confusion matrix of each problem's best cell, summed over its trials."""
    matrices = evidence.once(best_confusions)
    if not matrices:
        return Finding(["No confusion matrices are recorded. Sweep a classification task to record them."])
    labels = problem_labels([cell.problem for cell, *_ in matrices])
    lowest = min(matrices, key=lambda each: each[1].accuracy)
    summary = [f"Confusion matrices are recorded for {count(len(matrices), 'problem')}."]
    worst = lowest[1].pairs(1)
    if worst:
        names = lowest[1].labels
        true, predicted = names[worst[0].true], names[worst[0].predicted]
        summary.append(
            f"Lowest accuracy of a best cell: {lowest[1].accuracy:.0%}, {labels[lowest[0].problem]}; "
            f"most frequent error: {predicted} predicted for {true}."
        )
    return Finding(summary, [_section(labels[each[0].problem], *each) for each in matrices], LEGEND)


def best_confusions(evidence: Evidence) -> list[tuple[Cell, Confusion, int]]:
    """For each problem with a matrix the cell with the best mean score, its matrix, and the number of cells compared.

    Controls and pretrainings with labels are excluded.
    """
    competing = [each for each in evidence.records if each.records and evidence.facts.competes(each.cell.pretraining)]
    problems = group_by(competing, lambda each: each.cell.problem)
    bests = [max(inside, key=lambda each: fmean(each.scores.values())) for inside in problems.values()]
    matrices = confusions(evidence.store, [best.records.values() for best in bests], evidence.once(known_classes))
    return [
        (best.cell, matrix, len(inside))
        for inside, best, matrix in zip(problems.values(), bests, matrices, strict=True)
        if matrix
    ]


def confusions(
    store: "Store", groups: Sequence[Iterable["Record"]], known: Mapping[str, Sequence[str]]
) -> list[Confusion | None]:
    """The confusion matrices of groups of trials, each of one task, from one pass over the files.

    `known` are the class names of tasks, by `task_of`.
    """
    every = [list(records) for records in groups]
    sidecars = {record.key: sidecar for record, sidecar in store.sidecars(itertools.chain(*every))}
    return [
        confusion_of(
            [sidecars.get(record.key, {}) for record in records],
            next((known[task] for task in map(task_of, records) if task in known), ()),
        )
        for records in every
    ]


def _section(problem: str, cell: Cell, matrix: Confusion, compared: int) -> Section:
    names, drawn = matrix.labels, len(matrix.counts) <= MOST_CLASSES
    heat = HeatMap(
        rows=names,
        columns=names,
        values=matrix.shares.tolist() if drawn else [],
        row_title="true class",
        column_title="predicted class",
        percent=True,
        diagonal=True,
        alt=f"Confusion matrix of {problem}, in per cent of the true class.",
    )
    place = cell_columns(cell) | {"trials": matrix.trials}
    pairs = [place | pair for pair in _pairs(matrix)]
    entries: list[Row] = [
        place | {"true": names[true], "predicted": names[predicted], "count": int(matrix.counts[true, predicted]),
                 "share": float(matrix.shares[true, predicted])}
        for true, predicted in zip(*map(np.ndarray.tolist, np.nonzero(matrix.counts)), strict=True)
    ]  # fmt: skip
    numbered = "" if matrix.names else " Classes are numbers: no record names them."
    return Section(
        problem,
        f"{cell.model}, {cell.arm_label}: best of {count(compared, 'cell')}, {count(matrix.trials, 'seed')}.{numbered}",
        [
            Table(PAIRS, pairs, "pairs", f"Most confused pairs of {len(names)} classes", "There is no error."),
            *([Table(ENTRIES, entries, "matrix")] if drawn else []),
        ],
        [heat] if drawn else [],
        f"task {cell.task}",
    )


def _pairs(matrix: Confusion) -> list[dict[str, Any]]:
    names = matrix.labels
    return [
        {"true": names[pair.true], "predicted": names[pair.predicted], "share": pair.share, "of_errors": pair.of_errors}
        for pair in matrix.pairs(MOST_PAIRS)
    ]
