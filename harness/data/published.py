"""Published image sets by torchvision's own classes: found in the folder of all data, checked, and fetched if allowed.

What is there has to be what was published: CIFAR and STL-10 are held against torchvision's MD5 sums, MNIST and
Fashion-MNIST against those of the unpacked files (torchvision has only those of the packed ones), Pascal VOC and the
Pets, thousands of files, against the number of examples of each part. So a set's name and its recipe's version stand
for the data, and a plan needs none of them.
"""

import contextlib
import fcntl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.data import DataError
from harness.data.places import FETCH, PLACES, PUT

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
"""How many examples a part of a set has, by the class and the values of its arguments."""


def parts(dataset: str, folder: Path, download: bool, wanted: Mapping[int, dict[str, str]]) -> dict[int, Any]:
    """The parts of a set of files, by the arguments of torchvision's class, each with as many examples as published.

    Raises:
        DataError: when they are not there or not as published, with the command that mends it.
    """
    found = {part: opened(dataset, folder, download, **args) for part, args in wanted.items()}
    for part, args in wanted.items():
        whole = COUNTS[dataset, *args.values()]
        if len(found[part]) != whole:
            raise _broken(dataset, folder, f"'{' '.join(args.values())}' has {len(found[part])} of {whole} examples")
    return found


def opened(dataset: str, folder: Path, download: bool, **args: Any) -> Any:
    """An object of torchvision's class; what is not there is fetched where that is allowed, by one process at a time.

    Raises:
        DataError: when it is not there or not as published, with the command that mends it.
    """
    import torchvision

    kind = getattr(torchvision.datasets, dataset)
    try:
        found = kind(folder, **args)
    except Exception as error:  # each class has its own way to say that something is missing
        if not download:
            raise _broken(dataset, folder, str(error)) from error
        found = _fetched(kind, dataset, folder, args)
    _check_unpacked(dataset, folder)
    return found


def _fetched(kind: Any, dataset: str, folder: Path, args: dict[str, Any]) -> Any:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{dataset}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(Exception):
                return kind(folder, **args)  # another process fetched it meanwhile
            return kind(folder, download=True, **args)
    except Exception as error:
        why = f"the download failed: {' '.join(str(error).split())}"  # the library says it in several lines
        raise _broken(dataset, folder, why, f"see whether this machine reaches the network, or {PUT}") from error


def _check_unpacked(dataset: str, folder: Path) -> None:
    from torchvision.datasets.utils import check_integrity

    for name, md5 in UNPACKED_MD5.get(dataset, {}).items():
        if not check_integrity(folder / PLACES[dataset] / name, md5):
            raise _broken(dataset, folder, f"'{name}' is missing or not as published")


def _broken(
    dataset: str,
    folder: Path,
    why: str,
    mend: str = f"remove what is broken there, and {FETCH}",
) -> DataError:
    what = f"{folder / PLACES[dataset]}: {dataset} is not there whole: {why.partition('. You can use')[0]}"
    return DataError(f"{what}; {mend}")
