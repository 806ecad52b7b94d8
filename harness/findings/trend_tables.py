"""The table of all changes, shared by the parts of the trends; the tables of nights and of outcomes."""

from collections.abc import Sequence
from typing import Any

from harness.cells import Cell, Coordinates
from harness.findings.base import Column, Row, Section, Table, attributes, with_data
from harness.findings.columns import PRETRAINING, PROBLEM, cell_columns
from harness.findings.nights import Night
from harness.findings.variants import OutcomeChange

COLUMNS = [
    "kind", "measure", *PRETRAINING, *PROBLEM,
    "rate", "seed", "hardware", "workers", "from_night", "from_commit", "from_changed", "from_began", "to_night",
    "to_commit", "to_changed", "to_began", "n", "before", "after", "change", "low", "high", "verdict", "changed",
]  # fmt: skip
"""One row a change. `kind` is `quality` (a cell, from one variant to the next; `change` is the difference of scores),
`meter` (a ratio of a series; `before` and `after` are its index, `change` their ratio, `n` the shared cells) or
`outcome` (a trial; `before` and `after` are its statuses). `from_began` and `to_began` are the starts of the first
trial of a variant or a night, or of the trial. `low` and `high` bound the 0.95 interval of `change`."""
NIGHTS = [
    Column("night", "night", "number of the night", format="count"),
    Column("day", "day", "UTC"),
    Column("commit", "commit", "+: with uncommitted changes"),
    Column("hardware", "machine"),
    Column("trials", "trials", "finished attempts", format="count"),
    Column("failed", "failed", format="count"),
    *map(Column, ("began", "environment", "full_commit", "changed")),
]
TIME = slice(len("2026-01-01T"), len("2026-01-01T00:00:00"))


def change_table(rows: Sequence[Row], *shown: Column, title: str = "") -> Table:
    """A part of the table `trends`: the shown columns, and all of `COLUMNS` as data."""
    return Table(with_data(shown, *COLUMNS), rows, "trends", title)


FROM, TO = Column("from", "from", "night and commit; UTC within one night"), Column("to", "to", "night and commit")


def between(nights: Sequence[Night], first: tuple[int, str], other: tuple[int, str]) -> dict[str, Any]:
    """The columns of both ends of a change, each the number of a night and a start in it."""
    row: dict[str, Any] = {}
    for side, (number, began) in (("from", first), ("to", other)):
        night = nights[number]
        time = f", {began[TIME]}" if first[0] == other[0] else ""
        row |= {side: night.label + time, f"{side}_night": night.day, f"{side}_commit": night.commit}
        row |= {f"{side}_changed": night.changed, f"{side}_began": began}
    return row


def change_cell(of: Coordinates) -> dict[str, Any]:
    """The columns of a cell or pretraining, with the rate of a tuning trial."""
    return cell_columns(of) | {"rate": of.rate if isinstance(of, Cell) else None}


def nights_section(nights: Sequence[Night]) -> Section:
    """The nights, the newest first."""
    rows = [
        attributes(night, "day", "hardware", "trials", "failed", "began", "environment", "changed")
        | {"night": night.number + 1, "commit": night.commit_label, "full_commit": night.commit}
        for night in reversed(nights)
    ]
    return Section("Nights", tables=[Table(NIGHTS, rows, "nights")])


def outcomes_section(nights: Sequence[Night], outcomes: Sequence[OutcomeChange]) -> list[Section]:
    """The trials whose outcome changed, the newest first; no section where there is none."""
    if not outcomes:
        return []
    table = change_table(
        [_outcome(nights, each) for each in reversed(outcomes)],
        Column("trial", "trial"),
        FROM,
        TO,
        Column("before", "before"),
        Column("after", "after"),
        Column("changed", "variant", "whether the variant changed too"),
    )
    return [Section("Trials that started or ceased to fail", tables=[table])]


def _outcome(nights: Sequence[Night], each: OutcomeChange) -> Row:
    first, other = each.first, each.other
    ends = between(nights, (each.nights[0], first.started), (each.nights[1], other.started))
    return change_cell(other.cell) | ends | {
        "kind": "outcome", "measure": other.role, "seed": other.seed, "n": 1, "before": first.status,
        "after": other.status, "verdict": "works" if each.succeeds else "fails",
        "changed": "" if each.same_variant else "recipe", "trial": f"{other.cell.label} · seed {other.seed}",
    }  # fmt: skip
