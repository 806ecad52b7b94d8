"""How a trial's score would move with other test items, as its record holds it: bit by bit, or resampled."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harness.analysis.intervals import Floats, Interval, Parts, interval_of, parts_of, parts_of_redraws

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True)
class Correct:
    """The share of draws that got each test item right (items,), and the items' clusters (items,)."""

    shares: Floats
    groups: npt.NDArray[np.int64]

    def same_items(self, other: "Evidence") -> bool:
        """Whether both are about the same test items, as far as that can be seen here."""
        return (
            isinstance(other, Correct)
            and len(self.shares) == len(other.shares)
            and bool((self.groups == other.groups).all())
        )


@dataclass(frozen=True)
class Resampled:
    """A metric that is no mean over items: its value, and its values over fixed redraws of the clusters (redraws,)."""

    value: float
    values: Floats
    clusters: int

    def same_items(self, other: "Evidence") -> bool:
        """Whether both are about the same redraws of the same number of clusters."""
        return isinstance(other, Resampled) and (self.clusters, len(self.values)) == (other.clusters, len(other.values))


Evidence = Correct | Resampled


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


def metric_of(record: "Record") -> str:
    """The metric that a record's task is judged by."""
    return str(record.spec["task"].get("metric", "accuracy"))


class Reader:
    """Reads each record's evidence once."""

    def __init__(self, store: "Store") -> None:
        self.store = store
        self._read: dict[str, Evidence | None] = {}

    def of(self, record: "Record") -> Evidence | None:
        """None where nothing lies beside the record."""
        if record.key not in self._read:
            self._read[record.key] = self._found(record)
        return self._read[record.key]

    def mean(self, records: Mapping[int, "Record"]) -> Interval | None:
        """The interval of the mean score over records by seed."""
        return self.contrast([(1.0, records)])

    def lift(self, records: Mapping[int, "Record"], control: Mapping[int, "Record"]) -> Interval | None:
        """The interval of the difference from the control, paired by seed and by test item."""
        return self.contrast([(1.0, records), (-1.0, control)])

    def contrast(self, terms: Sequence[tuple[float, Mapping[int, "Record"]]]) -> Interval | None:
        """The interval of a weighted sum of scores, over the seeds that all terms have, paired by seed and test item.

        None where nothing is known of the test items of one of them, or where they are other items.
        """
        found = self.parts(terms)
        return interval_of([found]) if found else None

    def parts(self, terms: Sequence[tuple[float, Mapping[int, "Record"]]]) -> Parts | None:
        """What the variance of such a sum is made of; None as for `contrast`."""
        seeds = shared_seeds(records for _, records in terms)
        found = [[self.of(records[seed]) for seed in seeds] for _, records in terms]
        first = found[0][0] if seeds else None
        if first is None or any(one is None or not one.same_items(first) for row in found for one in row):
            return None
        weights = [weight for weight, _ in terms]
        if isinstance(first, Correct):
            return parts_of(_summed(weights, found, "shares"), first.groups)
        return parts_of_redraws(_summed(weights, found, "value"), _summed(weights, found, "values"), first.clusters)

    def _found(self, record: "Record") -> Evidence | None:
        beside = self.store.beside(record) or {}
        if "correct" in beside:
            return decode(beside["correct"])
        if "resamples" in beside:
            found = beside["resamples"]
            return Resampled(record.metrics[metric_of(record)], np.array(found["values"]), int(found["clusters"]))
        return None


def shared_seeds(terms: Iterable[Mapping[int, "Record"]]) -> list[int]:
    """The seeds that all have, in order."""
    return sorted(set.intersection(*(set(records) for records in terms)))


def _summed(weights: Sequence[float], found: Sequence[Sequence[Evidence | None]], name: str) -> Floats:
    """A figure of the evidence (seeds, ...), summed over the terms by their weights."""
    figures = np.array([[getattr(one, name) for one in row] for row in found], dtype=np.float64)
    return np.tensordot(np.array(weights), figures, axes=1)
