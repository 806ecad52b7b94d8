"""Tasks and corpora of published image sets.

`folder` is the folder of all data; `download` allows downloads of missing files. `harness.data.torchvision_sets` checks
the files.
"""

from pathlib import Path
from typing import Any

import numpy as np

from harness.data import TEST, TRAIN, VALIDATION, CorpusArrays, DataError, TaskArrays, splits
from harness.data.boxes import detection_task
from harness.data.decoding import decode_images
from harness.data.fitting import Shape, fitted
from harness.data.layouts.voc import read_annotations
from harness.data.maps import VOID, segmentation_task
from harness.data.torchvision_sets import open_parts, open_set
from harness.errors import nearest

ARRAYS = ("MNIST", "FashionMNIST", "CIFAR10", "CIFAR100", "STL10")
VOC_PARTS: dict[str, dict[int, str]] = {
    "2007": {TRAIN: "train", VALIDATION: "val", TEST: "test"},
    "2012": {TRAIN: "train", TEST: "val"},  # the annotations of its test part are not published
}
VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
PET_PARTS = {TRAIN: "trainval", TEST: "test"}
PET_VALUES = {"background": 2, "pet": 1}
"""In the Pets' trimaps. 3 is the border, which is ignored."""
PET_VOID = (3,)


def classification(shape: Shape, folder: Path, download: bool, dataset: str, validation: float = 0.1) -> TaskArrays:
    """MNIST, FashionMNIST, CIFAR10, CIFAR100 or STL10 with their published test part.

    A share of each class of the training part is for validation.

    Raises:
        DataError: when files are missing or not as published.
    """
    parts = {part: _arrays(dataset, folder, download, part) for part in (TRAIN, TEST)}
    labels = np.concatenate([labels for _, labels, _ in parts.values()])
    images = fitted([images for images, _, _ in parts.values()], shape)
    origin = splits.origins({part: labels for part, (_, labels, _) in parts.items()})
    split = splits.draw_split(origin, labels, splits.shares(validation, None))
    return TaskArrays(images, labels, split, np.arange(len(labels)), parts[TRAIN][2])


def corpus(shape: Shape, folder: Path, download: bool, dataset: str, validation: float = 0.1) -> CorpusArrays:
    """The images that `classification` trains on with the same `validation`; a tenth is held out.

    Raises:
        DataError: when files are missing or not as published.
    """
    images, labels, classes = _arrays(dataset, folder, download, TRAIN)
    pool = splits.draw_split(np.full(len(labels), TRAIN), labels, splits.shares(validation, None)) == TRAIN
    return CorpusArrays(fitted([images[pool]], shape), splits.draw_heldout(labels[pool]), labels[pool], len(classes))


def stl10_unlabelled(shape: Shape, folder: Path, download: bool) -> CorpusArrays:
    """STL-10's 100,000 images without labels; a tenth is held out.

    Raises:
        DataError: when files are missing or not as published.
    """
    images = fitted([open_set("STL10", folder, download, split="unlabeled").data], shape)
    return CorpusArrays(images, splits.draw_heldout(np.zeros(len(images), dtype=np.int64)))


def pet_classification(shape: Shape, folder: Path, download: bool, validation: float = 0.1) -> TaskArrays:
    """The 37 breeds of the Oxford-IIIT Pets (Parkhi 2012), from the largest central square of each image.

    Raises:
        DataError: when files are missing or not as published.
    """
    parts = _pets(folder, download)
    labels = np.concatenate([np.array(one._labels, dtype=np.int64) for one in parts.values()])
    images, _ = decode_images([path for one in parts.values() for path in one._images], shape, "crop")
    split = splits.draw_split(splits.origins(parts), labels, splits.shares(validation, None))
    return TaskArrays(images, labels, split, np.arange(len(labels)), parts[TRAIN].classes)


def pet_segmentation(shape: Shape, folder: Path, download: bool, validation: float = 0.1) -> TaskArrays:
    """Pet and background; the border between them is ignored.

    Raises:
        DataError: when files are missing or not as published.
    """
    parts = _pets(folder, download)
    images = {part: one._images for part, one in parts.items()}
    maps = {part: one._segs for part, one in parts.items()}
    classes, values = list(PET_VALUES), list(PET_VALUES.values())
    return segmentation_task(shape, images, maps, classes, values, PET_VOID, splits.shares(validation, None))


def voc_detection(
    shape: Shape, folder: Path, download: bool, year: str = "2012", validation: float = 0.1
) -> TaskArrays:
    """Pascal VOC's boxes of 20 classes.

    2007 has three published parts. 2012 is tested on its published validation part; a share of its training part is for
    validation.

    Raises:
        DataError: when files are missing or not as published.
    """
    parts = _voc("VOCDetection", folder, download, year)
    images = {part: [*map(Path, one.images)] for part, one in parts.items()}
    annotations = {part: [read_annotations(Path(path)) for path in one.targets] for part, one in parts.items()}
    return detection_task(shape, images, annotations, VOC_CLASSES, _voc_shares(year, validation))


def voc_segmentation(
    shape: Shape, folder: Path, download: bool, year: str = "2012", validation: float = 0.1
) -> TaskArrays:
    """Pascal VOC's class maps of background and 20 classes, with the parts of `voc_detection`.

    Raises:
        DataError: when files are missing or not as published.
    """
    parts = _voc("VOCSegmentation", folder, download, year)
    images = {part: [*map(Path, one.images)] for part, one in parts.items()}
    maps = {part: [*map(Path, one.targets)] for part, one in parts.items()}
    classes = ["background", *VOC_CLASSES]
    return segmentation_task(shape, images, maps, classes, (), VOID, _voc_shares(year, validation))


def _arrays(dataset: str, folder: Path, download: bool, part: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Images, uint8 (N, C, H, W), labels, int64 (N,), and class names of a set that torchvision loads as arrays."""
    if dataset not in ARRAYS:
        expected = f"one of {', '.join(ARRAYS)}"
        raise DataError(place="args.dataset", expected=expected, got=f"'{dataset}'", fix=nearest(dataset, ARRAYS))
    if dataset == "STL10":
        opened = open_set(dataset, folder, download, split="train" if part == TRAIN else "test")
        return opened.data, opened.labels.astype(np.int64), list(opened.classes)
    opened = open_set(dataset, folder, download, train=part == TRAIN)
    images = np.asarray(opened.data)
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    names = [name.partition(" - ")[0] for name in opened.classes]  # "0 - zero"
    return images, np.asarray(opened.targets, dtype=np.int64), names


def _pets(folder: Path, download: bool) -> dict[int, Any]:
    return open_parts("OxfordIIITPet", folder, download, {part: {"split": name} for part, name in PET_PARTS.items()})


def _voc(dataset: str, folder: Path, download: bool, year: str) -> dict[int, Any]:
    if year not in VOC_PARTS:
        expected, fix = f"one of {', '.join(VOC_PARTS)}", nearest(year, VOC_PARTS)
        raise DataError(place="args.year", expected=expected, got=f"'{year}'", fix=fix)
    wanted = {part: {"year": year, "image_set": name} for part, name in VOC_PARTS[year].items()}
    return open_parts(dataset, folder, download, wanted)


def _voc_shares(year: str, validation: float) -> dict[int, float]:
    return {} if VALIDATION in VOC_PARTS[year] else splits.shares(validation, None)
