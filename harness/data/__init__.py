"""Data: sources, layouts of files, views and corruption, and the batches that the loop trains on."""

from dataclasses import dataclass, field

import numpy as np

from harness.errors import BoardError
from harness.splits import PARTS, TEST, TRAIN, VALIDATION

__all__ = ["PARTS", "TEST", "TRAIN", "VALIDATION", "CorpusArrays", "DataError", "TaskArrays"]


class DataError(BoardError):
    """Data that is missing, unreadable or not as its layout demands. The trial's status is `data`."""

    def replaced(self, old: str, new: str) -> "DataError":
        """The same error with a text, such as a path, replaced in every field."""
        texts = (self.problem, self.place, self.expected, self.got, self.fix)
        problem, place, expected, got, fix = (text and text.replace(old, new) for text in texts)
        return DataError(problem or "", place=place, expected=expected, got=got, fix=fix)

    def of_entry(self, name: str) -> "DataError":
        """The same error with an entry's name in its place, where its text does not name the entry."""
        if name in str(self):
            return self
        place = f"{self.place} (of '{name}')" if self.place else f"'{name}'"
        return DataError(self.problem, place=place, expected=self.expected, got=self.got, fix=self.fix)


@dataclass(frozen=True)
class CorpusArrays:
    """The arrays that a corpus's source returns."""

    examples: np.ndarray
    """uint8 (N, C, H, W) of images, (N, W) of texts."""
    heldout: np.ndarray
    """bool (N,): the clean part that is never trained on, the same for all fractions and corruptions."""
    labels: np.ndarray | None = None
    """int64 (N,), for an objective that needs labels."""
    classes: int = 0
    facts: dict[str, int] = field(default_factory=dict)
    """Counts for the reader, such as the examples that the source skipped."""


@dataclass(frozen=True)
class TaskArrays:
    """The arrays that a task's source returns."""

    examples: np.ndarray
    """uint8 (N, C, H, W) of images, (N, W) of texts."""
    labels: np.ndarray
    """One of three forms. Classes: int64 (N,). Class maps: int16 (N, H, W), -1 for ignored pixels. Boxes: float32
    (N, M, 5) of class, left, top, right, bottom in pixels, padded with class -1."""
    split: np.ndarray
    """uint8 (N,): TRAIN, VALIDATION or TEST."""
    groups: np.ndarray
    """int64 (N,): the origin of an example. Examples of one group are not independent."""
    classes: list[str]
    facts: dict[str, int] = field(default_factory=dict)
    """Counts for the reader, such as the examples that the source skipped."""
