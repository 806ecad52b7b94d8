"""Image files and class maps decoded into arrays, by Pillow in threads: it works without the interpreter's lock.

As torchvision's own loader, it takes pictures as they are stored (an EXIF orientation does not turn them) and drops
transparency. 60,000 JPEGs of 32 x 32 take 6 s of processor time.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from harness.data import DataError
from harness.data.fitting import Shape, check_channels, window

EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
CHUNK = 64
VOID, UNKNOWN = -1, -2
DEEP = ("I", "F")
"""Beginnings of Pillow's modes of more than 8 bits a channel."""

T = TypeVar("T")


def decoded(paths: Sequence[Path], shape: Shape, fit: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures as uint8 (N, C, H, W), bilinear and antialiased, and their own sizes, int64 (N, 2): width, height.

    Raises:
        DataError: names the first file that is missing, truncated, no image or of more than 8 bits a channel.
    """
    check_channels(shape)
    images = np.empty((len(paths), *shape), dtype=np.uint8)
    sizes = np.empty((len(paths), 2), dtype=np.int64)

    def decode(index: int) -> None:
        sizes[index], images[index] = _picture(paths[index], shape, fit)

    _each(decode, len(paths))
    return images, sizes


def decoded_maps(
    paths: Sequence[Path], sizes: np.ndarray, shape: Shape, fit: str, values: Sequence[int], void: Sequence[int]
) -> np.ndarray:
    """Class maps as int16 (N, H, W), by the nearest pixel: `values` are the classes' numbers in the files, in their
    order; `void` are those of pixels that do not count, -1 in the array.

    Raises:
        DataError: names the first file that cannot be read, is not of its picture's size or holds another number.
    """
    for number in (*values, *void):
        if not 0 <= number < 1 << 16 or [*values, *void].count(number) > 1:
            raise DataError(f"args.values, args.void: {number} has to be within 0 and 65535 and to stand there once")
    table = np.full(1 << 16, UNKNOWN, dtype=np.int16)
    table[list(void)] = VOID
    table[list(values)] = np.arange(len(values))
    maps = np.empty((len(paths), *shape[1:]), dtype=np.int16)

    def decode(index: int) -> None:
        numbers = numbered(paths[index])
        if numbers.shape[::-1] != tuple(sizes[index]):
            ours, theirs = ("{} x {}".format(*size) for size in (numbers.shape[::-1], sizes[index]))
            raise DataError(f"{paths[index]}: is {ours} pixels and its picture {theirs}; make it of the same size")
        classes = table[numbers]
        if classes.min() == UNKNOWN:
            raise DataError(
                f"{paths[index]}: holds the value {numbers[classes == UNKNOWN].max()}, which is no class: add it to "
                f"args.values with its name in args.classes, or to args.void"
            )
        left, top, right, bottom = window((numbers.shape[1], numbers.shape[0]), shape, fit)
        rows = top + (np.arange(shape[1]) + 0.5) * (bottom - top) / shape[1]
        columns = left + (np.arange(shape[2]) + 0.5) * (right - left) / shape[2]
        maps[index] = classes[rows.astype(int)[:, None], columns.astype(int)]

    _each(decode, len(paths))
    return maps


def numbered(path: Path) -> np.ndarray:
    """The numbers in the file of a map, uint16 (h, w).

    Raises:
        DataError: names the file, and what is wrong with it.
    """
    with _opened(path) as image:
        if len(image.getbands()) != 1 or image.mode == "F":
            raise DataError(f"{path}: is {image.mode}, and a map has one whole number a pixel; save it as a grey PNG")
        numbers = _loaded(path, lambda: np.asarray(image))
    if numbers.min() < 0 or numbers.max() >= 1 << 16:
        raise DataError(f"{path}: holds a value that is not within 0 and 65535; number its classes from 0")
    return numbers.astype(np.uint16)


def _picture(path: Path, shape: Shape, fit: str) -> tuple[tuple[int, int], np.ndarray]:
    mode, target = ("L", "RGB")[shape[0] == 3], (shape[2], shape[1])
    with _opened(path) as image:
        size = image.size
        if image.mode.startswith(DEEP):
            raise DataError(f"{path}: has more than 8 bits a channel ({image.mode}); choose its range and save 8 bits")
        image.draft(mode, (2 * shape[2], 2 * shape[1]))  # a JPEG much larger than it has to be is not decoded whole
        picture = _loaded(path, lambda: image.convert(mode))
    if picture.size != target:
        picture = picture.resize(target, Image.Resampling.BILINEAR, window(picture.size, shape, fit))
    return size, np.asarray(picture).reshape(*shape[1:], shape[0]).transpose(2, 0, 1)


def _opened(path: Path) -> Image.Image:
    return _loaded(path, lambda: Image.open(path))


def _loaded(path: Path, load: Callable[[], T]) -> T:
    try:
        return load()
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; put it there, or leave it out of what names it") from error
    except Exception as error:  # a codec may raise anything
        raise DataError(f"{path}: cannot be read as an image: {error}; replace or remove it") from error


def _each(work: Callable[[int], None], count: int) -> None:
    """Does the work for 0 to count - 1 on all cores; what one of them raises ends it."""

    def chunk(start: int) -> None:
        for index in range(start, min(start + CHUNK, count)):
            work(index)

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        for _ in pool.map(chunk, range(0, count, CHUNK)):
            pass
