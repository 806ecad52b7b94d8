"""Tasks and corpora of published image sets. `folder` is the folder of all data; `download` says whether what is not
there may be fetched. `harness.data.published` has which files are asked for and how they are checked.
"""

from pathlib import Path
from typing import Any

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, CorpusArrays, DataError, TaskArrays, splits
from harness.data.boxes import boxed_task
from harness.data.decoding import decoded
from harness.data.fitting import Shape, fitted
from harness.data.layouts.voc import note
from harness.data.maps import VOID, mapped_task
from harness.data.published import opened, parts
from harness.errors import nearest

ARRAYS = ("MNIST", "FashionMNIST", "CIFAR10", "CIFAR100", "STL10")
VOC_PARTS: dict[str, dict[int, str]] = {
    "2007": {TRAIN: "train", VALIDATION: "val", TEST: "test"},
    "2012": {TRAIN: "train", TEST: "val"},  # of its test part nobody has the annotations
}
VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
PET_PARTS = {TRAIN: "trainval", TEST: "test"}
PET_VALUES = {"background": 2, "pet": 1}
"""In the Pets' trimaps; 3 marks their border, which is not classified and does not count."""
PET_VOID = (3,)


def classification(shape: Shape, folder: Path, download: bool, dataset: str, validation: float = 0.1) -> TaskArrays:
    """MNIST, FashionMNIST, CIFAR10, CIFAR100 or STL10 with their published test part; a share of each class of the
    training part is for validation.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    found = {part: _arrays(dataset, folder, download, part) for part in (TRAIN, TEST)}
    labels = np.concatenate([labels for _, labels, _ in found.values()])
    images = fitted([images for images, _, _ in found.values()], shape)
    origin = splits.origins({part: labels for part, (_, labels, _) in found.items()})
    split = splits.drawn(origin, labels, splits.shares(validation, None))
    return TaskArrays(images, labels, split, np.arange(len(labels)), found[TRAIN][2])


def corpus(shape: Shape, folder: Path, download: bool, dataset: str, validation: float = 0.1) -> CorpusArrays:
    """The images that `classification` trains on, with the same `validation`, which the corpus leaves to the task; a
    tenth is held out.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    images, labels, classes = _arrays(dataset, folder, download, TRAIN)
    pool = splits.drawn(np.full(len(labels), TRAIN), labels, splits.shares(validation, None)) == TRAIN
    return CorpusArrays(fitted([images[pool]], shape), splits.heldout(labels[pool]), labels[pool], len(classes))


def stl10_unlabelled(shape: Shape, folder: Path, download: bool) -> CorpusArrays:
    """STL-10's 100,000 images without labels; a tenth is held out.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    images = fitted([opened("STL10", folder, download, split="unlabeled").data], shape)
    return CorpusArrays(images, splits.heldout(np.zeros(len(images), dtype=np.int64)))


def pet_classification(shape: Shape, folder: Path, download: bool, validation: float = 0.1) -> TaskArrays:
    """The 37 breeds of the Oxford-IIIT Pets (Parkhi 2012) from the largest square in the middle of each picture.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    found = parts("OxfordIIITPet", folder, download, {part: {"split": name} for part, name in PET_PARTS.items()})
    labels = np.concatenate([np.array(one._labels, dtype=np.int64) for one in found.values()])
    images, _ = decoded([path for one in found.values() for path in one._images], shape, "crop")
    split = splits.drawn(splits.origins(found), labels, splits.shares(validation, None))
    return TaskArrays(images, labels, split, np.arange(len(labels)), found[TRAIN].classes)


def pet_segmentation(shape: Shape, folder: Path, download: bool, validation: float = 0.1) -> TaskArrays:
    """The pet and what is around it; the border between them does not count.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    found = parts("OxfordIIITPet", folder, download, {part: {"split": name} for part, name in PET_PARTS.items()})
    pictures = {part: one._images for part, one in found.items()}
    maps = {part: one._segs for part, one in found.items()}
    classes, values = list(PET_VALUES), list(PET_VALUES.values())
    return mapped_task(shape, pictures, maps, classes, values, PET_VOID, splits.shares(validation, None))


def voc_detection(
    shape: Shape, folder: Path, download: bool, year: str = "2012", validation: float = 0.1
) -> TaskArrays:
    """Pascal VOC's boxes of 20 classes. 2012 is tested on its published validation part, and a share of its training
    part is for validation; 2007 has its own three parts.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    found = _voc("VOCDetection", folder, download, year)
    pictures = {part: [*map(Path, one.images)] for part, one in found.items()}
    notes = {part: [note(Path(path)) for path in one.targets] for part, one in found.items()}
    return boxed_task(shape, pictures, notes, VOC_CLASSES, _voc_shares(year, validation))


def voc_segmentation(
    shape: Shape, folder: Path, download: bool, year: str = "2012", validation: float = 0.1
) -> TaskArrays:
    """Pascal VOC's class maps of background and 20 classes, with the parts of `voc_detection`.

    Raises:
        DataError: when the files are not there or not as published, with the command that mends it.
    """
    found = _voc("VOCSegmentation", folder, download, year)
    pictures = {part: [*map(Path, one.images)] for part, one in found.items()}
    maps = {part: [*map(Path, one.targets)] for part, one in found.items()}
    classes = ["background", *VOC_CLASSES]
    return mapped_task(shape, pictures, maps, classes, (), VOID, _voc_shares(year, validation))


def _arrays(dataset: str, folder: Path, download: bool, part: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Images, uint8 (N, C, H, W), labels, int64 (N,), and names of the classes of a set that its class holds whole."""
    if dataset not in ARRAYS:
        raise DataError(f"args.dataset: '{dataset}' is no set of arrays; {nearest(dataset, ARRAYS)}")
    if dataset == "STL10":
        found = opened(dataset, folder, download, split="train" if part == TRAIN else "test")
        return found.data, found.labels.astype(np.int64), list(found.classes)
    found = opened(dataset, folder, download, train=part == TRAIN)
    images = np.asarray(found.data)
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    names = [name.partition(" - ")[0] for name in found.classes]  # "0 - zero"
    return images, np.asarray(found.targets, dtype=np.int64), names


def _voc(dataset: str, folder: Path, download: bool, year: str) -> dict[int, Any]:
    if year not in VOC_PARTS:
        raise DataError(f"args.year: no parts are known of '{year}'; {nearest(year, VOC_PARTS)}")
    wanted = {part: {"year": year, "image_set": name} for part, name in VOC_PARTS[year].items()}
    return parts(dataset, folder, download, wanted)


def _voc_shares(year: str, validation: float) -> dict[int, float]:
    return {} if VALIDATION in VOC_PARTS[year] else splits.shares(validation, None)
