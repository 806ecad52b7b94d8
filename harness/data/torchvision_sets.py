"""Published image sets through torchvision's classes: checked, and downloaded where that is allowed.

In keys, a set is identified by its name and its recipe's version, so a plan needs no data. The files therefore have to
be as published. CIFAR and STL-10 are checked by torchvision's MD5 sums. MNIST and Fashion-MNIST are checked by those of
the unpacked files, since torchvision has those of the packed ones only. Pascal VOC and the Pets, thousands of files,
are checked by the number of examples in each part.
"""

import contextlib
import fcntl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.data import DataError
from harness.data.locations import COPY, DOWNLOAD, TORCHVISION_FOLDERS

UNPACKED_MD5 = {
    "MNIST": {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    "FashionMNIST": {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
}

COUNTS = {
    ("OxfordIIITPet", "trainval"): 3680,
    ("OxfordIIITPet", "test"): 3669,
    ("VOCDetection", "2007", "train"): 2501,
    ("VOCDetection", "2007", "val"): 2510,
    ("VOCDetection", "2007", "test"): 4952,
    ("VOCDetection", "2012", "train"): 5717,
    ("VOCDetection", "2012", "val"): 5823,
    ("VOCSegmentation", "2007", "train"): 209,
    ("VOCSegmentation", "2007", "val"): 213,
    ("VOCSegmentation", "2007", "test"): 210,
    ("VOCSegmentation", "2012", "train"): 1464,
    ("VOCSegmentation", "2012", "val"): 1449,
}
"""The number of examples of a part, by torchvision's class and the values of its arguments."""


def open_parts(dataset: str, folder: Path, download: bool, wanted: Mapping[int, dict[str, str]]) -> dict[int, Any]:
    """The parts of a set, as objects of torchvision's class, by its arguments for each part.

    Raises:
        DataError: when files are missing or a part has not the published number of examples.
    """
    opened = {part: open_set(dataset, folder, download, **args) for part, args in wanted.items()}
    for part, args in wanted.items():
        count = COUNTS[dataset, *args.values()]
        if len(opened[part]) != count:
            raise _incomplete(
                dataset, folder, f"{len(opened[part])} of {count} examples in '{' '.join(args.values())}'"
            )
    return opened


def open_set(dataset: str, folder: Path, download: bool, **args: Any) -> Any:
    """An object of torchvision's class. Missing files are downloaded if allowed, by one process at a time.

    Raises:
        DataError: when files are missing or not as published.
    """
    import torchvision

    kind = getattr(torchvision.datasets, dataset)
    try:
        opened = kind(folder, **args)
    except Exception as error:  # each class has its own error for missing files
        if not download:
            raise _incomplete(dataset, folder, str(error)) from error
        opened = _downloaded(kind, dataset, folder, args)
    _check_unpacked(dataset, folder)
    return opened


def _downloaded(kind: Any, dataset: str, folder: Path, args: dict[str, Any]) -> Any:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{dataset}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(Exception):
                return kind(folder, **args)  # another process downloaded it meanwhile
            return kind(folder, download=True, **args)
    except Exception as error:
        got = f"a failed download: {' '.join(str(error).split())}"  # the library's message has several lines
        fix = f"check this machine's network connection, or {COPY}"
        raise _incomplete(dataset, folder, got, fix) from error


def _check_unpacked(dataset: str, folder: Path) -> None:
    from torchvision.datasets.utils import check_integrity

    for name, md5 in UNPACKED_MD5.get(dataset, {}).items():
        if not check_integrity(folder / TORCHVISION_FOLDERS[dataset] / name, md5):
            raise _incomplete(dataset, folder, f"'{name}' missing or not as published")


def _incomplete(dataset: str, folder: Path, got: str, fix: str = f"remove broken files, and {DOWNLOAD}") -> DataError:
    place, expected = folder / TORCHVISION_FOLDERS[dataset], f"{dataset} as published"
    return DataError(place=place, expected=expected, got=got.partition(". You can use")[0], fix=fix)
