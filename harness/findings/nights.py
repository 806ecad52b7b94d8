"""The nights of a suite: the records of one environment in sweeps that began on one UTC day.

An environment is a commit with its packages on one machine. An interrupted sweep that was continued on the same day is
one night, and so is one that runs past midnight. Two nights of one environment show the variation of the machine; two
of different environments also show the effect of a commit or a package.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.cells import Cell
from harness.findings.cell_records import INTERRUPTED, OK, records_of
from harness.grouping import group_by

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

DAY = len("2026-01-01")
SHOWN = 7
"""The digits of a commit that are shown."""


@dataclass(frozen=True)
class Night:
    """The records of one environment in sweeps that began on one day."""

    number: int
    """Its position in time, from 0."""
    began: str
    """The start of its first trial."""
    environment: str
    commit: str | None
    changed: bool
    """Whether files differed from the commit."""
    hardware: str | None
    statuses: Mapping[str, int]
    """The number of attempts by status."""

    @property
    def day(self) -> str:
        return self.began[:DAY]

    @property
    def trials(self) -> int:
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        return self.trials - self.statuses.get(OK, 0)

    @property
    def commit_label(self) -> str:
        """The first digits of its commit, with + where files differed from it."""
        return f"{self.commit[:SHOWN]}{'+' * self.changed}" if self.commit else "no commit"

    @property
    def label(self) -> str:
        """`3: 40a62b5+`, counted from 1."""
        return f"{self.number + 1}: {self.commit_label}"


class NightRecord(NamedTuple):
    """A record and the number of its night."""

    record: "Record"
    night: int


def nights_of(store: "Store", cells: Iterable[Cell]) -> tuple[list[Night], list[NightRecord]]:
    """The nights of the cells and their pretrainings, in order, and their records in the order of their start.

    Interrupted attempts are excluded: they have no outcome.
    """
    attempts = (record for record in store.all() if record.status != INTERRUPTED)
    records = sorted((record for record, _ in records_of(attempts, cells)), key=lambda record: record.started)
    days: dict[Path, str] = {}
    """The day on which each sweep began, by the segment of its records."""

    def name(record: "Record") -> tuple[str, str]:
        day = record.started[:DAY]
        return record.environment, days.setdefault(record.location.segment, day) if record.location else day

    nights = group_by(records, name)
    numbers = {each: number for number, each in enumerate(nights)}
    recorded = [NightRecord(record, numbers[name(record)]) for record in records]
    return [_night(number, store, inside) for number, inside in enumerate(nights.values())], recorded


def _night(number: int, store: "Store", records: "Sequence[Record]") -> Night:
    environment = store.environment(records[0].environment) or {}
    return Night(
        number=number,
        began=records[0].started,
        environment=records[0].environment,
        commit=environment.get("commit") or None,
        changed=bool(environment.get("changed")),
        hardware=environment.get("hardware"),
        statuses=Counter(record.status for record in records),
    )
