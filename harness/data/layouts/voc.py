"""Pascal VOC's layout: `ImageSets/<kind>/<part>.txt` lists each part's images, which are in `JPEGImages/`. Boxes are in
`Annotations/*.xml`, class maps in `SegmentationClass/*.png`.

    entry = "harness.data.layouts.voc:detection"
    files = "bccd"
    args = { train = "train", validation = "val", test = "test" }

Everingham 2010 (doi:10.1007/s11263-009-0275-4). A box gives its first and its last pixel, counted from 1: its left edge
is `xmin - 1`, its right edge `xmax`. A box whose first pixel is its last has no size. Objects that are marked difficult
count, although the challenge's own evaluation ignores them.
"""

import math
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from harness.data import DataError, TaskArrays, splits
from harness.data.boxes import Annotations, Box, detection_task
from harness.data.decoding import EXTENSIONS
from harness.data.fitting import Shape
from harness.data.folders import below, by_stem, existing, read_error
from harness.data.maps import VOID, segmentation_task

EDGES = ("xmin", "ymin", "xmax", "ymax")


def detection(
    shape: Shape,
    folder: Path,
    train: str = "train",
    validation: str | float = "val",
    test: str | float = "test",
    classes: Sequence[str] = (),
) -> TaskArrays:
    """Object detection. Parts are lists in `ImageSets/Main`, or shares of the training images.

    Without `classes` these are all names that occur, sorted.

    Raises:
        DataError: when a file is missing, cannot be read or contradicts another.
    """
    listed = _listed(folder / "ImageSets" / "Main", splits.own_parts(train, validation, test))
    files = {part: _paths(folder / "Annotations", ".xml", names) for part, names in listed.items()}
    annotations = {part: [read_annotations(path) for path in paths] for part, paths in files.items()}
    return detection_task(shape, _images(folder, listed), annotations, classes, splits.shares(validation, test))


def segmentation(
    shape: Shape,
    folder: Path,
    classes: Sequence[str],
    values: Sequence[int] = (),
    void: Sequence[int] = VOID,
    train: str = "train",
    validation: str | float = "val",
    test: str | float = "test",
) -> TaskArrays:
    """Semantic segmentation. Parts are lists in `ImageSets/Segmentation`, or shares of the training images.

    `values` are the classes' numbers in the maps, by default 0, 1, 2, ...; pixels of a `void` value are ignored.

    Raises:
        DataError: when a file is missing, cannot be read or contradicts another.
    """
    listed = _listed(folder / "ImageSets" / "Segmentation", splits.own_parts(train, validation, test))
    maps = {part: _paths(folder / "SegmentationClass", ".png", names) for part, names in listed.items()}
    shares = splits.shares(validation, test)
    return segmentation_task(shape, _images(folder, listed), maps, classes, values, void, shares)


def read_annotations(path: Path) -> Annotations:
    """The annotations of an image, from an XML file.

    Raises:
        DataError: when the file cannot be read, or an object lacks a name or an edge.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except OSError as error:
        raise read_error(path, error) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        fix = "correct or replace the file"
        raise DataError(place=path, expected="valid XML", got=str(error), fix=fix) from error
    width, height = (_number(path, root, f"size/{side}", 0.0) for side in ("width", "height"))
    boxes = [_box(path, element) for element in root.findall("object")]
    return Annotations(path, boxes, (int(width), int(height)) if width and height else None)


def _box(path: Path, element: ElementTree.Element) -> Box:
    name = (element.findtext("name") or "").strip()
    if not name:
        raise DataError(place=path, expected="a <name> in each object", got="an object without it", fix="add the name")
    left, top, right, bottom = (_number(path, element, f"bndbox/{edge}") for edge in EDGES)
    if right <= left or bottom <= top:
        return name, left, top, left, top  # no size, so it is skipped and counted
    return name, left - 1, top - 1, right, bottom


def _number(path: Path, element: ElementTree.Element, key: str, default: float | None = None) -> float:
    text = element.findtext(key)
    if text is None and default is not None:
        return default
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(place=f"{path}: <{key}>", expected="a number", got=repr(text), fix="correct it")
    return number


def _listed(folder: Path, parts: dict[int, str]) -> dict[int, list[str]]:
    """The image names of each part. A second column, as in the lists of one class, is ignored."""
    listed: dict[int, list[str]] = {}
    for part, name in parts.items():
        path = existing(below(folder, f"{name}.txt"))
        try:
            listed[part] = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except UnicodeDecodeError as error:
            got, fix = f"byte {error.start} of another encoding", "save the file as UTF-8"
            raise DataError(place=path, expected="UTF-8 text", got=got, fix=fix) from error
        except OSError as error:
            raise read_error(path, error) from error
        if not listed[part]:
            raise DataError(place=path, expected="names of images", got="none", fix="list one a line")
    counts = Counter(name for names in listed.values() for name in names)
    name, count = counts.most_common(1)[0]
    if count > 1:
        got, fix = f"'{name}' {count} times in {', '.join(parts.values())}", "remove all but one"
        raise DataError(place=folder, expected="each image once", got=got, fix=fix)
    return listed


def _paths(folder: Path, suffix: str, names: list[str]) -> list[Path]:
    return [below(folder, f"{name}{suffix}") for name in names]


def _images(folder: Path, listed: dict[int, list[str]]) -> dict[int, list[Path]]:
    images = by_stem(folder / "JPEGImages", EXTENSIONS)
    for name in chain.from_iterable(listed.values()):
        if name not in images:
            place, fix = folder / "JPEGImages" / f"{name}.jpg", "add it, or remove its name from ImageSets"
            raise DataError(place=place, expected="an image", got="no such file", fix=fix)
    return {part: [images[name] for name in names] for part, names in listed.items()}
