"""How a trial's score would move with other test items, as its record holds it: bit by bit, or resampled."""

import base64
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from harness.findings.cell_records import metric_of
from harness.stats.intervals import Floats, Interval, Parts, interval_of, parts_of, parts_of_redraws

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record


@dataclass(frozen=True, slots=True)
class Correct:
    """In how many of its draws a trial got each test item right, and the items' clusters."""

    counts: npt.NDArray[np.unsignedinteger[Any]]
    """(items,)"""
    draws: int
    groups: npt.NDArray[np.int64] | None
    """(items,); None where each item is its own cluster."""

    @property
    def shares(self) -> Floats:
        """The share of draws that got each test item right (items,)."""
        return self.counts / self.draws

    def same_items(self, other: "Evidence") -> bool:
        """Whether both are about the same test items, as far as that can be seen here."""
        if not isinstance(other, Correct) or len(self.counts) != len(other.counts):
            return False
        return self.groups is other.groups or (
            self.groups is not None and other.groups is not None and bool((self.groups == other.groups).all())
        )


@dataclass(frozen=True, slots=True)
class Resampled:
    """A metric that is no mean over items: its value, and its values over fixed redraws of the clusters (redraws,)."""

    value: float
    values: Floats
    clusters: int

    def same_items(self, other: "Evidence") -> bool:
        """Whether both are about the same redraws of the same number of clusters."""
        return isinstance(other, Resampled) and (self.clusters, len(self.values)) == (other.clusters, len(other.values))


Evidence = Correct | Resampled


class Scored(Protocol):
    """What has a score: a cell, or one side of a comparison."""

    @property
    def records(self) -> Mapping[int, "Record"]:
        """Those that ended well, by seed."""


Terms = Sequence[tuple[float, Scored]]
"""What is summed up, each with the weight of its score."""
KEPT = 2
"""The terms of a mean are one, of a lift two."""
RECENT = 64
"""Cells whose stacked evidence is kept: that of a model's scratch serves all its arms."""


def decode(correct: Mapping[str, Any]) -> Correct:
    """From packed bits (draws, items) and runs of [cluster, length]; without runs each item is its own cluster."""
    draws, items = int(correct["draws"]), int(correct["items"])
    packed = np.frombuffer(base64.b64decode(correct["bits"]), dtype=np.uint8)
    bits = np.unpackbits(packed, count=draws * items).reshape(draws, items)
    counts = bits.sum(axis=0, dtype=np.uint8 if draws < 256 else np.uint32)
    runs = correct.get("groups")
    return Correct(counts, draws, None if runs is None else _groups(tuple(map(tuple, runs))))


@functools.lru_cache(maxsize=256)
def _groups(runs: tuple[tuple[int, int], ...]) -> npt.NDArray[np.int64]:
    """Each item's cluster (items,): the same array for all trials of a task."""
    return np.repeat([number for number, _ in runs], [length for _, length in runs]).astype(np.int64)


