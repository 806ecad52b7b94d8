"""What all layouts owe the harness."""

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, TaskArrays
from harness.metrics.kinds import kind_module

SHAPE = (3, 6, 8)
"""The size of the pictures that are written: nothing is resized."""


def sound(found: TaskArrays, kind: str, shape: tuple[int, int, int] = SHAPE) -> TaskArrays:
    """The arrays, which are as the harness asks for them."""
    assert found.examples.shape == (len(found.labels), *shape)
    assert found.examples.dtype == np.uint8
    assert len(set(found.groups.tolist())) == len(found.labels)
    kind_module(kind).check_labels(found.labels, found.split, found.examples.shape, found.classes)
    return found


def counts(found: TaskArrays) -> list[int]:
    """How many examples are for training, validation and test."""
    return [int((found.split == part).sum()) for part in (TRAIN, VALIDATION, TEST)]
