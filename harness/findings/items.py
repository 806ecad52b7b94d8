"""Intervals of scores and lifts, from per-item correctness or resampled metrics in the sidecars."""

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
    """The number of draws in which a trial got each test item right, and the items' clusters."""

    counts: npt.NDArray[np.unsignedinteger[Any]]
    """(items,)"""
    draws: int
    groups: npt.NDArray[np.int64] | None
    """(items,); None where each item is its own cluster."""

    @property
    def shares(self) -> Floats:
        """The share of draws that got each test item right (items,)."""
        return self.counts / self.draws

    def same_items(self, other: "ItemScores") -> bool:
        """Whether both have the same number of test items and the same clusters."""
        if not isinstance(other, Correct) or len(self.counts) != len(other.counts):
            return False
        return self.groups is other.groups or (
            self.groups is not None and other.groups is not None and bool((self.groups == other.groups).all())
        )


@dataclass(frozen=True, slots=True)
class Resampled:
    """A metric that is no mean over items: its value, and its values over fixed resamples of clusters (redraws,)."""

    value: float
    values: Floats
    clusters: int

    def same_items(self, other: "ItemScores") -> bool:
        """Whether both have the same redraws of the same number of clusters."""
        return isinstance(other, Resampled) and (self.clusters, len(self.values)) == (other.clusters, len(other.values))


ItemScores = Correct | Resampled


class Scored(Protocol):
    """A cell, or one side of a comparison."""

    @property
    def records(self) -> Mapping[int, "Record"]:
        """The `ok` records by seed."""


Terms = Sequence[tuple[float, Scored]]
"""The terms of a weighted sum of scores."""
CACHED_TERMS = 2
"""Sums of at most two terms are cached: means and lifts, which several findings use."""
CACHED_STACKS = 64
"""Cells whose stacked item scores are cached: those of a scratch control serve all arms of its model."""


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


class Items:
    """The item scores of records, each read once, and intervals of weighted sums of scores.

    The item scores of `records` are read in one pass over the files at the first use.
    """

    def __init__(self, store: "Store", records: Iterable["Record"] = ()) -> None:
        self.store = store
        self._unread = list(records)
        self._read: dict[str, ItemScores | None] = {}
        self._stacks: dict[tuple[int, tuple[int, ...]], tuple[Scored, _Stack | None]] = {}
        self._parts: dict[tuple[Any, ...], tuple[Terms, Parts | None]] = {}
        self._intervals: dict[int, Interval | None] = {}
        """By the identity of the parts that are kept."""

    def of(self, record: "Record") -> ItemScores | None:
        """The item scores of a record; None where the sidecar has none."""
        if self._unread:
            unread, self._unread = self._unread, []
            self._read = dict.fromkeys(each.key for each in unread)
            self._read |= {each.key: _item_scores(each, sidecar) for each, sidecar in self.store.sidecars(unread)}
        if record.key not in self._read:
            self._read[record.key] = _item_scores(record, self.store.sidecar(record) or {})
        return self._read[record.key]

    def unknown(self, records: Iterable["Record"]) -> int:
        """The number of records without item scores."""
        return sum(self.of(record) is None for record in records)

    def mean(self, each: Scored) -> Interval | None:
        """The interval of a cell's mean score."""
        return self.contrast([(1.0, each)])

    def lift(self, each: Scored, control: Scored) -> Interval | None:
        """The interval of the difference from the control, paired by seed and by test item."""
        return self.contrast([(1.0, each), (-1.0, control)])

    def contrast(self, terms: Terms) -> Interval | None:
        """The interval of a weighted sum of scores, over the seeds that all terms have, paired by seed and test item.

        None where one of them has no item scores, or where the test items differ.
        """
        parts = self.parts(terms, shared_seeds(each.records for _, each in terms))
        if parts is None or len(terms) > CACHED_TERMS:
            return interval_of([parts]) if parts else None
        if id(parts) not in self._intervals:
            self._intervals[id(parts)] = interval_of([parts])
        return self._intervals[id(parts)]

    def parts(self, terms: Terms, seeds: Sequence[int]) -> Parts | None:
        """The variance components of such a sum over `seeds`; None as for `contrast`."""
        if len(terms) > CACHED_TERMS:
            return self._summed(terms, seeds)
        name = (*((weight, id(each)) for weight, each in terms), tuple(seeds))
        if name not in self._parts:
            self._parts[name] = terms, self._summed(terms, seeds)  # keeps the terms alive, and so their ids
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
        """The item scores of a cell's seeds; the last ones are cached."""
        name = (id(each), seeds)
        if name not in self._stacks:
            if len(self._stacks) >= CACHED_STACKS:
                del self._stacks[next(iter(self._stacks))]
            self._stacks[name] = each, _stacked([self.of(each.records[seed]) for seed in seeds])
        return self._stacks[name][1]


@dataclass(frozen=True, slots=True)
class _Stack:
    """The item scores of several seeds on the same test items."""

    first: ItemScores
    values: Floats
    """(seeds, items) or (seeds, redraws)"""
    scores: Floats | None = None
    """(seeds,), where scores are no means of the values."""


def _stacked(scores: Sequence[ItemScores | None]) -> _Stack | None:
    first = scores[0]
    if first is None or any(one is None or not one.same_items(first) for one in scores):
        return None
    if isinstance(first, Correct):
        return _Stack(first, _figures(scores, "counts") / _figures(scores, "draws")[:, None])
    return _Stack(first, _figures(scores, "values"), _figures(scores, "value"))


def _item_scores(record: "Record", sidecar: Mapping[str, Any]) -> ItemScores | None:
    if "correct" in sidecar:
        return decode(sidecar["correct"])
    if "resamples" in sidecar:
        resamples = sidecar["resamples"]
        return Resampled(record.metrics[metric_of(record)], np.array(resamples["values"]), int(resamples["clusters"]))
    return None


def shared_seeds(terms: Iterable[Mapping[int, "Record"]]) -> list[int]:
    """The seeds that all have, in order."""
    return sorted(set.intersection(*(set(records) for records in terms)))


def _figures(row: Sequence[ItemScores | None], name: str) -> Floats:
    """A field of the item scores of several trials (seeds, ...)."""
    return np.array([getattr(one, name) for one in row], dtype=np.float64)


def _sum(weights: Sequence[float], figures: Sequence[Floats]) -> Floats:
    """The weighted sum of a field (seeds, ...) over the terms."""
    total = weights[0] * figures[0]
    for weight, figure in zip(weights[1:], figures[1:], strict=True):
        total += weight * figure
    return total
