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

from harness.cells import Cell, Coordinates
from harness.findings.cell_records import OK, metric_of
from harness.findings.differences import COMMITS, Difference, Side, difference
from harness.findings.items import Items, shared_seeds
from harness.findings.nights import NightRecord
from harness.grouping import group_by
from harness.stats.intervals import Interval

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True)
class Variant:
    """A variant of a cell: the night of its first `ok` record, and its score."""

    night: int
    began: str
    """The start of its first `ok` trial: it orders the variants of one night."""
    side: Side
    """The earliest `ok` record of each seed."""
    items: Items

    @property
    def records(self) -> Mapping[int, "Record"]:
        return self.side.records

    @cached_property
    def interval(self) -> Interval | None:
        """The interval of its score, computed when it is used."""
        return self.items.mean(self.side)

    @property
    def score(self) -> float:
        return fmean(record.metrics[metric_of(record)] for record in self.records.values())


@dataclass(frozen=True)
class CellVariants:
    """A cell of two or more variants."""

    cell: Cell
    metric: str
    variants: Sequence[Variant]
    changes: Sequence[Difference | None]
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


def cells_with_variants(store: "Store", recorded: Sequence[NightRecord]) -> list[CellVariants]:
    """The cells of two or more variants. `recorded` are the reported trials that count, in the order of their start."""
    cells = group_by((each for each in recorded if each.record.status == OK), lambda each: each.record.cell)
    variants = {cell: [*group_by(own, lambda each: each.record.variant).values()] for cell, own in cells.items()}
    several = {cell: own for cell, own in variants.items() if isinstance(cell, Cell) and len(own) > 1}
    items = Items(store, (each.record for own in several.values() for inside in own for each in inside))
    return [_cell_variants(cell, own, items) for cell, own in several.items()]


def _cell_variants(cell: Cell, recorded: Sequence[Sequence[NightRecord]], items: Items) -> CellVariants:
    variants = [_variant(cell, inside, items) for inside in recorded]
    return CellVariants(
        cell=cell,
        metric=metric_of(recorded[-1][0].record),
        variants=variants,
        changes=[_change(one.side, other.side, items) for one, other in itertools.pairwise(variants)],
    )


def _variant(cell: Cell, inside: Sequence[NightRecord], items: Items) -> Variant:
    records: dict[int, Record] = {}
    for each in inside:
        records.setdefault(each.record.seed, each.record)
    side = Side(cell, dict(sorted(records.items())), [each.record for each in inside])
    return Variant(inside[0].night, inside[0].record.started, side, items)


def _change(first: Side, other: Side, items: Items) -> Difference | None:
    shared = shared_seeds([first.records, other.records])
    return difference(COMMITS, "first", "other", first, other, items) if shared else None


def outcome_changes(recorded: Sequence[NightRecord]) -> list[OutcomeChange]:
    """The last change between success and failure of each cell and seed. `recorded` are in the order of their start."""
    last: dict[tuple[Coordinates, int], NightRecord] = {}
    changes: dict[tuple[Coordinates, int], OutcomeChange] = {}
    for each in recorded:
        trial = each.record.cell, each.record.seed
        before = last.get(trial)
        last[trial] = each
        if before and (before.record.status == OK) != (each.record.status == OK):
            changes[trial] = OutcomeChange(before.record, each.record, (before.night, each.night))
    return list(changes.values())
