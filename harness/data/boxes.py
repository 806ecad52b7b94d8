"""Object detection from pictures in files and what is annotated of each: boxes checked, scaled to the suite's shape and
packed. What is left out or cut is counted among the task's facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from harness.data import DataError, TaskArrays, splits
from harness.data.decoding import decoded
from harness.data.fitting import Shape
from harness.errors import nearest

Box = tuple[str, float, float, float, float]
"""The class, and left, top, right, bottom: the outer edges in pixels of the picture as it is stored."""


@dataclass(frozen=True)
class Note:
    """What is annotated of one picture."""

    source: str | Path
    """Where it stands, for messages."""
    boxes: Sequence[Box]
    size: tuple[int, int] | None = None
    """The width and height that it was made for, where they are stated."""


def boxed_task(
    shape: Shape,
    pictures: Mapping[int, Sequence[Path]],
    notes: Mapping[int, Sequence[Note]],
    classes: Sequence[str],
    shares: Mapping[int, float],
    facts: Mapping[str, int] | None = None,
) -> TaskArrays:
    """The task of pictures by part, stretched to a shape, with a note for each. Shares are drawn of the training part
    alike of the pictures that have the same rarest class. Without `classes` they are all that occur, by name.

    Raises:
        DataError: for a picture that cannot be read or is not of its note's size, and for an unknown class.
    """
    every = list(chain.from_iterable(notes.values()))
    names = list(classes) or sorted({box[0] for note in every for box in note.boxes})
    numbers = {name: number for number, name in enumerate(names)}
    rows = [_row(box, note, numbers) for note in every for box in note.boxes]
    images, sizes = decoded([path for part in pictures.values() for path in part], shape, "stretch")
    for note, size in zip(every, sizes.tolist(), strict=True):
        if note.size is not None and list(note.size) != size:
            ours, theirs = ("{} x {}".format(*each) for each in (note.size, size))
            raise DataError(f"{note.source}: was made for {ours} pixels and its picture has {theirs}; mend one of them")
    picture = np.repeat(np.arange(len(every)), [len(note.boxes) for note in every])
    labels, counts = packed(picture, np.array(rows, dtype=np.float64).reshape(-1, 5), sizes, shape)
    split = splits.drawn(splits.origins(pictures), splits.rarest(present(labels, len(names))), shares)
    return TaskArrays(images, labels, split, np.arange(len(images)), names, {**(facts or {}), **counts})


def packed(picture: np.ndarray, rows: np.ndarray, sizes: np.ndarray, shape: Shape) -> tuple[np.ndarray, dict[str, int]]:
    """Labels, float32 (N, M, 5), from `rows` (K, 5) of class, left, top, right, bottom in pixels of the `picture` (K,)
    that each is in, sorted, of the sizes (N, 2); M is the most boxes of one picture, at least 1. And counts: boxes
    without width or height and boxes outside their picture are left out, those that reach over its edge are cut there.
    """
    box, edges = rows[:, 1:], np.tile(sizes[picture], 2)
    cut = np.clip(box, 0, edges)
    flat = (box[:, 2:] <= box[:, :2]).any(axis=1)
    outside = (cut[:, 2:] <= cut[:, :2]).any(axis=1) & ~flat
    keep = ~flat & ~outside
    facts = {
        "boxes_without_size_left_out": int(flat.sum()),
        "boxes_outside_left_out": int(outside.sum()),
        "boxes_cut_at_the_edge": int((cut != box).any(axis=1)[keep].sum()),
    }
    picture, end = picture[keep], np.tile([shape[2], shape[1]], 2)
    counts = np.bincount(picture, minlength=len(sizes))
    place = np.arange(len(picture)) - np.repeat(np.cumsum(counts) - counts, counts)
    labels = np.zeros((len(sizes), max(1, counts.max()), 5), dtype=np.float32)
    labels[:, :, 0] = -1
    labels[picture, place, 0] = rows[keep, 0]
    labels[picture, place, 1:] = np.minimum(cut[keep] / edges[keep] * end, end)
    return labels, {name: count for name, count in facts.items() if count}


def present(labels: np.ndarray, classes: int) -> np.ndarray:
    """bool (N, classes): whether a picture has a box of the class."""
    found = np.zeros((len(labels), classes + 1), dtype=bool)
    np.put_along_axis(found, labels[:, :, 0].astype(np.int64), True, axis=1)
    return found[:, :classes]


def _row(box: Box, note: Note, numbers: Mapping[str, int]) -> tuple[float, ...]:
    if box[0] not in numbers:
        raise DataError(f"{note.source}: the class '{box[0]}' is none of the task's; {nearest(box[0], numbers)}")
    return (numbers[box[0]], *box[1:])
