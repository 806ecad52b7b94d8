"""IDX files, the layout of MNIST and its kin: one file of images, uint8 (N, H, W) or (N, C, H, W), one of labels (N,).

    entry = "harness.data.layouts.idx:task"
    files = "kuzushiji"
    args = { train = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
             test = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], validation = 0.1 }

A file is taken compressed, with `.gz` after its name, where it is not there as it is. LeCun 1998 has the format: two
zero bytes, the type (8: uint8), the number of dimensions, their sizes as big-endian uint32, the values.
"""

import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.data import CorpusArrays, DataError, TaskArrays, splits
from harness.data.fitting import Shape, fitted
from harness.data.folders import below, existing, unreadable

UINT8 = 8
TRAIN_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST_FILES = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

Place = Sequence[str]
"""The files of images and of labels, both below `folder`."""


def task(
    shape: Shape,
    folder: Path,
    train: Place = TRAIN_FILES,
    validation: Place | float = 0.1,
    test: Place | float = TEST_FILES,
    classes: Sequence[str] = (),
) -> TaskArrays:
    """Image classification. A part is a pair of files, images and labels; or a share of the training examples, drawn
    alike of each class. Without `classes` they are the numbers up to the highest label.

    Raises:
        DataError: names the file, and the mend.
    """
    parts = {part: _pair(folder, place) for part, place in splits.pairs(train, validation, test).items()}
    labels = np.concatenate([labels for _, labels in parts.values()]).astype(np.int64)
    names = list(classes) or [str(number) for number in range(int(labels.max()) + 1)]
    if labels.max() >= len(names):
        raise DataError(f"{folder}: has the label {labels.max()}, and args.classes names {len(names)}; name them all")
    images = fitted([images for images, _ in parts.values()], shape)
    origin = splits.origins({part: labels for part, (_, labels) in parts.items()})
    split = splits.drawn(origin, labels, splits.shares(validation, test))
    return TaskArrays(images, labels, split, np.arange(len(images)), names)


def corpus(
    shape: Shape, folder: Path, images: str = TRAIN_FILES[0], heldout: float = splits.HELDOUT_SHARE
) -> CorpusArrays:
    """The images of one file, without labels; a share is held out.

    Raises:
        DataError: names the file, and the mend.
    """
    found = fitted([_images(below(folder, images))], shape)
    return CorpusArrays(found, splits.heldout(np.zeros(len(found), dtype=np.int64), heldout))


def read(path: Path) -> np.ndarray:
    """The array of a file, or of the same name with `.gz`.

    Raises:
        DataError: names the file, and what is wrong with it.
    """
    packed = path.with_name(f"{path.name}.gz")
    path = packed if packed.is_file() and not path.is_file() else existing(path)
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: cannot be unpacked: {error}; replace it") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if content[:3] != bytes([0, 0, UINT8]) or len(content) < 4:
        raise DataError(f"{path}: not an IDX file of bytes; replace it")
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[place : place + 4]) for place in range(4, start, 4)]
    if len(content) - start != math.prod(shape):
        raise DataError(
            f"{path}: holds {len(content) - start} values, and its head says {' x '.join(map(str, shape))}; replace it"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _images(path: Path) -> np.ndarray:
    """uint8 (N, C, H, W)."""
    found = read(path)
    images = found[:, None] if found.ndim == 3 else found
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.size == 0:
        raise DataError(f"{path}: is {found.shape}, and images are (N, H, W) or (N, 1 or 3, H, W); replace it")
    return images


def _pair(folder: Path, place: Place) -> tuple[np.ndarray, np.ndarray]:
    images, labels = _images(below(folder, place[0])), read(below(folder, place[1]))
    if labels.shape != (len(images),):
        raise DataError(f"{folder / place[1]}: holds labels {labels.shape} for {len(images)} images of '{place[0]}'")
    return images, labels
