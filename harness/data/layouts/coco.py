"""COCO's layout: for each part a JSON file of `images`, `annotations` and `categories`, and a folder of images.

    entry = "harness.data.layouts.coco:detection"
    files = "coco"
    args = { train = ["annotations/instances_train2017.json", "train2017"],
             test = ["annotations/instances_val2017.json", "val2017"], validation = 0.1 }

Lin 2014 (1405.0312). A box is left, top, width and height from the image's outer edge. Crowds are skipped and counted.
The classes are the categories of the training part, in the order of their ids.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.data import TRAIN, DataError, TaskArrays, splits
from harness.data.boxes import Annotations, Box, detection_task
from harness.data.fitting import Shape
from harness.data.folders import below, existing, read_error

Pair = Sequence[str]
"""The file of annotations and the folder of images, both below `folder`."""


class _Part(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)


class Image(_Part):
    """An image."""

    id: int
    file_name: str
    width: int = 0
    height: int = 0


class Annotation(_Part):
    """An object, or a crowd of them."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class Category(_Part):
    """A class."""

    id: int
    name: str


class Instances(_Part):
    """The parts of a file that are read."""

    images: list[Image]
    annotations: list[Annotation]
    categories: list[Category]


def detection(
    shape: Shape, folder: Path, train: Pair, validation: Pair | float = 0.1, test: Pair | float = 0.2
) -> TaskArrays:
    """Object detection from instances. A part is a file of annotations and a folder of images, or a share.

    Raises:
        DataError: when a file is missing, cannot be read or contradicts another.
    """
    pairs = splits.own_pairs(train, validation, test)
    files = {part: below(folder, file) for part, (file, _) in pairs.items()}
    folders = {part: below(folder, name) for part, (_, name) in pairs.items()}
    parts = {part: read_instances(file) for part, file in files.items()}
    images = {part: [below(folders[part], image.file_name) for image in one.images] for part, one in parts.items()}
    annotations = {part: _annotations(one, files[part]) for part, one in parts.items()}
    classes = [category.name for category in parts[TRAIN].categories]
    crowds = sum(bool(each.iscrowd) for one in parts.values() for each in one.annotations)
    facts = {"crowds_left_out": crowds} if crowds else {}
    return detection_task(shape, images, annotations, classes, splits.shares(validation, test), facts)


def read_instances(file: Path) -> Instances:
    """The content of a file, each list sorted by its ids.

    Raises:
        DataError: when the file cannot be read, lacks a key or has an id or a category's name twice.
    """
    try:
        instances = Instances.model_validate_json(existing(file).read_bytes())
    except OSError as error:
        raise read_error(file, error) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        place, expected = (f"{file}: {key}", "COCO's annotations") if key else (file, "valid JSON")
        raise DataError(place=place, expected=expected, got=first["msg"], fix="correct or replace the file") from error
    for name in ("images", "annotations", "categories"):
        rows = getattr(instances, name)
        rows.sort(key=lambda row: row.id)
        (number, count), *_ = Counter(row.id for row in rows).most_common(1) or [(0, 0)]
        if count > 1:
            expected, got = f"{name} with ids of their own", f"{count} of the id {number}"
            raise DataError(place=file, expected=expected, got=got, fix="number them differently")
    if len({category.name for category in instances.categories}) < len(instances.categories):
        expected, got = "categories of different names", "one name twice"
        raise DataError(place=file, expected=expected, got=got, fix="rename a category")
    return instances


def _annotations(instances: Instances, file: Path) -> list[Annotations]:
    names = {category.id: category.name for category in instances.categories}
    boxes: dict[int, list[Box]] = {image.id: [] for image in instances.images}
    for one in instances.annotations:
        if one.image_id not in boxes or one.category_id not in names:
            raise DataError(
                place=f"{file}: annotation {one.id}",
                expected="an image and a category of this file",
                got=f"image {one.image_id} and category {one.category_id}",
                fix="add the missing one, or remove the annotation",
            )
        if not one.iscrowd:
            left, top, width, height = one.bbox
            boxes[one.image_id].append((names[one.category_id], left, top, left + width, top + height))
    return [
        Annotations(f"{file}: image {image.id}", boxes[image.id], (image.width, image.height) if image.width else None)
        for image in instances.images
    ]
