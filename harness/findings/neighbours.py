"""Which training examples lie next to test examples in the features of the best pretraining, and from scratch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SCRATCH
from harness.findings.cell_records import Cell, Counted
from harness.findings.inspected import Seen, problem_of, problems_of
from harness.findings.registry_facts import Entries

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True)
class Neighbourhood:
    """One cell: what lies next to what at its first seed."""

    cell: Cell
    seed: int
    neighbours: Sequence[Sequence[int]]
    """For each query places in the gallery, the nearest first."""
    right: float | None
    """The share of neighbours that are of their query's class, the mean over seeds; None where there are no classes."""
    n: int


@dataclass(frozen=True)
class Shown:
    """A problem's panel, and its best pretraining beside scratch of the same encoder."""

    problem: dict[str, Any]
    panel: Mapping[str, Any]
    """`classes`, the labels of `queries` and `gallery`, and `texts` or `pixels` of both in a row."""
    cells: list[Neighbourhood]


def neighbours(
    store: "Store", seen: Mapping[str, Seen], found: Sequence[Counted], scratch: Mapping[str, Counted], entries: Entries
) -> list[Shown]:
    """For each problem that was looked at; best is the highest test score of what is no reference and saw no labels."""
    told = []
    for inside in problems_of(seen, found):
        ranked = sorted((each for each in inside if _ranked(each, entries)), key=lambda each: -fmean(_scores(each)))
        pair = [ranked[0], scratch.get(ranked[0].opponent)] if ranked else []
        cells = [each for each in pair if each is not None and _looked(each, seen)]
        if cells:
            record = _looked(cells[0], seen)[0]
            panel = store.shared(record, seen[record.key].examples)
            same = [each for each in cells if _looked(each, seen)[0].spec["task"] == record.spec["task"]]
            if panel:
                told.append(Shown(problem_of(inside[0].cell), panel, [_of(each, seen, panel) for each in same]))
    return told


def _ranked(each: Counted, entries: Entries) -> bool:
    pretraining = each.cell["pretraining"]
    return pretraining["objective"] != SCRATCH and entries.competes(pretraining)


def _scores(each: Counted) -> list[float]:
    return list(each.scores.values())


def _looked(each: Counted, seen: Mapping[str, Seen]) -> "list[Record]":
    """Its records that were looked at, by seed in order."""
    return [record for _, record in sorted(each.records.items()) if record.key in seen]


def _of(each: Counted, seen: Mapping[str, Seen], panel: Mapping[str, Any]) -> Neighbourhood:
    records = _looked(each, seen)
    shares = [_right(seen[record.key].neighbours, panel) for record in records]
    right = fmean(share for share in shares if share is not None) if panel["classes"] else None
    return Neighbourhood(each.cell, records[0].seed, seen[records[0].key].neighbours, right, len(records))


def _right(found: Sequence[Sequence[int]], panel: Mapping[str, Any]) -> float | None:
    """The share of neighbours that are of their query's class."""
    if not panel["classes"]:
        return None
    pairs = zip(panel["queries"], found, strict=False)
    return fmean(panel["gallery"][place] == label for label, places in pairs for place in places)
