"""IDX files, the layout of MNIST: one file of images, uint8 (N, H, W) or (N, C, H, W), and one of labels (N,).

    entry = "harness.data.layouts.idx:task"
    files = "kuzushiji"
    args = { train = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
             test = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], validation = 0.1 }

Where a file is absent, the same name with `.gz` is read. The format (LeCun 1998): two zero bytes, the type (8: uint8),
the number of dimensions, their sizes as big-endian uint32, the values.
"""

import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.data import CorpusArrays, DataError, TaskArrays, splits
from harness.data.fitting import Shape, fitted
from harness.data.folders import below, existing, read_error

UINT8 = 8
TRAIN_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST_FILES = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

Pair = Sequence[str]
"""The files of images and of labels, both below `folder`."""


def task(
    shape: Shape,
    folder: Path,
    train: Pair = TRAIN_FILES,
    validation: Pair | float = 0.1,
    test: Pair | float = TEST_FILES,
    classes: Sequence[str] = (),
) -> TaskArrays:
    """Image classification. A part is a file of images and one of labels, or a share of each class in training.

    Without `classes` these are the numbers up to the highest label.

    Raises:
        DataError: when a file is missing, cannot be read or contradicts another.
    """
    parts = {part: _pair(folder, names) for part, names in splits.own_pairs(train, validation, test).items()}
    labels = np.concatenate([labels for _, labels in parts.values()]).astype(np.int64)
    names = list(classes) or [str(number) for number in range(int(labels.max()) + 1)]
    if labels.max() >= len(names):
        expected, got = f"labels below {len(names)}, the number of args.classes", f"the label {labels.max()}"
        raise DataError(place=folder, expected=expected, got=got, fix="name all classes in args.classes")
    images = fitted([images for images, _ in parts.values()], shape)
    origin = splits.origins({part: labels for part, (_, labels) in parts.items()})
    split = splits.draw_split(origin, labels, splits.shares(validation, test))
    return TaskArrays(images, labels, split, np.arange(len(images)), names)


def corpus(
    shape: Shape, folder: Path, images: str = TRAIN_FILES[0], heldout: float = splits.HELDOUT_SHARE
) -> CorpusArrays:
    """The images of one file, without labels; a share is held out.

    Raises:
        DataError: when the file is missing or cannot be read.
    """
    examples = fitted([_images(below(folder, images))], shape)
    return CorpusArrays(examples, splits.draw_heldout(np.zeros(len(examples), dtype=np.int64), heldout))


def read(path: Path) -> np.ndarray:
    """The uint8 array of a file, or of the same name with `.gz`.

    Raises:
        DataError: when the file is missing or is no IDX file of uint8.
    """
    packed = path.with_name(f"{path.name}.gz")
    path = packed if packed.is_file() and not path.is_file() else existing(path)
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(place=path, expected="gzip", got=str(error), fix="replace the file") from error
    except OSError as error:
        raise read_error(path, error) from error
    if content[:3] != bytes([0, 0, UINT8]) or len(content) < 4:
        got, fix = f"a file that begins with {content[:4].hex(' ') or 'nothing'}", "replace the file"
        raise DataError(place=path, expected="an IDX file of uint8", got=got, fix=fix)
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[offset : offset + 4]) for offset in range(4, start, 4)]
    if len(content) - start != math.prod(shape):
        expected, got = f"{' x '.join(map(str, shape))} values, by its header", f"{len(content) - start} values"
        raise DataError(place=path, expected=expected, got=got, fix="replace the file")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _images(path: Path) -> np.ndarray:
    """uint8 (N, C, H, W)."""
    array = read(path)
    images = array[:, None] if array.ndim == 3 else array
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.size == 0:
        expected, got = "images (N, H, W) or (N, 1 or 3, H, W)", f"an array {array.shape}"
        raise DataError(place=path, expected=expected, got=got, fix="replace the file")
    return images


def _pair(folder: Path, names: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 (N, C, H, W), and labels, uint8 (N,)."""
    images, labels = _images(below(folder, names[0])), read(below(folder, names[1]))
    if labels.shape != (len(images),):
        expected, got = f"labels for {len(images)} images of '{names[0]}'", f"an array {labels.shape}"
        raise DataError(place=folder / names[1], expected=expected, got=got, fix="replace one of the files")
    return images, labels
