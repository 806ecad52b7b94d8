"""When records were made. A night is what one environment recorded in sweeps that began on one UTC day.

An environment is a commit with its packages on one machine. A sweep that was interrupted and went on the same day is
one night, and one that runs past midnight stays one. Two nights of one environment tell how much a machine differs from
itself; two of different environments also what a commit or a package changed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.findings.cell_records import INTERRUPTED, Cell, recorded_of

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

DAY = len("2026-01-01")


@dataclass(frozen=True)
class Night:
    """What one environment recorded in sweeps that began on one day."""

    began: str
    """When its first trial started."""
    environment: str
    commit: str | None
    changed: bool
    """Whether files differed from the commit."""
    hardware: str | None
    statuses: Mapping[str, int]
    """How many attempts ended how."""

    @property
    def day(self) -> str:
        return self.began[:DAY]


class Made(NamedTuple):
    """A record, the number of the night it was made in, and what it is of: its cell's text, and the cell."""

    record: "Record"
    night: int
    place: str
    cell: Cell


def made_of(store: "Store", cells: Iterable[Cell]) -> tuple[list[Night], list[Made]]:
    """The nights of the cells and of the pretrainings below them, in order, and the records made in them, in the order
    of their start. What was interrupted is no outcome."""
    found = list(recorded_of((record for record in store.all() if record.status != INTERRUPTED), cells))
    found.sort(key=lambda each: each[0].started)
    days = _days(record for record, _ in found)
    names = [(record.environment, days.get(_segment(record), record.started[:DAY])) for record, _ in found]
    began: dict[tuple[str, str], str] = {}
    statuses: dict[tuple[str, str], Counter[str]] = {}
    for (record, _), name in zip(found, names, strict=True):
        began.setdefault(name, record.started)
        statuses.setdefault(name, Counter())[record.status] += 1
    numbers = {name: number for number, name in enumerate(began)}
    nights = [_night(store.environment(name[0]) or {}, name[0], began[name], statuses[name]) for name in began]
    made = [Made(record, numbers[name], place, record.cell) for (record, place), name in zip(found, names, strict=True)]
    return nights, made


def _segment(record: "Record") -> Any:
    return record.place.segment if record.place else None


def _days(records: Iterable["Record"]) -> dict[Any, str]:
    """The day on which each sweep began; `records` are in the order of their start."""
    days: dict[Any, str] = {}
    for record in records:
        if record.place and record.place.segment not in days:
            days[record.place.segment] = record.started[:DAY]
    return days


def _night(environment: Mapping[str, Any], name: str, began: str, statuses: Mapping[str, int]) -> Night:
    return Night(
        began=began,
        environment=name,
        commit=environment.get("commit") or None,
        changed=bool(environment.get("changed")),
        hardware=environment.get("hardware"),
        statuses=dict(statuses),
    )


def reported(made: Iterable[Made], seeds: Collection[int] | None) -> list[Made]:
    """Those of reported trials at the seeds that count."""
    return [each for each in made if each.record.role == "reported" and (seeds is None or each.record.seed in seeds)]
