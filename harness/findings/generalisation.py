"""How scores carry over: from training to test examples, from clean to shifted ones, from shares to confidence.

The gap is the score on training examples less that on test examples, the drop the test score less that under a shift.
Both have an interval for new seeds on these test items: which shifted items were right is not recorded one by one.

Effective robustness (Taori 2020, 2007.00644) is what a cell scores under shift beyond what its clean score lets expect:
the residual, in the metric's own unit, from the least-squares line of logit shifted over logit clean scores through the
scratch cells of the problem; where fewer than 8 have both, through all that are no controls; from 8 cells on. Outside
the clean scores that the line was drawn through nothing is expected.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from harness.catalog.schemas import SCRATCH
from harness.findings.cell_records import Cell, Counted, by_problem, metric_of
from harness.findings.factors import over_seeds
from harness.stats import coefficients

if TYPE_CHECKING:
    from harness.store import Store

Shifts = Mapping[str, Mapping[str, float]]
"""By kind and severity a score, as it lies beside a record."""
ENOUGH = 8
"""Cells that a line is drawn through, at least."""


@dataclass(frozen=True)
class Difference:
    """A mean over n seeds with its 0.95 interval (Student's) for new seeds; no ends with one seed."""

    n: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Line:
    """What a shifted score is expected to be at a clean one."""

    through: str
    """`scratch`, or `all`."""
    cells: int
    slope: float
    intercept: float
    """In logits."""
    r: float | None
    """Pearson's correlation of the logits: how much there is to the line."""
    low: float
    high: float
    """The clean scores that it was drawn through."""

    def expected(self, clean: float) -> float | None:
        """The shifted score that a clean one lets expect; None outside of the line's range."""
        if not self.low <= clean <= self.high:
            return None
        at = self.intercept + self.slope * _logit(clean)
        return float(1 / (1 + np.exp(-at)))


@dataclass(frozen=True)
class Generalisation:
    """One cell; what was not recorded is None, and `shifts` empty."""

    cell: Cell
    control: bool
    n: int
    score: float
    train: float | None
    gap: Difference | None
    shifted: float | None
    """The mean over kinds and severities."""
    drop: Difference | None
    shifts: Mapping[str, Mapping[int, float]]
    """By kind and severity the mean score over seeds."""
    nll: float | None
    ece: float | None
    robustness: float | None = None
    """Effective robustness; None where there is no line, or the clean score lies outside of it."""


@dataclass(frozen=True)
class Facet:
    """The cells of one problem and budget, in the cells' order, and the line that they are held against."""

    metric: str
    cells: list[Generalisation]
    line: Line | None


def generalisations(store: "Store", found: Sequence[Counted], controls: Collection[str] = ()) -> list[Facet]:
    """The cells that have records, those of one problem together, fine-tuning first; `controls` are models that are
    references."""
    facets = by_problem(each for each in found if each.records)
    ordered = sorted(facets, key=lambda inside: inside[0].cell["protocol"] != "finetune")
    shifted = [record for each in found for record in each.records.values() if "shifted" in record.metrics]
    shifts = {record.key: beside["shifts"] for record, beside in store.all_beside(shifted) if "shifts" in beside}
    return [_facet(inside, shifts, controls) for inside in ordered]


def _facet(inside: Sequence[Counted], shifts: Mapping[str, Shifts], controls: Collection[str]) -> Facet:
    told = [_generalisation(each, shifts, each.cell["pretraining"]["model"] in controls) for each in inside]
    line = line_of(told)
    if line:
        told = [Generalisation(**{**vars(each), "robustness": _robustness(each, line)}) for each in told]
    return Facet(metric_of(next(iter(inside[0].records.values()))), told, line)


def _generalisation(each: Counted, shifts: Mapping[str, Shifts], control: bool) -> Generalisation:
    records = each.records
    tests = {seed: record.metrics[metric_of(record)] for seed, record in records.items()}

    def against(name: str, sign: float) -> Difference | None:
        return _difference([
            sign * (record.metrics[name] - tests[seed]) for seed, record in records.items() if name in record.metrics
        ])  # fmt: skip

    def mean(name: str) -> float | None:
        values = [record.metrics[name] for record in records.values() if name in record.metrics]
        return fmean(values) if values else None

    return Generalisation(
        cell=each.cell,
        control=control,
        n=len(records),
        score=fmean(tests.values()),
        train=mean("train"),
        gap=against("train", 1.0),
        shifted=mean("shifted"),
        drop=against("shifted", -1.0),
        shifts=_mean_shifts([shifts[record.key] for record in records.values() if record.key in shifts]),
        nll=mean("nll"),
        ece=mean("ece"),
    )


def _difference(values: Sequence[float]) -> Difference | None:
    n, mean, low, high = over_seeds(values)
    return None if mean is None else Difference(n, mean, low, high)


def _mean_shifts(beside: Sequence[Shifts]) -> dict[str, dict[int, float]]:
    """The means over records of what lies beside each."""
    kinds = dict.fromkeys(kind for each in beside for kind in each)
    return {
        kind: {
            int(severity): fmean(each[kind][severity] for each in beside if severity in each.get(kind, {}))
            for severity in dict.fromkeys(severity for each in beside for severity in each.get(kind, {}))
        }
        for kind in kinds
    }


def line_of(cells: Sequence[Generalisation]) -> Line | None:
    """The line through the scratch cells, or through all; None below 8 cells with both scores."""
    both = [each for each in cells if each.shifted is not None and not each.control]
    scratch = [each for each in both if each.cell["pretraining"]["objective"] == SCRATCH]
    through, drawn = ("scratch", scratch) if len(scratch) >= ENOUGH else ("all", both)
    if len(drawn) < ENOUGH or len({each.score for each in drawn}) < 2:
        return None
    clean = np.array([_logit(each.score) for each in drawn])
    moved = np.array([_logit(each.shifted) for each in drawn if each.shifted is not None])
    slope, intercept = np.polyfit(clean, moved, 1)
    scores = [each.score for each in drawn]
    r = coefficients.pearson(clean, moved)
    return Line(through, len(drawn), float(slope), float(intercept), r, min(scores), max(scores))


def _robustness(each: Generalisation, line: Line) -> float | None:
    expected = line.expected(each.score)
    return None if each.shifted is None or expected is None else each.shifted - expected


def _logit(share: float) -> float:
    return float(coefficients.logit(np.array([share]), 0)[0])
