"""Where the data of an entry are looked for, and why they cannot be read. No code of an entry runs. Never torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.catalog.schemas import Stored
from harness.data import DataError, fingerprints
from harness.data.folders import holds

PLACES = {
    "MNIST": "MNIST/raw",
    "FashionMNIST": "FashionMNIST/raw",
    "CIFAR10": "cifar-10-batches-py",
    "CIFAR100": "cifar-100-python",
    "STL10": "stl10_binary",
    "OxfordIIITPet": "oxford-iiit-pet",
    "VOCDetection": "VOCdevkit",
    "VOCSegmentation": "VOCdevkit",
}
"""Where torchvision's classes look for their files, below the folder of all data."""

BY_SOURCE = {
    "stl10_unlabelled": "STL10",
    "pet_classification": "OxfordIIITPet",
    "pet_segmentation": "OxfordIIITPet",
    "voc_detection": "VOCDetection",
    "voc_segmentation": "VOCSegmentation",
}
"""The sets of those sources of `harness.data.public` that are not told theirs by `args.dataset`."""

PUT = "put the files there as torchvision leaves them"
FETCH = f"run `pretune sweep SUITE --download` or {PUT}"


def place(entry: Stored, folder: Path) -> Path | None:
    """The file or folder of an entry below the folder of all data; None of a public set that its source alone knows."""
    if entry.files:
        return folder / entry.files
    dataset = _dataset(entry.entry, entry.args)
    return folder / PLACES[dataset] if dataset else None


def unreadable(entry: Stored, folder: Path, cache: Path, download: bool = False) -> str | None:
    """Why the data of an entry cannot be read, and what mends it; None where they can, or may be fetched. Of a public
    set its trials alone find whether it is whole."""
    if entry.files:
        try:
            fingerprints.of(folder / entry.files, cache)
        except DataError as error:
            return str(error)
        return None
    where = place(entry, folder)
    return None if download or where is None or holds(where) else f"{where}: is not there; {FETCH}"


def _dataset(source: str, args: Mapping[str, Any]) -> str | None:
    """The public set that a source reads; None of a source that is not the harness's own."""
    module, _, name = source.partition(":")
    dataset = BY_SOURCE.get(name, args.get("dataset")) if module == "harness.data.public" else None
    return dataset if dataset in PLACES else None
