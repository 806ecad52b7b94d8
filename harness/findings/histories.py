"""A cell's recipes in the order in which they were first recorded, and what ended otherwise than before.

A variant is what decides a cell's keys: its code, its data, the versions of its packages. Records of two variants are
never mixed; a later attempt at an earlier one belongs to the earlier. Of each seed the earliest record that ended well
counts, as on the board. The change from one variant to the next is that of `compare` of two commits, with its interval
for new seeds and new test items.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from harness.findings.cell_records import OK, Cell, metric_of
from harness.findings.compare import Difference, Side, comparison
from harness.findings.items import Reader
from harness.findings.nights import Made
from harness.stats.intervals import Interval

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True)
class Variant:
    """A recipe of a cell: the night in which it first ended well, and its score since."""

    night: int
    began: str
    """When the trial started that first ended well: it tells the recipes of one night apart."""
    side: Side
    reader: Reader

    @property
    def records(self) -> Mapping[int, "Record"]:
        """By seed, the earliest that ended well."""
        return self.side.records

    @property
    def interval(self) -> Interval | None:
        """That of the score, for new seeds and new test items; it is made when it is asked for."""
        return self.reader.mean(self.side)

    @property
    def score(self) -> float:
        return fmean(record.metrics[metric_of(record)] for record in self.records.values())


@dataclass(frozen=True)
class History:
    """A cell of two recipes or more."""

    cell: Cell
    metric: str
    variants: Sequence[Variant]
    changes: Sequence[Difference | None]
    """From each variant to the next; None where they share no seed."""


@dataclass(frozen=True)
class Turn:
    """A trial, or another recipe of its cell at its seed, that ended otherwise than it did before."""

    cell: Cell
    role: str
    seed: int
    first: int
    other: int
    """The nights of both attempts."""
    began: tuple[str, str]
    """When both started."""
    before: str
    after: str
    same: bool
    """Whether both attempts were at one recipe."""

    @property
    def works(self) -> bool:
        return self.after == OK


def histories_of(store: "Store", made: Sequence[Made]) -> list[History]:
    """The cells of two recipes or more; `made` holds the reported trials that count, in the order of their start."""
    cells: dict[str, dict[str, list[Made]]] = {}
    for each in made:
        if each.record.status == OK:
            cells.setdefault(each.place, {}).setdefault(each.record.variant, []).append(each)
    several = [variants for variants in cells.values() if len(variants) > 1]
    reader = Reader(store, (each.record for variants in several for inside in variants.values() for each in inside))
    return [_history([*variants.values()], reader) for variants in several]


def _history(variants: Sequence[Sequence[Made]], reader: Reader) -> History:
    sides = [_side(inside) for inside in variants]
    cell = sides[0].cell
    told = [
        comparison("commits", {"first": {"": one}, "other": {"": other}}, reader)
        for one, other in itertools.pairwise(sides)
    ]
    return History(
        cell=cell,
        metric=metric_of(variants[-1][0].record),
        variants=[
            Variant(inside[0].night, inside[0].record.started, side, reader)
            for inside, side in zip(variants, sides, strict=True)
        ],
        changes=[each.differences[0] if each.differences else None for each in told],
    )


def _side(inside: Sequence[Made]) -> Side:
    records: dict[int, Record] = {}
    for each in inside:
        records.setdefault(each.record.seed, each.record)
    return Side(inside[0].cell, dict(sorted(records.items())), [each.record for each in inside])


def turns_of(made: Sequence[Made]) -> list[Turn]:
    """What failed and works now, and the reverse: of each cell and seed the last attempts that ended otherwise."""
    last: dict[tuple[str, object, int], Made] = {}
    found: dict[tuple[str, object, int], Turn] = {}
    for each in made:
        record, night, place, cell = each
        name = (place, cell.get("rate"), record.seed)
        before = last.get(name)
        last[name] = each
        if before and (before.record.status == OK) != (record.status == OK):
            found[name] = Turn(
                cell=cell,
                role=record.role,
                seed=record.seed,
                first=before.night,
                other=night,
                began=(before.record.started, record.started),
                before=before.record.status,
                after=record.status,
                same=before.record.variant == record.variant,
            )
    return list(found.values())
