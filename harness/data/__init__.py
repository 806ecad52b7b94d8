"""What data there are (sources), what is done to them (views, corruption), and how they reach the loop (batches)."""

from dataclasses import dataclass, field

import numpy as np

from harness.errors import BoardError
from harness.splits import PARTS, TEST, TRAIN, VALIDATION

__all__ = ["PARTS", "TEST", "TRAIN", "VALIDATION", "CorpusArrays", "DataError", "TaskArrays"]


class DataError(BoardError):
    """Data that are missing, unreadable or not as their layout says: the trial's status is `data`."""


@dataclass(frozen=True)
class CorpusArrays:
    """What a corpus source returns."""

    examples: np.ndarray
    """uint8 (N, C, H, W) of images, (N, W) of texts."""
    heldout: np.ndarray
    """bool (N,): the part that is never trained on, clean, and the same for all fractions and corruptions."""
    labels: np.ndarray | None = None
    """int64 (N,), for an objective that asks for labels."""
    classes: int = 0
    facts: dict[str, int] = field(default_factory=dict)
    """Counts that a reader should know, such as what the source itself left out."""


@dataclass(frozen=True)
class TaskArrays:
    """What a task source returns."""

    examples: np.ndarray
    """uint8 (N, C, H, W) of images, (N, W) of texts."""
    labels: np.ndarray
    """What is to be told of each example: its class, int64 (N,); a class for each pixel, int16 (N, H, W), -1 where
    nothing counts; or boxes, float32 (N, M, 5): class, left, top, right, bottom in pixels, class -1 fills up."""
    split: np.ndarray
    """uint8 (N,): TRAIN, VALIDATION or TEST."""
    groups: np.ndarray
    """int64 (N,): what an example comes from; examples of one group are not independent."""
    classes: list[str]
    facts: dict[str, int] = field(default_factory=dict)
    """Counts that a reader should know, such as what the source itself left out."""
