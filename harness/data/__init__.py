"""What data there are (sources), what is done to them (views, corruption), and how they reach the loop (batches)."""

from dataclasses import dataclass

import numpy as np

from harness.errors import BoardError

TRAIN, VALIDATION, TEST = 0, 1, 2


class DataError(BoardError):
    """Data that are missing, unreadable or not as their layout says: the trial's status is `data`."""


@dataclass(frozen=True)
class CorpusArrays:
    """What a corpus source returns."""

    images: np.ndarray
    """uint8 (N, C, H, W)."""
    heldout: np.ndarray
    """bool (N,): the part that is never trained on, clean, and the same for all fractions and corruptions."""
    labels: np.ndarray | None = None
    """int64 (N,), for an objective that asks for labels."""
    classes: int = 0


@dataclass(frozen=True)
class TaskArrays:
    """What a task source returns."""

    images: np.ndarray
    """uint8 (N, C, H, W)."""
    labels: np.ndarray
    """int64 (N,)."""
    split: np.ndarray
    """uint8 (N,): TRAIN, VALIDATION or TEST."""
    groups: np.ndarray
    """int64 (N,): what an example comes from; examples of one group are not independent."""
    classes: list[str]
