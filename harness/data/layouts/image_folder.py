"""Images whose folder is their class, as in torchvision's ImageFolder: `train/<class>/.../*.jpg`.

    entry = "harness.data.layouts.image_folder:task"
    files = "flowers"
    args = { train = "train", validation = 0.1, test = "test", depth = 1, fit = "crop" }

Parts are folders ("." is `files` itself) or shares of the training images. The first `depth` folders name the class.
`fit` is "crop" or "stretch". A `corpus` takes all images below `train` ("." by default) and holds out the share
`heldout`. With the `validation` of a task it excludes that task's validation images. Other files are skipped and
counted in the facts.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data import TRAIN, CorpusArrays, DataError, TaskArrays, splits
from harness.data.decoding import EXTENSIONS, decode_images
from harness.data.fitting import Shape
from harness.data.folders import below, walk


@dataclass(frozen=True)
class Listing:
    """The images below a folder, sorted by name, with the class of each, and the number of other files."""

    paths: list[Path]
    classes: list[str]
    others: int


def task(
    shape: Shape,
    folder: Path,
    train: str = "train",
    validation: str | float = 0.1,
    test: str | float = "test",
    depth: int = 1,
    fit: str = "crop",
) -> TaskArrays:
    """Image classification. Parts are folders ("." is `folder` itself), or shares of each class of the training part.

    The first `depth` folders below a part name the class.

    Raises:
        DataError: when a folder is missing, an image cannot be read, or a part lacks a class.
    """
    located, drawn = splits.own_parts(train, validation, test), splits.shares(validation, test)
    parts = {part: listing(below(folder, name), depth) for part, name in located.items()}
    classes = sorted({name for one in parts.values() for name in one.classes})
    for part, name in located.items():
        fewest = 1 + len(drawn) if part == TRAIN else 1
        splits.check_class_counts(parts[part].classes, classes, fewest, str(folder / name), "images")
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[name] for one in parts.values() for name in one.classes], dtype=np.int64)
    origin = splits.origins({part: one.paths for part, one in parts.items()})
    images, _ = decode_images([path for one in parts.values() for path in one.paths], shape, fit)
    split = splits.draw_split(origin, labels, drawn)
    return TaskArrays(images, labels, split, np.arange(len(images)), classes, _facts(*parts.values()))


def corpus(
    shape: Shape,
    folder: Path,
    train: str = ".",
    heldout: float = splits.HELDOUT_SHARE,
    depth: int = 0,
    validation: float | None = None,
    fit: str = "crop",
) -> CorpusArrays:
    """All images below the folder `train`, at any depth; a share of each class is held out.

    With a `depth` above 0, the first `depth` folders name the class, for an objective that needs labels. With the
    `validation` of a `task` on the same folders, the corpus excludes that task's validation images.

    Raises:
        DataError: when the folder is missing, an image cannot be read, or `validation` is set without `depth`.
    """
    if validation is not None and depth == 0:
        expected, fix = "args.depth above 0, since it is a share of each class", "set args.depth, or remove it"
        raise DataError(place="args.validation", expected=expected, got="depth 0", fix=fix)
    listed = listing(below(folder, train), depth)
    classes, labels = np.unique(listed.classes, return_inverse=True)
    pool = splits.draw_split(np.full(len(labels), TRAIN), labels, splits.shares(validation, None)) == TRAIN
    images, _ = decode_images([path for path, kept in zip(listed.paths, pool, strict=True) if kept], shape, fit)
    labels, facts = labels[pool].astype(np.int64), _facts(listed)
    rows = splits.draw_heldout(labels, heldout)
    if depth == 0:
        return CorpusArrays(images, rows, facts=facts)
    return CorpusArrays(images, rows, labels, len(classes), facts)


def listing(folder: Path, depth: int) -> Listing:
    """The images below a folder. The first `depth` folders on the path to an image are its class.

    Raises:
        DataError: when there are no images, one is outside a class's folder, or a class's folder is empty.
    """
    content = walk(folder)
    names = sorted(name for name in content.files if name.lower().endswith(EXTENSIONS))
    if not names:
        expected = f"images ({', '.join(EXTENSIONS)})"
        raise DataError(place=folder, expected=expected, got="none", fix="put them there")
    outside = next((name for name in names if name.count("/") < depth), None)
    if outside is not None:
        raise DataError(
            place=folder / outside,
            expected="an image in a class's folder",
            got="an image outside of them",
            fix=f"move it to a class's folder ({depth} below {folder}), or set args.depth",
        )
    classes = ["/".join(name.split("/")[:depth]) for name in names]
    folders = {name for name in content.folders if name.count("/") == depth - 1}
    if empty := sorted(folders - set(classes)):
        fix = "add images, or remove the folder"
        raise DataError(place=folder / empty[0], expected="images of a class", got="none", fix=fix)
    return Listing([folder / name for name in names], classes, len(content.files) - len(names))


def _facts(*listings: Listing) -> dict[str, int]:
    others = sum(one.others for one in listings)
    return {"files_that_are_no_images": others} if others else {}
