"""The panel of a task: the examples on which the features of all its models are inspected.

It depends on the task alone, so all models and seeds are inspected on the same examples.
"""

from dataclasses import dataclass

import numpy as np

from harness.data import TEST, TRAIN
from harness.data.shots import shots
from harness.seeds import stream

TESTS = 64
"""Test examples that are compared with each other: 2,016 pairs."""
QUERIES = 12
"""Test examples that are shown with their neighbours."""
GALLERY = 512
"""Training examples among which neighbours are searched, about the same number of each class."""
NEIGHBOURS = 5


@dataclass(frozen=True)
class Panel:
    """Row numbers in a task's arrays, int64."""

    tests: np.ndarray
    gallery: np.ndarray

    @property
    def queries(self) -> np.ndarray:
        """The test examples that are shown with their neighbours."""
        return self.tests[:QUERIES]


def panel_of(labels: np.ndarray, split: np.ndarray, name: str) -> Panel:
    """The panel of the task with this name. The labels of test examples are not used.

    Args:
        labels: (N,) where examples have one class each; other forms have more axes.
        split: uint8 (N,).
        name: the task's name, which decides the draw.
    """
    tests, train = np.flatnonzero(split == TEST), np.flatnonzero(split == TRAIN)
    random = np.random.default_rng(stream(0, "panel", name))
    if labels.ndim == 1:
        each = max(1, GALLERY // len(np.unique(labels[train])))
        train = train[shots(labels[train], each, stream(0, "gallery", name))]
    return Panel(
        tests=random.permutation(tests)[:TESTS],
        gallery=np.sort(random.permutation(train)[:GALLERY]),
    )
