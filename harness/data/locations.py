"""Where an entry's data is on this machine, and why it cannot be read. No entry's code runs. Never imports torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.catalog.schemas import Stored
from harness.data import DataError, fingerprints
from harness.data.folders import has_data

TORCHVISION_FOLDERS = {
    "MNIST": "MNIST/raw",
    "FashionMNIST": "FashionMNIST/raw",
    "CIFAR10": "cifar-10-batches-py",
    "CIFAR100": "cifar-100-python",
    "STL10": "stl10_binary",
    "OxfordIIITPet": "oxford-iiit-pet",
    "VOCDetection": "VOCdevkit",
    "VOCSegmentation": "VOCdevkit",
}
"""The folder of each torchvision dataset, below the folder of all data."""

DATASET_OF_SOURCE = {
    "stl10_unlabelled": "STL10",
    "pet_classification": "OxfordIIITPet",
    "pet_segmentation": "OxfordIIITPet",
    "voc_detection": "VOCDetection",
    "voc_segmentation": "VOCSegmentation",
}
"""The torchvision dataset of those sources of `harness.data.public` that have no `args.dataset`."""

COPY = "put the files there as torchvision leaves them"
DOWNLOAD = f"run `pretune sweep SUITE --download` or {COPY}"


def data_path(entry: Stored, folder: Path) -> Path | None:
    """The file or folder of an entry, below the folder of all data.

    None for a public set whose source is not the harness's: only that source knows.
    """
    if entry.files:
        return folder / entry.files
    dataset = _dataset(entry.entry, entry.args)
    return folder / TORCHVISION_FOLDERS[dataset] if dataset else None


def data_error(entry: Stored, folder: Path, cache: Path, download: bool = False) -> DataError | None:
    """Why an entry's data cannot be read, or None where it can or may be downloaded.

    A public set that is incomplete is detected by its trials only.
    """
    if entry.files:
        try:
            fingerprints.of(folder / entry.files, cache)
        except DataError as error:
            return error
        return None
    path = data_path(entry, folder)
    if download or path is None or has_data(path):
        return None
    return DataError(place=path, expected="a published data set", got="nothing", fix=DOWNLOAD)


def _dataset(source: str, args: Mapping[str, Any]) -> str | None:
    """The torchvision dataset that a source reads, or None where the source is not the harness's."""
    module, _, name = source.partition(":")
    dataset = DATASET_OF_SOURCE.get(name, args.get("dataset")) if module == "harness.data.public" else None
    return dataset if dataset in TORCHVISION_FOLDERS else None
