"""Checks for the arrays of all layouts."""

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, TaskArrays
from harness.metrics.kinds import kind_module

SHAPE = (3, 6, 8)
"""The size of the pictures that are written: nothing is resized."""


def sound(result: TaskArrays, kind: str, shape: tuple[int, int, int] = SHAPE) -> TaskArrays:
    """The arrays, checked as the harness checks them."""
    assert result.examples.shape == (len(result.labels), *shape)
    assert result.examples.dtype == np.uint8
    assert len(set(result.groups.tolist())) == len(result.labels)
    kind_module(kind).check_labels(result.labels, result.split, result.examples.shape, result.classes)
    return result


def counts(result: TaskArrays) -> list[int]:
    """The numbers of training, validation and test examples."""
    return [int((result.split == part).sum()) for part in (TRAIN, VALIDATION, TEST)]
