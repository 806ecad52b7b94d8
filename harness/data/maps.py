"""Semantic segmentation from images in files and a class map for each."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from harness.data import DataError, TaskArrays, splits
from harness.data.decoding import decode_images, decode_maps
from harness.data.fitting import Shape

VOID = (255,)
"""The values of ignored pixels, as in Pascal VOC; an entry's `args` may set others."""


def segmentation_task(
    shape: Shape,
    images: Mapping[int, Sequence[Path]],
    maps: Mapping[int, Sequence[Path]],
    classes: Sequence[str],
    values: Sequence[int],
    void: Sequence[int],
    shares: Mapping[int, float],
    fit: str = "stretch",
) -> TaskArrays:
    """The task of images by part, each with the file of its class map.

    `values` are the classes' numbers in the maps, by default 0, 1, 2, ... Shares of the training part are drawn per
    stratum; the strata are the images' rarest classes.

    Raises:
        DataError: for a file that cannot be read, a map that has not its image's size, and an unknown value.
    """
    values = values or range(len(classes))
    if len(values) != len(classes):
        expected, got = f"{len(classes)} values, one a class", f"{len(values)} values"
        raise DataError(place="args.values", expected=expected, got=got, fix="give each class one value")
    examples, sizes = decode_images([path for part in images.values() for path in part], shape, fit)
    files = [path for part in maps.values() for path in part]
    labels = decode_maps(files, sizes, shape, fit, values, void)
    present = np.stack([(labels == number).any(axis=(1, 2)) for number in range(len(classes))], axis=1)
    split = splits.draw_split(splits.origins(images), splits.rarest_class(present), shares)
    return TaskArrays(examples, labels, split, np.arange(len(examples)), list(classes))
