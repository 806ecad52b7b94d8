"""The records that were made at two commits, cell by cell, whatever variant of code and data they ran."""

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.findings.cell_records import Cell, recorded_of, settled, standing
from harness.findings.compare import Comparison, Side, comparison
from harness.findings.items import Evidence, Reader

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


class Attempts(Reader):
    """Reads every attempt for itself: those of two commits at one trial have one key."""

    def of(self, record: "Record") -> Evidence | None:
        return Reader(self.store).of(record)


def compare_commits(
    store: "Store", cells: Sequence[Cell], names: Sequence[str], seeds: Collection[int] | None = None
) -> Comparison:
    """The cells' records at one commit against those at another, each named by the beginning of its hash.

    Of several records of a seed at one commit the earliest of the variant that was last attempted counts.
    """
    sides = {name: _made_at(store, {canonical(cell): cell for cell in cells}, name, seeds) for name in names}
    changed = {
        name: sum(bool(_environment(store, r).get("changed")) for side in found.values() for r in side.records.values())
        for name, found in sides.items()
    }
    return replace(comparison("commits", sides, Attempts(store)), uncommitted=changed)


def commits(store: "Store", cells: Sequence[Cell]) -> dict[str, int]:
    """The commits that records of cells and of the pretrainings below them were made at, and how many."""
    found = Counter(_commit(store, record) for record, _ in recorded_of(store.all(), cells))
    return {commit: count for commit, count in found.items() if commit}


def _commit(store: "Store", record: "Record") -> str:
    return _environment(store, record).get("commit") or ""


def _environment(store: "Store", record: "Record") -> Mapping[str, Any]:
    return store.environment(record.environment) or {}


def _made_at(store: "Store", cells: Mapping[str, Cell], prefix: str, seeds: Collection[int] | None) -> dict[str, Side]:
    """By cell, the records of reported trials that ended well at a commit."""
    found: dict[str, list[Record]] = {}
    for record in sorted(store.all(), key=lambda record: record.started):
        counts = record.role == "reported" and (seeds is None or record.seed in seeds)
        if counts and _commit(store, record).startswith(prefix) and (place := canonical(record.cell)) in cells:
            found.setdefault(place, []).append(record)
    good = {place: settled(standing(records))[0] for place, records in found.items()}
    return {
        place: Side(
            cells[place], {seed: records[0] for seed, records in by_seed.items()}, [*itertools.chain(*by_seed.values())]
        )
        for place, by_seed in good.items()
        if by_seed
    }
