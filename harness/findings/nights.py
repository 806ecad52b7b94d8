"""The nights of a suite: the records of one environment in sweeps that began on one UTC day.

An environment is a commit with its packages on one machine. An interrupted sweep that was continued on the same day is
one night, and so is one that runs past midnight. Two nights of one environment show the variation of the machine; two
of different environments also show the effect of a commit or a package.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.cells import Cell
from harness.findings.cell_records import INTERRUPTED, OK, records_of

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


class Made(NamedTuple):
    """A record and the number of its night."""

    record: "Record"
    night: int


def nights_of(store: "Store", cells: Iterable[Cell]) -> tuple[list[Night], list[Made]]:
    """The nights of the cells and their pretrainings, in order, and their records in the order of their start.

    Interrupted attempts are excluded: they have no outcome.
    """
    attempts = (record for record in store.all() if record.status != INTERRUPTED)
    records = sorted((record for record, _ in records_of(attempts, cells)), key=lambda record: record.started)
    days = _days(records)
    names = [(record.environment, days.get(_segment(record), record.started[:DAY])) for record in records]
    began: dict[tuple[str, str], str] = {}
    statuses: dict[tuple[str, str], Counter[str]] = {}
    for record, name in zip(records, names, strict=True):
        began.setdefault(name, record.started)
        statuses.setdefault(name, Counter())[record.status] += 1
    numbers = {name: number for number, name in enumerate(began)}
    nights = [
        _night(number, store.environment(name[0]) or {}, name[0], began[name], statuses[name])
        for name, number in numbers.items()
    ]
    return nights, [Made(record, numbers[name]) for record, name in zip(records, names, strict=True)]


def _segment(record: "Record") -> Path | None:
    return record.location.segment if record.location else None


def _days(records: Iterable["Record"]) -> dict[Path | None, str]:
    """The day on which each sweep began; `records` are in the order of their start."""
    days: dict[Path | None, str] = {}
    for record in records:
        if record.location:
            days.setdefault(record.location.segment, record.started[:DAY])
    return days


def _night(number: int, environment: Mapping[str, Any], name: str, began: str, statuses: Mapping[str, int]) -> Night:
    return Night(
        number=number,
        began=began,
        environment=name,
        commit=environment.get("commit") or None,
        changed=bool(environment.get("changed")),
        hardware=environment.get("hardware"),
        statuses=dict(statuses),
    )


def reported(made: Iterable[Made], seeds: Collection[int] | None) -> list[Made]:
    """The reported adaptations at the seeds that count."""
    return [each for each in made if each.record.role == "reported" and (seeds is None or each.record.seed in seeds)]
