"""Two models, or two commits, cell by cell: the one's score less the other's, paired by seed and test item.

Models: cells that agree in all but the model. Both face the same draw of labels at a seed, so that differences are
paired. Commits (see `commits`): the same cell and seeds. Beside each difference stand the meters of both, where they
ran on one hardware class at one worker count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.findings.cell_records import Cell, Counted, machine, metric_of
from harness.findings.items import Reader, shared_seeds
from harness.stats.intervals import interval_of, says
from harness.sweep.differences import differences

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

METERS = ("train_s", "examples_per_s", "peak_memory_bytes")
SAME = ("task", "engine")
"""What two models have to agree in for their scores to be comparable."""

BySeed = Mapping[int, "Record"]


@dataclass(frozen=True)
class Side:
    """One cell's records under one name."""

    cell: Cell
    """What it shares with the other side; where models are compared, the model is None."""
    records: BySeed
    measured: Sequence["Record"]
    """The records that meters are read from."""


@dataclass(frozen=True)
class Meters:
    """The medians of both sides on one machine; None where a side has no such figure."""

    hardware: str | None
    workers: int | None
    figures: dict[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Difference:
    """The other's score less the first's, over the seeds that both have, with its 0.95 interval."""

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
    """Of two commits: the parts of the spec that differ; of two models: those that must not and do."""

    @property
    def difference(self) -> float:
        return self.scores[1] - self.scores[0]

    @property
    def verdict(self) -> str:
        """`higher` or `lower` where the interval leaves no doubt, `identical`, else `undecided`."""
        if self.identical:
            return "identical"
        return says(self.low, self.high, "higher", "lower")


@dataclass(frozen=True)
class MeanDifference:
    """The plain mean of the differences over the tasks that both share, for these tasks."""

    first: str
    other: str
    cell: Cell
    """What the cells share; the task is None."""
    tasks: list[str]
    n: int
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Comparison:
    """All differences of one or more pairs of names."""

    names: list[str]
    kind: str
    """`models` or `commits`."""
    differences: list[Difference]
    means: list[MeanDifference]
    unshared: dict[str, tuple[int, int]]
    """By each further name, how many cells only the first has records of, and how many only it."""
    uncommitted: dict[str, int] = field(default_factory=dict)
    """By commit, how many of its records were made while files differed from it."""


def compare_models(found: Sequence[Counted], names: Sequence[str], reader: Reader) -> Comparison:
    """Each further model against the first, over the cells in which nothing else differs."""
    sides: dict[str, dict[str, Side]] = {name: {} for name in names}
    for each in found:
        if each.records and each.cell["pretraining"]["model"] in sides:
            shared = {**each.cell, "pretraining": {**each.cell["pretraining"], "model": None}}
            side = Side(shared, each.records, list(each.latest.values()))
            sides[each.cell["pretraining"]["model"]][canonical(shared)] = side
    return comparison("models", sides, reader)


def comparison(kind: str, sides: Mapping[str, Mapping[str, Side]], reader: Reader) -> Comparison:
    """Each further name against the first."""
    (base, first), *others = sides.items()
    found: list[Difference] = []
    means: list[MeanDifference] = []
    unshared = {}
    for name, other in others:
        pairs = [(first[place], other[place]) for place in first if place in other]
        pairs = [(a, b) for a, b in pairs if shared_seeds([a.records, b.records])]
        told = [_difference(kind, base, name, a, b, reader) for a, b in pairs]
        kept = [pair for pair, each in zip(pairs, told, strict=True) if kind == "commits" or not each.changed]
        found, means = found + told, means + _means(base, name, kept, reader)
        unshared[name] = (len(first.keys() - other.keys()), len(other.keys() - first.keys()))
    return Comparison(list(sides), kind, found, means, unshared)


def _difference(kind: str, base: str, name: str, first: Side, other: Side, reader: Reader) -> Difference:
    seeds = shared_seeds([first.records, other.records])
    scores = [[_score(side.records[seed]) for seed in seeds] for side in (first, other)]
    both = [(first.records[seed], other.records[seed]) for seed in seeds]
    recipes = {(one.variant, another.variant): (one, another) for one, another in both}.values()
    changed = sorted({part for one, another in recipes for part in _changed(kind, reader, one, another)})
    found = reader.lift(other, first) if kind == "commits" or not changed else None
    return Difference(
        first=base,
        other=name,
        cell=first.cell,
        metric=metric_of(first.records[seeds[0]]),
        n=len(seeds),
        scores=(fmean(scores[0]), fmean(scores[1])),
        low=found.low if found else None,
        high=found.high if found else None,
        identical=scores[0] == scores[1],
        meters=_meters(reader.store, first.measured, other.measured),
        changed=changed,
    )


def _score(record: "Record") -> float:
    return record.metrics[metric_of(record)]


def _changed(kind: str, reader: Reader, first: "Record", other: "Record") -> list[str]:
    """The parts of the specs that differ, of two commits also in the pretraining, by their names alone."""
    if kind == "models":
        return [part for part in SAME if first.spec.get(part) != other.spec.get(part)]
    named = {line.partition(":")[0] for line in differences(first.spec, other.spec)} - {"parent"}
    one, another = (reader.store.quality(record.spec.get("parent", "")) for record in (first, other))
    if one and another and one.key != another.key:
        named |= {f"pretraining's {line.partition(':')[0]}" for line in differences(one.spec, another.spec)}
    return sorted(named)


def _means(base: str, name: str, pairs: Sequence[tuple[Side, Side]], reader: Reader) -> list[MeanDifference]:
    """Over the tasks of each pretraining, protocol and number of labels, if there are two or more."""
    groups: dict[str, list[tuple[Side, Side]]] = {}
    for pair in pairs:
        shared = [pair[0].cell[part] for part in ("pretraining", "protocol", "shots")]
        groups.setdefault(canonical(shared), []).append(pair)
    found = [_mean(base, name, inside, reader) for inside in groups.values() if len(inside) > 1]
    return [each for each in found if each is not None]


def _mean(base: str, name: str, inside: Sequence[tuple[Side, Side]], reader: Reader) -> MeanDifference | None:
    seeds = shared_seeds(side.records for pair in inside for side in pair)
    if not seeds:
        return None
    means = [[fmean(_score(side.records[seed]) for seed in seeds) for side in pair] for pair in inside]
    parts = [reader.parts([(1.0, other), (-1.0, first)], seeds) for first, other in inside]
    known = [each for each in parts if each is not None]
    interval = interval_of(known) if len(known) == len(parts) else None
    return MeanDifference(
        first=base,
        other=name,
        cell={**inside[0][0].cell, "task": None},
        tasks=[first.cell["task"] for first, _ in inside],
        n=len(seeds),
        difference=fmean(other - first for first, other in means),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )


def _meters(store: "Store", first: Sequence["Record"], other: Sequence["Record"]) -> Meters | None:
    """On the machine that both ran on, of several the one with the most records; None where there is none."""
    one, another = _by_machine(store, first), _by_machine(store, other)
    shared = {where: min(len(one[where]), len(another[where])) for where in one if where in another}
    if not shared:
        return None
    where = max(shared, key=lambda each: shared[each])
    return Meters(*where, {name: (_median(one[where], name), _median(another[where], name)) for name in METERS})


def _by_machine(store: "Store", records: Sequence["Record"]) -> "dict[tuple[str | None, Any], list[Record]]":
    found: dict[tuple[str | None, Any], list[Record]] = {}
    for record in records:
        found.setdefault(machine(store, record), []).append(record)
    return found


def _median(records: Sequence["Record"], name: str) -> float | None:
    values = [value for record in records if (value := record.meters.get(name)) is not None]
    return median(values) if values else None
