"""Differences of scores between two sides, cell by cell, paired by seed and test item.

Two models: cells that agree in all but the model. Both use the same draw of labels at a seed, so differences are
paired. Two commits, or two variants: the same cell and seeds. Meters are compared where both ran on one machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING

from harness.catalog.differences import differences as spec_differences
from harness.cells import Cell, Pretraining
from harness.findings.cell_records import CellRecords, Machine, machine_of, median_of, metric_of
from harness.findings.items import Items, shared_seeds
from harness.grouping import group_by
from harness.stats.intervals import ends_of, interval_of, sign_of

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

METERS = ("train_s", "examples_per_s", "peak_memory_bytes")
SAME = ("task", "engine")
"""The parts of the spec that two models must share for their scores to be comparable."""
MODELS, COMMITS = "models", "commits"
ANY_MODEL = ""
"""The model of the cell that two models share."""


@dataclass(frozen=True)
class Side:
    """The records of one cell under one name."""

    cell: Cell
    """What both sides share; where models are compared its model is ANY_MODEL."""
    records: Mapping[int, "Record"]
    measured: Sequence["Record"]
    """The records that meters are read from."""


@dataclass(frozen=True)
class Meters:
    """The medians of both sides on one machine; None where a side has no value."""

    machine: Machine
    values: dict[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Difference:
    """The other's score minus the first's, over the seeds that both have, with its 0.95 interval."""

    first: str
    other: str
    cell: Cell
    metric: str
    n: int
    scores: tuple[float, float]
    low: float | None
    high: float | None
    identical: bool
    """Whether every seed has the same score on both sides."""
    meters: Meters | None
    changed: list[str] = field(default_factory=list)
    """Of commits: the parts of the spec that differ; of models: the parts that must agree and do not."""

    @property
    def difference(self) -> float:
        return self.scores[1] - self.scores[0]

    @property
    def verdict(self) -> str:
        """`identical`; else `higher` or `lower` by the interval, else `undecided`."""
        return "identical" if self.identical else sign_of(self.low, self.high, "higher", "lower")


@dataclass(frozen=True)
class MeanDifference:
    """The plain mean of the differences over the tasks that both sides share, for these tasks."""

    first: str
    other: str
    cell: Cell
    tasks: list[str]
    n: int
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Comparison:
    """All differences of one or more names from the first."""

    names: list[str]
    kind: str
    """`models` or `commits`."""
    differences: list[Difference]
    means: list[MeanDifference]
    unshared: dict[str, tuple[int, int]]
    """By each further name, the number of cells that only the first has, and that only it has."""
    uncommitted: dict[str, int] = field(default_factory=dict)
    """By commit, the number of records made with uncommitted changes."""


def compare_models(cells: Sequence[CellRecords], names: Sequence[str], items: Items) -> Comparison:
    """Each further model against the first, over the cells in which nothing else differs."""
    sides: dict[str, dict[Cell, Side]] = {name: {} for name in names}
    for each in cells:
        if each.records and each.cell.model in sides:
            shared = without_model(each.cell)
            sides[each.cell.model][shared] = Side(shared, each.records, list(each.latest.values()))
    return comparison(MODELS, sides, items)


def without_model(cell: Cell) -> Cell:
    """The cell that it shares with other models."""
    return replace(cell, pretraining=Pretraining(ANY_MODEL, cell.arm))


def comparison(kind: str, sides: Mapping[str, Mapping[Cell, Side]], items: Items) -> Comparison:
    """Each further name against the first."""
    (base, first), *others = sides.items()
    all_differences: list[Difference] = []
    means: list[MeanDifference] = []
    unshared = {}
    for name, other in others:
        pairs = [(first[cell], other[cell]) for cell in first if cell in other]
        pairs = [(a, b) for a, b in pairs if shared_seeds([a.records, b.records])]
        new = [difference(kind, base, name, a, b, items) for a, b in pairs]
        kept = [pair for pair, each in zip(pairs, new, strict=True) if kind == COMMITS or not each.changed]
        all_differences += new
        means += _means(base, name, kept, items)
        unshared[name] = (len(first.keys() - other.keys()), len(other.keys() - first.keys()))
    return Comparison(list(sides), kind, all_differences, means, unshared)


def difference(kind: str, base: str, name: str, first: Side, other: Side, items: Items) -> Difference:
    """The difference of two sides over the seeds that both have, one or more."""
    seeds = shared_seeds([first.records, other.records])
    scores = [[_score(side.records[seed]) for seed in seeds] for side in (first, other)]
    both = [(first.records[seed], other.records[seed]) for seed in seeds]
    variants = {(one.variant, another.variant): (one, another) for one, another in both}.values()
    changed = sorted({part for one, another in variants for part in _changed(kind, items, one, another)})
    low, high = ends_of(items.lift(other, first) if kind == COMMITS or not changed else None)
    return Difference(
        first=base,
        other=name,
        cell=first.cell,
        metric=metric_of(first.records[seeds[0]]),
        n=len(seeds),
        scores=(fmean(scores[0]), fmean(scores[1])),
        low=low,
        high=high,
        identical=scores[0] == scores[1],
        meters=_meters(items.store, first.measured, other.measured),
        changed=changed,
    )


def _score(record: "Record") -> float:
    return record.metrics[metric_of(record)]


def _changed(kind: str, items: Items, first: "Record", other: "Record") -> list[str]:
    """The names of the parts of the specs that differ, of commits also in the pretraining."""
    if kind == MODELS:
        return [part for part in SAME if first.spec.get(part) != other.spec.get(part)]
    named = {line.partition(":")[0] for line in spec_differences(first.spec, other.spec)} - {"parent"}
    one, another = (items.store.first_ok(record.spec.get("parent", "")) for record in (first, other))
    if one and another and one.key != another.key:
        named |= {f"pretraining's {line.partition(':')[0]}" for line in spec_differences(one.spec, another.spec)}
    return sorted(named)


def _means(base: str, name: str, pairs: Sequence[tuple[Side, Side]], items: Items) -> list[MeanDifference]:
    """Over the tasks of each pretraining, protocol and number of labels, two or more."""
    groups = group_by(pairs, lambda pair: (pair[0].cell.pretraining, pair[0].cell.protocol, pair[0].cell.shots))
    means = [_mean(base, name, inside, items) for inside in groups.values() if len(inside) > 1]
    return [each for each in means if each is not None]


def _mean(base: str, name: str, inside: Sequence[tuple[Side, Side]], items: Items) -> MeanDifference | None:
    seeds = shared_seeds(side.records for pair in inside for side in pair)
    if not seeds:
        return None
    means = [[fmean(_score(side.records[seed]) for seed in seeds) for side in pair] for pair in inside]
    parts = [items.parts([(1.0, other), (-1.0, first)], seeds) for first, other in inside]
    known = [each for each in parts if each is not None]
    low, high = ends_of(interval_of(known) if len(known) == len(parts) else None)
    return MeanDifference(
        first=base,
        other=name,
        cell=inside[0][0].cell,
        tasks=[first.cell.task for first, _ in inside],
        n=len(seeds),
        difference=fmean(other - first for first, other in means),
        low=low,
        high=high,
    )


def _meters(store: "Store", first: Sequence["Record"], other: Sequence["Record"]) -> Meters | None:
    """On the machine that both ran on; of several the one with most records."""
    one, another = (group_by(each, lambda record: machine_of(store, record)) for each in (first, other))
    shared = {machine: min(len(one[machine]), len(another[machine])) for machine in one if machine in another}
    if not shared:
        return None
    machine = max(shared, key=lambda each: shared[each])
    return Meters(
        machine, {name: (median_of(one[machine], name), median_of(another[machine], name)) for name in METERS}
    )
