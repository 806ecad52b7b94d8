"""The variants of a cell in the order of their first records, and the change of its score from each to the next.

A variant is determined by everything in a cell's key but its seeds: code, data, versions of packages. Records of two
variants are never pooled; a later attempt at an earlier variant belongs to the earlier. The earliest `ok` record of
each seed counts, as on the board. A change has its interval for new seeds and new test items, as between two commits.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING

from harness.catalog.differences import differences
from harness.cells import Cell, Coordinates
from harness.findings.cell_records import OK, metric_of
from harness.findings.items import Items, shared_seeds
from harness.findings.nights import Made
from harness.stats.intervals import Interval, says

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True)
class Variant:
    """A variant of a cell: the night of its first `ok` record, and its score."""

    night: int
    began: str
    """The start of its first `ok` trial: it orders the variants of one night."""
    records: Mapping[int, "Record"]
    """The earliest `ok` record of each seed."""
    items: Items

    @cached_property
    def interval(self) -> Interval | None:
        """The interval of its score, computed when it is used."""
        return self.items.mean(self)

    @cached_property
    def scores(self) -> dict[int, float]:
        """By seed."""
        return {seed: record.metrics[metric_of(record)] for seed, record in self.records.items()}

    @property
    def score(self) -> float:
        return fmean(self.scores.values())


@dataclass(frozen=True)
class Change:
    """The score of a variant minus that of the one before, over the n seeds that both have, with its 0.95 interval."""

    n: int
    before: float
    after: float
    low: float | None
    high: float | None
    identical: bool
    """Whether every seed has the same score."""
    changed: list[str]
    """The parts of the spec that differ."""

    @property
    def difference(self) -> float:
        return self.after - self.before

    @property
    def verdict(self) -> str:
        """`higher` or `lower` where the interval excludes zero, `identical`, else `undecided`."""
        return "identical" if self.identical else says(self.low, self.high, "higher", "lower")


@dataclass(frozen=True)
class CellVariants:
    """A cell of two or more variants."""

    cell: Cell
    metric: str
    variants: Sequence[Variant]
    changes: Sequence[Change | None]
    """From each variant to the next; None where they share no seed."""

    @property
    def moved(self) -> bool:
        """Whether a score changed, or scores are not comparable."""
        return not all(change and change.identical for change in self.changes)

    @property
    def largest(self) -> float:
        """The largest absolute difference."""
        return max(abs(change.difference) if change else 0.0 for change in self.changes)


@dataclass(frozen=True)
class OutcomeChange:
    """A trial that was `ok` and failed at its last attempt of the same cell and seed, or the reverse."""

    first: "Record"
    other: "Record"
    nights: tuple[int, int]

    @property
    def succeeds(self) -> bool:
        return self.other.status == OK

    @property
    def same_variant(self) -> bool:
        return self.first.variant == self.other.variant


def cells_with_variants(store: "Store", made: Sequence[Made]) -> list[CellVariants]:
    """The cells of two or more variants. `made` are the reported trials that count, in the order of their start."""
    cells: dict[Cell, dict[str, list[Made]]] = {}
    for each in made:
        if each.record.status == OK and isinstance(each.record.cell, Cell):
            cells.setdefault(each.record.cell, {}).setdefault(each.record.variant, []).append(each)
    several = {cell: variants for cell, variants in cells.items() if len(variants) > 1}
    items = Items(store, (each.record for own in several.values() for inside in own.values() for each in inside))
    return [_cell_variants(cell, [*variants.values()], items) for cell, variants in several.items()]


def _cell_variants(cell: Cell, made: Sequence[Sequence[Made]], items: Items) -> CellVariants:
    variants = [_variant(inside, items) for inside in made]
    return CellVariants(
        cell=cell,
        metric=metric_of(made[-1][0].record),
        variants=variants,
        changes=[_change(one, other, items) for one, other in itertools.pairwise(variants)],
    )


def _variant(inside: Sequence[Made], items: Items) -> Variant:
    records: dict[int, Record] = {}
    for each in inside:
        records.setdefault(each.record.seed, each.record)
    return Variant(inside[0].night, inside[0].record.started, dict(sorted(records.items())), items)


def _change(first: Variant, other: Variant, items: Items) -> Change | None:
    seeds = shared_seeds([first.records, other.records])
    if not seeds:
        return None
    before, after = ([side.scores[seed] for seed in seeds] for side in (first, other))
    interval = items.lift(other, first)
    return Change(
        n=len(seeds),
        before=fmean(before),
        after=fmean(after),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        identical=before == after,
        changed=changed_parts(items.store, first.records[seeds[-1]], other.records[seeds[-1]]),
    )


def changed_parts(store: "Store", first: "Record", other: "Record") -> list[str]:
    """The parts in which the specs of two records, and those of their pretrainings, differ."""
    parts = {line.partition(":")[0] for line in differences(first.spec, other.spec)} - {"parent"}
    one, another = (store.first_ok(record.spec.get("parent", "")) for record in (first, other))
    if one and another and one.key != another.key:
        parts |= {f"pretraining's {line.partition(':')[0]}" for line in differences(one.spec, another.spec)}
    return sorted(parts)


def outcome_changes(made: Sequence[Made]) -> list[OutcomeChange]:
    """The last change between success and failure of each cell and seed. `made` are in the order of their start."""
    last: dict[tuple[Coordinates, int], Made] = {}
    changes: dict[tuple[Coordinates, int], OutcomeChange] = {}
    for each in made:
        trial = each.record.cell, each.record.seed
        before = last.get(trial)
        last[trial] = each
        if before and (before.record.status == OK) != (each.record.status == OK):
            changes[trial] = OutcomeChange(before.record, each.record, (before.night, each.night))
    return list(changes.values())