class Reader:
    """Reads each record's evidence once, that of `records` in one pass over the files when the first is asked for; and
    sums scores up, each sum once."""

    def __init__(self, store: "Store", records: Iterable["Record"] = ()) -> None:
        self.store = store
        self._waiting = list(records)
        self._read: dict[str, Evidence | None] = {}
        self._stacks: dict[tuple[int, tuple[int, ...]], tuple[Scored, _Stack | None]] = {}
        self._parts: dict[tuple[Any, ...], tuple[Terms, Parts | None]] = {}
        self._intervals: dict[int, Interval | None] = {}
        """By the identity of the parts that are kept."""

    def of(self, record: "Record") -> Evidence | None:
        """None where nothing lies beside the record."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._read = dict.fromkeys(each.key for each in waiting)
            self._read |= {each.key: _evidence(each, beside) for each, beside in self.store.all_beside(waiting)}
        if record.key not in self._read:
            self._read[record.key] = _evidence(record, self.store.beside(record) or {})
        return self._read[record.key]

    def unknown(self, records: Iterable["Record"]) -> int:
        """Of how many records nothing is known of the test items."""
        return sum(self.of(record) is None for record in records)

    def mean(self, each: Scored) -> Interval | None:
        """The interval of a cell's mean score."""
        return self.contrast([(1.0, each)])

    def lift(self, each: Scored, control: Scored) -> Interval | None:
        """The interval of the difference from the control, paired by seed and by test item."""
        return self.contrast([(1.0, each), (-1.0, control)])

    def contrast(self, terms: Terms) -> Interval | None:
        """The interval of a weighted sum of scores, over the seeds that all terms have, paired by seed and test item.

        None where nothing is known of the test items of one of them, or where they are other items.
        """
        found = self.parts(terms, shared_seeds(each.records for _, each in terms))
        if found is None or len(terms) > KEPT:
            return interval_of([found]) if found else None
        if id(found) not in self._intervals:
            self._intervals[id(found)] = interval_of([found])
        return self._intervals[id(found)]

    def parts(self, terms: Terms, seeds: Sequence[int]) -> Parts | None:
        """What the variance of such a sum over `seeds` is made of; None as for `contrast`. Means and lifts are kept,
        since several findings hold them."""
        if len(terms) > KEPT:
            return self._summed(terms, seeds)
        name = (*((weight, id(each)) for weight, each in terms), tuple(seeds))
        if name not in self._parts:
            self._parts[name] = terms, self._summed(terms, seeds)  # the terms are held, so that no other has their id
        return self._parts[name][1]

    def _summed(self, terms: Terms, seeds: Sequence[int]) -> Parts | None:
        stacks = [self._stack(each, tuple(seeds)) for _, each in terms] if seeds else []
        known = [stack for stack in stacks if stack]
        if not known or len(known) < len(terms) or any(not one.first.same_items(known[0].first) for one in known):
            return None
        weights, first = [weight for weight, _ in terms], known[0].first
        values = _sum(weights, [stack.values for stack in known])
        if isinstance(first, Correct):
            return parts_of(values, first.groups)
        scores = [stack.scores for stack in known if stack.scores is not None]
        return parts_of_redraws(_sum(weights, scores), values, first.clusters)

    def _stack(self, each: Scored, seeds: tuple[int, ...]) -> "_Stack | None":
        """The evidence of a cell's seeds; the last ones are kept, since a cell's mean and lift and its neighbours' ask
        for the same."""
        name = (id(each), seeds)
        if name not in self._stacks:
            if len(self._stacks) >= RECENT:
                del self._stacks[next(iter(self._stacks))]
            self._stacks[name] = each, _stacked([self.of(each.records[seed]) for seed in seeds])
        return self._stacks[name][1]


@dataclass(frozen=True, slots=True)
class _Stack:
    """The evidence of several seeds about the same test items."""

    first: Evidence
    values: Floats
    """(seeds, items) or (seeds, redraws)"""
    scores: Floats | None = None
    """(seeds,), where they are no means of the values."""


def _stacked(found: Sequence[Evidence | None]) -> _Stack | None:
    first = found[0]
    if first is None or any(one is None or not one.same_items(first) for one in found):
        return None
    if isinstance(first, Correct):
        return _Stack(first, _figures(found, "counts") / _figures(found, "draws")[:, None])
    return _Stack(first, _figures(found, "values"), _figures(found, "value"))


def _evidence(record: "Record", beside: Mapping[str, Any]) -> Evidence | None:
    if "correct" in beside:
        return decode(beside["correct"])
    if "resamples" in beside:
        found = beside["resamples"]
        return Resampled(record.metrics[metric_of(record)], np.array(found["values"]), int(found["clusters"]))
    return None


def shared_seeds(terms: Iterable[Mapping[int, "Record"]]) -> list[int]:
    """The seeds that all have, in order."""
    return sorted(set.intersection(*(set(records) for records in terms)))


def _figures(row: Sequence[Evidence | None], name: str) -> Floats:
    """A figure of the evidence of several trials (seeds, ...)."""
    return np.array([getattr(one, name) for one in row], dtype=np.float64)


def _sum(weights: Sequence[float], figures: Sequence[Floats]) -> Floats:
    """A figure (seeds, ...) of each term, summed by the terms' weights."""
    total = weights[0] * figures[0]
    for weight, figure in zip(weights[1:], figures[1:], strict=True):
        total += weight * figure
    return total
