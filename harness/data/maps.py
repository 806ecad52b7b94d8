"""Semantic segmentation from pictures in files and a class map for each."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from harness.data import DataError, TaskArrays, splits
from harness.data.decoding import decoded, decoded_maps
from harness.data.fitting import Shape

VOID = (255,)
"""The values of pixels that do not count unless an entry's `args` say otherwise, as in Pascal VOC."""


def mapped_task(
    shape: Shape,
    pictures: Mapping[int, Sequence[Path]],
    maps: Mapping[int, Sequence[Path]],
    classes: Sequence[str],
    values: Sequence[int],
    void: Sequence[int],
    shares: Mapping[int, float],
    fit: str = "stretch",
) -> TaskArrays:
    """The task of pictures by part with the file of a class map for each, in which the classes have `values` (none: 0,
    1, 2, ... in their order). Shares are drawn of the training part alike of the pictures that have the same rarest
    class.

    Raises:
        DataError: for a file that cannot be read, a map that is not of its picture's size, and an unknown value.
    """
    values = values or range(len(classes))
    if len(values) != len(classes):
        raise DataError(f"args.values: are {len(values)}, and there are {len(classes)} classes; give each class one")
    images, sizes = decoded([path for part in pictures.values() for path in part], shape, fit)
    files = [path for part in maps.values() for path in part]
    labels = decoded_maps(files, sizes, shape, fit, values, void)
    present = np.stack([(labels == number).any(axis=(1, 2)) for number in range(len(classes))], axis=1)
    split = splits.drawn(splits.origins(pictures), splits.rarest(present), shares)
    return TaskArrays(images, labels, split, np.arange(len(images)), list(classes))
