"""Which test examples a trial got right, as its record holds them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harness.analysis.intervals import Floats, Interval, interval

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True)
class Correct:
    """The share of draws that got each test item right (items,), and the items' clusters (items,)."""

    shares: Floats
    groups: npt.NDArray[np.int64]

    def same_items(self, other: "Correct") -> bool:
        """Whether both are about the same test items, as far as that can be seen here."""
        return len(self.shares) == len(other.shares) and bool((self.groups == other.groups).all())


def decode(correct: Mapping[str, Any]) -> Correct:
    """From packed bits (draws, items) and runs of [cluster, length]; without runs each item is its own cluster."""
    draws, items = int(correct["draws"]), int(correct["items"])
    packed = np.frombuffer(base64.b64decode(correct["bits"]), dtype=np.uint8)
    bits = np.unpackbits(packed, count=draws * items).reshape(draws, items)
    runs = correct.get("groups")
    if runs is None:
        groups = np.arange(items)
    else:
        groups = np.repeat([number for number, _ in runs], [length for _, length in runs])
    return Correct(bits.mean(axis=0), groups.astype(np.int64))


class Correctness:
    """Reads each record's correctness once."""

    def __init__(self, store: "Store") -> None:
        self.store = store
        self._read: dict[str, Correct | None] = {}

    def of(self, record: "Record") -> Correct | None:
        """None where nothing lies beside the record."""
        if record.key not in self._read:
            beside = self.store.beside(record)
            found = beside.get("correct") if beside else None
            self._read[record.key] = decode(found) if found else None
        return self._read[record.key]

    def mean(self, records: Mapping[int, "Record"]) -> Interval | None:
        """The interval of the share of right answers over records by seed."""
        found = [self.of(record) for record in records.values()]
        return _interval([(each, None) for each in found])

    def lift(self, records: Mapping[int, "Record"], control: Mapping[int, "Record"]) -> Interval | None:
        """The interval of the difference from the control, paired by seed and by test item."""
        shared = sorted(records.keys() & control.keys())
        return _interval([(self.of(records[seed]), self.of(control[seed])) for seed in shared], paired=True)


def _interval(pairs: list[tuple[Correct | None, Correct | None]], paired: bool = False) -> Interval | None:
    """Of the first, or of the first less the second; None where one is not known or items differ."""
    rows: list[Floats] = []
    first = pairs[0][0] if pairs else None
    for one, other in pairs:
        if first is None or one is None or not one.same_items(first):
            return None
        if paired and (other is None or not other.same_items(first)):
            return None
        rows.append(one.shares - other.shares if other is not None else one.shares)
    return interval(np.stack(rows), first.groups) if rows and first is not None else None
