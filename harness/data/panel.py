"""The panel of a task: the examples on which the features of all its models are looked at.

It is drawn by the task alone, so that what is found of two models or two seeds is about the same examples.
"""

from dataclasses import dataclass

import numpy as np

from harness.data import TEST, TRAIN
from harness.data.shots import shots
from harness.seeds import stream

TESTS = 64
"""So many test examples are compared with each other: 2,016 pairs."""
QUERIES = 12
"""So many of them are shown with their neighbours."""
GALLERY = 512
"""So many training examples, about as many of each class, may be a neighbour."""
NEIGHBOURS = 5


@dataclass(frozen=True)
class Panel:
    """Places in a task's arrays."""

    tests: np.ndarray
    gallery: np.ndarray

    @property
    def queries(self) -> np.ndarray:
        """The test examples that are shown."""
        return self.tests[:QUERIES]


def panel_of(labels: np.ndarray, split: np.ndarray, name: str) -> Panel:
    """The panel of a task by its name; where examples have one class each, `labels` are (N,). Those of test examples
    are not looked at."""
    tests, train = np.flatnonzero(split == TEST), np.flatnonzero(split == TRAIN)
    random = np.random.default_rng(stream(0, "panel", name))
    if labels.ndim == 1:
        each = max(1, GALLERY // len(np.unique(labels[train])))
        train = train[shots(labels[train], each, stream(0, "gallery", name))]
    return Panel(
        tests=random.permutation(tests)[:TESTS],
        gallery=np.sort(random.permutation(train)[:GALLERY]),
    )
