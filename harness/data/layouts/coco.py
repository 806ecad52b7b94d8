"""COCO's layout: a JSON file of `images`, `annotations` and `categories` for each part, and a folder of its pictures.

    entry = "harness.data.layouts.coco:detection"
    files = "coco"
    args = { train = ["annotations/instances_train2017.json", "train2017"],
             test = ["annotations/instances_val2017.json", "val2017"], validation = 0.1 }

Lin 2014 (1405.0312). A box is left, top, width and height from the picture's outer edge. A crowd is no object of its
own: it is left out and counted. The classes are the categories of the training part, in the order of their numbers.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.data import TRAIN, DataError, TaskArrays, splits
from harness.data.boxes import Box, Note, boxed_task
from harness.data.fitting import Shape
from harness.data.folders import below, existing, unreadable

Place = Sequence[str]
"""The file of annotations and the folder of pictures, both below `folder`."""


class _Part(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)


class Image(_Part):
    """A picture."""

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
    """What a file holds, in the parts that are read."""

    images: list[Image]
    annotations: list[Annotation]
    categories: list[Category]


def detection(
    shape: Shape, folder: Path, train: Place, validation: Place | float = 0.1, test: Place | float = 0.2
) -> TaskArrays:
    """Object detection from boxes of instances. A part is a pair, its annotations and its folder of pictures; or a
    share of the training pictures.

    Raises:
        DataError: names the file, and the mend.
    """
    places = splits.pairs(train, validation, test)
    files = {part: below(folder, file) for part, (file, _) in places.items()}
    homes = {part: below(folder, home) for part, (_, home) in places.items()}
    found = {part: instances(file) for part, file in files.items()}
    pictures = {part: [below(homes[part], image.file_name) for image in one.images] for part, one in found.items()}
    notes = {part: _notes(one, files[part]) for part, one in found.items()}
    classes = [category.name for category in found[TRAIN].categories]
    crowds = sum(bool(note.iscrowd) for one in found.values() for note in one.annotations)
    facts = {"crowds_left_out": crowds} if crowds else {}
    return boxed_task(shape, pictures, notes, classes, splits.shares(validation, test), facts)


def instances(file: Path) -> Instances:
    """What a file holds, each list sorted by its ids.

    Raises:
        DataError: names the file and what is wrong in it.
    """
    try:
        found = Instances.model_validate_json(existing(file).read_bytes())
    except OSError as error:
        raise unreadable(file, error) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{file}: {place or 'not valid JSON'}: {first['msg']}; mend or replace it") from error
    for name in ("images", "annotations", "categories"):
        rows = getattr(found, name)
        rows.sort(key=lambda row: row.id)
        (number, count), *_ = Counter(row.id for row in rows).most_common(1) or [(0, 0)]
        if count > 1:
            raise DataError(f"{file}: {count} of the {name} have the id {number}; number them apart")
    if len({category.name for category in found.categories}) < len(found.categories):
        raise DataError(f"{file}: two categories have the same name; name them apart")
    return found


def _notes(found: Instances, file: Path) -> list[Note]:
    names = {category.id: category.name for category in found.categories}
    boxes: dict[int, list[Box]] = {image.id: [] for image in found.images}
    for one in found.annotations:
        if one.image_id not in boxes or one.category_id not in names:
            raise DataError(
                f"{file}: annotation {one.id} is of image {one.image_id} and category {one.category_id}, and one is "
                "not there; add it, or remove the annotation"
            )
        if not one.iscrowd:
            left, top, width, height = one.bbox
            boxes[one.image_id].append((names[one.category_id], left, top, left + width, top + height))
    return [
        Note(f"{file}: image {image.id}", boxes[image.id], (image.width, image.height) if image.width else None)
        for image in found.images
    ]
