"""Images in one folder and a map of the same name for each in another: of classes, or of the objects in the image.

    entry = "harness.data.layouts.masks:segmentation"
    files = "leaves"
    args = { classes = ["ground", "leaf"], images = "{part}/images", masks = "{part}/masks" }

`{part}` is replaced by `train`, `validation` and `test`, which name folders ("." where all are in one). A number is a
share of the training images. With `suffix = "_mask"`, the map of `1.png` is `1_mask.png`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.data import DataError, TaskArrays, splits
from harness.data.boxes import Annotations, detection_task
from harness.data.decoding import EXTENSIONS, read_map
from harness.data.fitting import Shape
from harness.data.folders import below, by_stem
from harness.data.maps import VOID, segmentation_task

Paths = dict[int, list[Path]]
"""Files by part."""


def segmentation(
    shape: Shape,
    folder: Path,
    classes: Sequence[str],
    values: Sequence[int] = (),
    void: Sequence[int] = VOID,
    images: str = "{part}/images",
    masks: str = "{part}/masks",
    suffix: str = "",
    train: str = "train",
    validation: str | float = 0.1,
    test: str | float = "test",
    fit: str = "stretch",
) -> TaskArrays:
    """Semantic segmentation from maps of classes.

    `values` are the classes' numbers in the maps, by default 0, 1, 2, ...; pixels of a `void` value are ignored.

    Raises:
        DataError: when a file cannot be read, or an image has no map.
    """
    pictures, maps = _pairs(folder, splits.own_parts(train, validation, test), images, masks, suffix)
    return segmentation_task(shape, pictures, maps, classes, values, void, splits.shares(validation, test), fit)


def detection(
    shape: Shape,
    folder: Path,
    label: str,
    images: str = "{part}/images",
    masks: str = "{part}/masks",
    suffix: str = "",
    train: str = "train",
    validation: str | float = 0.1,
    test: str | float = "test",
) -> TaskArrays:
    """Object detection of one class, named by `label`, from maps of numbered objects on a background of 0.

    A box is tight on an object's pixels.

    Raises:
        DataError: when a file cannot be read, or an image has no map.
    """
    pictures, maps = _pairs(folder, splits.own_parts(train, validation, test), images, masks, suffix)
    annotations = {part: [_annotations(path, label) for path in paths] for part, paths in maps.items()}
    return detection_task(shape, pictures, annotations, [label], splits.shares(validation, test))


def _annotations(path: Path, name: str) -> Annotations:
    from scipy.ndimage import find_objects

    numbers = read_map(path)
    objects = [slices for slices in find_objects(numbers.astype(np.int32)) if slices is not None]
    boxes = [(name, columns.start, rows.start, columns.stop, rows.stop) for rows, columns in objects]
    return Annotations(path, boxes, (numbers.shape[1], numbers.shape[0]))


def _pairs(folder: Path, parts: dict[int, str], images: str, masks: str, suffix: str) -> tuple[Paths, Paths]:
    """The files of images and of their maps, in the same order."""
    pictures: Paths = {}
    maps: Paths = {}
    for part, name in parts.items():
        home = below(folder, masks.replace("{part}", name))
        ours, theirs = by_stem(below(folder, images.replace("{part}", name)), EXTENSIONS), by_stem(home, EXTENSIONS)
        wanted = {f"{stem}{suffix}" for stem in ours}
        for stem, path in ours.items():
            if f"{stem}{suffix}" not in theirs:
                fix = f"add '{stem}{suffix}.png' to {home}, or remove the image"
                raise DataError(place=path, expected="an image with a map", got="no map of its name", fix=fix)
        if extra := sorted(set(theirs) - wanted):
            place, fix = theirs[extra[0]], "add the image, or remove the map"
            raise DataError(place=place, expected="the map of an image", got="no image of its name", fix=fix)
        pictures[part], maps[part] = list(ours.values()), [theirs[f"{stem}{suffix}"] for stem in ours]
    return pictures, maps
