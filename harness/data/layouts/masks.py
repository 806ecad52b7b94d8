"""Pictures in one folder and a map of the same name for each in another: of classes, or of the objects in the picture.

    entry = "harness.data.layouts.masks:segmentation"
    files = "leaves"
    args = { classes = ["ground", "leaf"], images = "{part}/images", masks = "{part}/masks" }

`{part}` stands for `train`, `validation` and `test`, which name folders ("." where all lie together); a number there is
a share of the training pictures. A map's name may have a `suffix`: `1_mask.png` for `1.png` with `suffix = "_mask"`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.data import DataError, TaskArrays, splits
from harness.data.boxes import Note, boxed_task
from harness.data.decoding import EXTENSIONS, numbered
from harness.data.fitting import Shape
from harness.data.folders import below, by_stem
from harness.data.maps import VOID, mapped_task

Pairs = tuple[dict[int, list[Path]], dict[int, list[Path]]]


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
    """Semantic segmentation from maps of classes: `values` are the classes' numbers in them, by default 0, 1, 2, ...;
    pixels of a `void` value do not count.

    Raises:
        DataError: names the file, and the mend.
    """
    pictures, maps = _pairs(folder, splits.places(train, validation, test), images, masks, suffix)
    return mapped_task(shape, pictures, maps, classes, values, void, splits.shares(validation, test), fit)


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
    """Object detection of one class, named by `label`, from maps in which each object has a number of its own and all
    else is 0: a box is tight on an object's pixels.

    Raises:
        DataError: names the file, and the mend.
    """
    pictures, maps = _pairs(folder, splits.places(train, validation, test), images, masks, suffix)
    notes = {part: [_note(path, label) for path in paths] for part, paths in maps.items()}
    return boxed_task(shape, pictures, notes, [label], splits.shares(validation, test))


def _note(path: Path, name: str) -> Note:
    from scipy.ndimage import find_objects

    numbers = numbered(path)
    places = [place for place in find_objects(numbers.astype(np.int32)) if place is not None]
    boxes = [(name, columns.start, rows.start, columns.stop, rows.stop) for rows, columns in places]
    return Note(path, boxes, (numbers.shape[1], numbers.shape[0]))


def _pairs(folder: Path, places: dict[int, str], images: str, masks: str, suffix: str) -> Pairs:
    pictures: dict[int, list[Path]] = {}
    maps: dict[int, list[Path]] = {}
    for part, place in places.items():
        home = below(folder, masks.replace("{part}", place))
        there, theirs = by_stem(below(folder, images.replace("{part}", place)), EXTENSIONS), by_stem(home, EXTENSIONS)
        wanted = {f"{stem}{suffix}" for stem in there}
        for stem, path in there.items():
            if f"{stem}{suffix}" not in theirs:
                raise DataError(f"{path}: has no map; add '{stem}{suffix}.png' to {home}, or remove the picture")
        if odd := sorted(set(theirs) - wanted):
            raise DataError(f"{theirs[odd[0]]}: is the map of no picture; add the picture, or remove the map")
        pictures[part], maps[part] = list(there.values()), [theirs[f"{stem}{suffix}"] for stem in there]
    return pictures, maps
