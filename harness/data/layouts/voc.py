"""Pascal VOC's layout: `ImageSets/<kind>/<part>.txt` lists the pictures of `JPEGImages/` for each part; their boxes lie
in `Annotations/*.xml`, their class maps in `SegmentationClass/*.png`.

    entry = "harness.data.layouts.voc:detection"
    files = "bccd"
    args = { train = "train", validation = "val", test = "test" }

Everingham 2010 (doi:10.1007/s11263-009-0275-4). A box names its first and its last pixel, counted from 1: its left edge
is `xmin - 1`, its right edge `xmax`; one whose first pixel is its last has no size. An object that is marked difficult
counts as any other, where the challenge's own evaluation passes it over.
"""

import math
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from harness.data import DataError, TaskArrays, splits
from harness.data.boxes import Box, Note, boxed_task
from harness.data.decoding import EXTENSIONS
from harness.data.fitting import Shape
from harness.data.folders import below, by_stem, existing, unreadable
from harness.data.maps import VOID, mapped_task

EDGES = ("xmin", "ymin", "xmax", "ymax")


def detection(
    shape: Shape,
    folder: Path,
    train: str = "train",
    validation: str | float = "val",
    test: str | float = "test",
    classes: Sequence[str] = (),
) -> TaskArrays:
    """Object detection. The parts name lists in `ImageSets/Main`; a number is a share of the training pictures. Without
    `classes` they are all names that occur, in alphabetical order.

    Raises:
        DataError: names the file, and the mend.
    """
    listed = _listed(folder / "ImageSets" / "Main", splits.places(train, validation, test))
    files = {part: _named(folder / "Annotations", ".xml", names) for part, names in listed.items()}
    notes = {part: [note(path) for path in paths] for part, paths in files.items()}
    return boxed_task(shape, _pictures(folder, listed), notes, classes, splits.shares(validation, test))


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
    """Semantic segmentation. The parts name lists in `ImageSets/Segmentation`; a number is a share of the training
    pictures. `values` are the classes' numbers in the maps, by default 0, 1, 2, ...

    Raises:
        DataError: names the file, and the mend.
    """
    listed = _listed(folder / "ImageSets" / "Segmentation", splits.places(train, validation, test))
    maps = {part: _named(folder / "SegmentationClass", ".png", names) for part, names in listed.items()}
    shares = splits.shares(validation, test)
    return mapped_task(shape, _pictures(folder, listed), maps, classes, values, void, shares)


def note(path: Path) -> Note:
    """What a file of annotations says.

    Raises:
        DataError: names the file, and what is wrong with it.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except OSError as error:
        raise unreadable(path, error) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise DataError(f"{path}: not valid XML: {error}; mend or replace it") from error
    width, height = (_number(path, root, f"size/{side}", 0.0) for side in ("width", "height"))
    boxes = [_box(path, thing) for thing in root.findall("object")]
    return Note(path, boxes, (int(width), int(height)) if width and height else None)


def _box(path: Path, thing: ElementTree.Element) -> Box:
    name = (thing.findtext("name") or "").strip()
    if not name:
        raise DataError(f"{path}: an object has no <name>; add it")
    left, top, right, bottom = (_number(path, thing, f"bndbox/{edge}") for edge in EDGES)
    if right <= left or bottom <= top:
        return name, left, top, left, top  # no size, and so it stays
    return name, left - 1, top - 1, right, bottom


def _number(path: Path, element: ElementTree.Element, place: str, default: float | None = None) -> float:
    text = element.findtext(place)
    if text is None and default is not None:
        return default
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"{path}: <{place}> is {text!r}, and has to be a number; mend it")
    return number


def _listed(folder: Path, places: dict[int, str]) -> dict[int, list[str]]:
    """The names of each part; a second column, as lists of one class have it, does not count."""
    found: dict[int, list[str]] = {}
    for part, place in places.items():
        path = existing(below(folder, f"{place}.txt"))
        try:
            found[part] = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
        except OSError as error:
            raise unreadable(path, error) from error
        if not found[part]:
            raise DataError(f"{path}: names no pictures; list one a line")
    counts = Counter(name for names in found.values() for name in names)
    name, count = counts.most_common(1)[0]
    if count > 1:
        raise DataError(f"{folder}: '{name}' is listed {count} times in {', '.join(places.values())}; leave it in one")
    return found


def _named(folder: Path, ending: str, names: list[str]) -> list[Path]:
    return [below(folder, f"{name}{ending}") for name in names]


def _pictures(folder: Path, listed: dict[int, list[str]]) -> dict[int, list[Path]]:
    home = folder / "JPEGImages"
    there = by_stem(home, EXTENSIONS)
    for name in chain.from_iterable(listed.values()):
        if name not in there:
            raise DataError(f"{home / name}.jpg: no such picture; add it, or leave it out of ImageSets")
    return {part: [there[name] for name in names] for part, names in listed.items()}
