"""Object detection from images in files and their annotations: boxes are checked, scaled to a shape and padded.

The task's facts count the boxes that are skipped or clipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from harness.data import DataError, TaskArrays, splits
from harness.data.decoding import decode_images
from harness.data.fitting import Shape
from harness.errors import nearest

Box = tuple[str, float, float, float, float]
"""The class, and left, top, right, bottom: the outer edges in pixels of the stored image."""


@dataclass(frozen=True)
class Annotations:
    """The annotated objects of one image."""

    source: str | Path
    """The file, and the image where a file has several: the place of an error."""
    boxes: Sequence[Box]
    size: tuple[int, int] | None = None
    """The annotated image's width and height, where they are stated."""


def detection_task(
    shape: Shape,
    images: Mapping[int, Sequence[Path]],
    annotations: Mapping[int, Sequence[Annotations]],
    classes: Sequence[str],
    shares: Mapping[int, float],
    facts: Mapping[str, int] | None = None,
) -> TaskArrays:
    """The task of images by part, stretched to a shape (C, H, W), with annotations for each image.

    Shares of the training part are drawn per stratum; the strata are the images' rarest classes. Without `classes`
    these are all names that occur, sorted.

    Raises:
        DataError: for an image that cannot be read or has not the annotated size, and for an unknown class.
    """
    every = list(chain.from_iterable(annotations.values()))
    names = list(classes) or sorted({box[0] for one in every for box in one.boxes})
    numbers = {name: number for number, name in enumerate(names)}
    rows = [_row(box, one, numbers) for one in every for box in one.boxes]
    examples, sizes = decode_images([path for part in images.values() for path in part], shape, "stretch")
    for one, size in zip(every, sizes.tolist(), strict=True):
        if one.size is not None and list(one.size) != size:
            annotated, actual = ("{} x {} pixels".format(*each) for each in (one.size, size))
            fix = "correct the size or replace the image"
            raise DataError(place=one.source, expected=f"an image of {annotated}", got=actual, fix=fix)
    image = np.repeat(np.arange(len(every)), [len(one.boxes) for one in every])
    labels, counts = pad_boxes(image, np.array(rows, dtype=np.float64).reshape(-1, 5), sizes, shape)
    strata = splits.rarest_class(present(labels, len(names)))
    split = splits.draw_split(splits.origins(images), strata, shares)
    return TaskArrays(examples, labels, split, np.arange(len(examples)), names, {**(facts or {}), **counts})


def pad_boxes(
    image: np.ndarray, rows: np.ndarray, sizes: np.ndarray, shape: Shape
) -> tuple[np.ndarray, dict[str, int]]:
    """Padded labels, and counts of skipped and clipped boxes.

    Boxes without width or height, and boxes outside their image, are skipped. Boxes that cross an edge are clipped.

    Args:
        image: int64 (K,), sorted: the number of each box's image.
        rows: float64 (K, 5): class, left, top, right, bottom in pixels of the stored image.
        sizes: int64 (N, 2): width and height of each stored image.
        shape: the suite's (C, H, W).

    Returns:
        float32 (N, M, 5), in pixels of the shape, with M the most boxes of one image and at least 1. Counts above 0.
    """
    box, edges = rows[:, 1:], np.tile(sizes[image], 2)
    clipped = np.clip(box, 0, edges)
    flat = (box[:, 2:] <= box[:, :2]).any(axis=1)
    outside = (clipped[:, 2:] <= clipped[:, :2]).any(axis=1) & ~flat
    keep = ~flat & ~outside
    facts = {
        "boxes_without_size_left_out": int(flat.sum()),
        "boxes_outside_left_out": int(outside.sum()),
        "boxes_cut_at_the_edge": int((clipped != box).any(axis=1)[keep].sum()),
    }
    image, end = image[keep], np.tile([shape[2], shape[1]], 2)
    counts = np.bincount(image, minlength=len(sizes))
    slot = np.arange(len(image)) - np.repeat(np.cumsum(counts) - counts, counts)
    labels = np.zeros((len(sizes), max(1, counts.max()), 5), dtype=np.float32)
    labels[:, :, 0] = -1
    labels[image, slot, 0] = rows[keep, 0]
    labels[image, slot, 1:] = np.minimum(clipped[keep] / edges[keep] * end, end)
    return labels, {name: count for name, count in facts.items() if count}


def present(labels: np.ndarray, classes: int) -> np.ndarray:
    """bool (N, classes): whether an image has a box of the class, from padded labels (N, M, 5)."""
    has = np.zeros((len(labels), classes + 1), dtype=bool)
    np.put_along_axis(has, labels[:, :, 0].astype(np.int64), True, axis=1)
    return has[:, :classes]


def _row(box: Box, annotations: Annotations, numbers: Mapping[str, int]) -> tuple[float, ...]:
    if box[0] not in numbers:
        fix = nearest(box[0], numbers) or "add it to args.classes"
        raise DataError(place=annotations.source, expected="a class of the task", got=f"'{box[0]}'", fix=fix)
    return (numbers[box[0]], *box[1:])
