"""Images whose folder is their class, as in torchvision's ImageFolder: `train/<class>/.../*.jpg`.

    entry = "harness.data.layouts.image_folder:task"
    files = "flowers"
    args = { train = "train", validation = 0.1, test = "test", depth = 1, fit = "crop" }

Parts are folders ("." is `files` itself) or shares of the training images; the first `depth` folders name the class;
`fit` is "crop" or "stretch". A `corpus` takes all images below `train` ("." by default), holds out the share `heldout`,
and leaves the task that has the same `validation` its examples. Files that are no images are counted among the facts,
and so are none left out unsaid.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data import TRAIN, CorpusArrays, DataError, TaskArrays, splits
from harness.data.decoding import EXTENSIONS, decoded
from harness.data.fitting import Shape
from harness.data.folders import below, walk


@dataclass(frozen=True)
class Listing:
    """The images below a folder, sorted by name, and the class of each; how many other files there are."""

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
    """Image classification. `train`, `validation` and `test` name folders ("." is `folder` itself); a number is a share
    of the training images, drawn alike of each class. The first `depth` folders below name the class.

    Raises:
        DataError: names the file or folder, and the mend.
    """
    named, wanted = splits.places(train, validation, test), splits.shares(validation, test)
    found = {part: listing(below(folder, place), depth) for part, place in named.items()}
    classes = sorted({name for one in found.values() for name in one.classes})
    for part, place in named.items():
        fewest = 1 + len(wanted) if part == TRAIN else 1
        splits.check_covers(found[part].classes, classes, fewest, str(folder / place), "images")
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[name] for one in found.values() for name in one.classes], dtype=np.int64)
    origin = splits.origins({part: one.paths for part, one in found.items()})
    images, _ = decoded([path for one in found.values() for path in one.paths], shape, fit)
    split = splits.drawn(origin, labels, wanted)
    return TaskArrays(images, labels, split, np.arange(len(images)), classes, _facts(*found.values()))


def corpus(
    shape: Shape,
    folder: Path,
    train: str = ".",
    heldout: float = splits.HELDOUT_SHARE,
    depth: int = 0,
    validation: float | None = None,
    fit: str = "crop",
) -> CorpusArrays:
    """All images below the folder `train`, whatever their depth; where `depth` is not 0, so many folders name a class,
    for an objective that asks for labels. With the `validation` of the `task` on the same folders the corpus leaves it
    those examples. Of the others a share of each class is held out.

    Raises:
        DataError: names the file or folder, and the mend.
    """
    if validation is not None and depth == 0:
        raise DataError("args.validation: is drawn alike of each class; set args.depth, or leave it out")
    found = listing(below(folder, train), depth)
    classes, labels = np.unique(found.classes, return_inverse=True)
    pool = splits.drawn(np.full(len(labels), TRAIN), labels, splits.shares(validation, None)) == TRAIN
    images, _ = decoded([path for path, chosen in zip(found.paths, pool, strict=True) if chosen], shape, fit)
    labels, facts = labels[pool].astype(np.int64), _facts(found)
    aside = splits.heldout(labels, heldout)
    if depth == 0:
        return CorpusArrays(images, aside, facts=facts)
    return CorpusArrays(images, aside, labels, len(classes), facts)


def listing(folder: Path, depth: int) -> Listing:
    """The images below a folder, whose class are the first `depth` folders on the way to them.

    Raises:
        DataError: when there are none, one lies outside a class's folder, or a class's folder has none.
    """
    found = walk(folder)
    names = sorted(name for name in found.files if name.lower().endswith(EXTENSIONS))
    if not names:
        raise DataError(f"{folder}: holds no images ({', '.join(EXTENSIONS)}); put them there")
    outside = next((name for name in names if name.count("/") < depth), None)
    if outside is not None:
        raise DataError(
            f"{folder / outside}: lies in no class's folder; move it to one ({depth} below {folder}), or set args.depth"
        )
    classes = ["/".join(name.split("/")[:depth]) for name in names]
    there = {name for name in found.folders if name.count("/") == depth - 1}
    if empty := sorted(there - set(classes)):
        raise DataError(f"{folder / empty[0]}: is a class's folder without images; add some, or remove it")
    return Listing([folder / name for name in names], classes, len(found.files) - len(names))


def _facts(*found: Listing) -> dict[str, int]:
    others = sum(one.others for one in found)
    return {"files_that_are_no_images": others} if others else {}
