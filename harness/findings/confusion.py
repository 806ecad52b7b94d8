"""What is taken for what: the confusion matrix of a classification, summed over trials and their draws."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harness.findings.inspected import task_of
from harness.metrics.image_classification import unpacked

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """Examples of one class that were taken for another."""

    true: int
    taken: int
    share: float
    """Of the examples of the true class."""
    of_errors: float
    """Of all mistakes."""


@dataclass(frozen=True)
class Confusion:
    """How many examples of each class were taken for each."""

    counts: Counts
    """(classes, classes): rows are the true classes, columns what they were taken for; each draw of shots counts."""
    names: tuple[str, ...] | None
    """What the classes are called; None where the records do not say."""
    trials: int

    @cached_property
    def shares(self) -> npt.NDArray[np.float64]:
        """(classes, classes): of the examples of each true class; 0 for a class without examples."""
        found: npt.NDArray[np.float64] = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return found

    def pairs(self, most: int) -> list[Pair]:
        """The pairs with the most mistakes, at most so many; of equal ones the first by class."""
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        flat = np.argsort(-wrong, axis=None, kind="stable")[:most]
        places = [divmod(int(each), len(wrong)) for each in flat]
        return [
            Pair(true, taken, float(self.shares[true, taken]), float(wrong[true, taken] / wrong.sum()))
            for true, taken in places
            if wrong[true, taken]
        ]


def confusion_of(beside: Iterable[Mapping[str, Any]], known: Sequence[str] = ()) -> Confusion | None:
    """From what lies beside the records of trials of one task; None where nothing of it is a confusion matrix, or where
    they are about different numbers of classes. `known` is what the classes are called elsewhere, for records that do
    not say."""
    found = [each for each in beside if "confusion" in each]
    counts = [unpacked(each["confusion"]) for each in found]
    if not counts or len({len(each) for each in counts}) > 1:
        return None
    own = [each["classes"] for each in found if each.get("classes")]
    names = {tuple(each) for each in own or [known] if len(each) == len(counts[0])}
    return Confusion(np.sum(counts, axis=0), names.pop() if len(names) == 1 else None, len(found))


def confusions(
    store: "Store", groups: Sequence[Iterable["Record"]], known: Mapping[str, Sequence[str]]
) -> list[Confusion | None]:
    """Those of groups of trials, each of one task, from one pass over the files; `known` is what the classes of tasks
    are called elsewhere (`class_names`)."""
    every = [list(records) for records in groups]
    beside = {record.key: found for record, found in store.all_beside(itertools.chain(*every))}
    return [
        confusion_of(
            [beside.get(record.key, {}) for record in records],
            next((known[task] for task in map(task_of, records) if task in known), ()),
        )
        for records in every
    ]
