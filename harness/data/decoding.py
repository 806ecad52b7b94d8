"""Image files and class maps decoded into arrays, by Pillow in threads, which works without the interpreter's lock.

As in torchvision's loader, images are taken as stored (an EXIF orientation does not turn them) and without
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
"""Prefixes of Pillow's modes of more than 8 bits a channel."""

T = TypeVar("T")


def decode_images(paths: Sequence[Path], shape: Shape, fit: str) -> tuple[np.ndarray, np.ndarray]:
    """Images as uint8 (N, C, H, W), bilinear and antialiased, and their stored sizes, int64 (N, 2): width, height.

    Raises:
        DataError: for the first file that is missing, truncated, no image or of more than 8 bits a channel.
    """
    check_channels(shape)
    images = np.empty((len(paths), *shape), dtype=np.uint8)
    sizes = np.empty((len(paths), 2), dtype=np.int64)

    def decode(index: int) -> None:
        sizes[index], images[index] = _image(paths[index], shape, fit)

    _each(decode, len(paths))
    return images, sizes


def decode_maps(
    paths: Sequence[Path], sizes: np.ndarray, shape: Shape, fit: str, values: Sequence[int], void: Sequence[int]
) -> np.ndarray:
    """Class maps as int16 (N, H, W), by the nearest pixel.

    Args:
        paths: the files of the maps.
        sizes: int64 (N, 2): width and height of the images that the maps belong to.
        shape: the suite's (C, H, W).
        fit: "crop" or "stretch".
        values: the classes' numbers in the files, in the order of the classes.
        void: the numbers of ignored pixels, which are -1 in the array.

    Raises:
        DataError: for the first file that cannot be read, has not its image's size or holds another number.
    """
    for number in (*values, *void):
        if not 0 <= number < 1 << 16 or [*values, *void].count(number) > 1:
            expected, fix = "different numbers from 0 to 65535", "correct or remove it"
            raise DataError(place="args.values, args.void", expected=expected, got=str(number), fix=fix)
    table = np.full(1 << 16, UNKNOWN, dtype=np.int16)
    table[list(void)] = VOID
    table[list(values)] = np.arange(len(values))
    maps = np.empty((len(paths), *shape[1:]), dtype=np.int16)

    def decode(index: int) -> None:
        numbers = read_map(paths[index])
        if numbers.shape[::-1] != tuple(sizes[index]):
            got, wanted = ("{} x {} pixels".format(*size) for size in (numbers.shape[::-1], sizes[index]))
            expected, fix = f"its image's size, {wanted}", "save it at this size"
            raise DataError(place=paths[index], expected=expected, got=got, fix=fix)
        classes = table[numbers]
        if classes.min() == UNKNOWN:
            raise DataError(
                place=paths[index],
                expected="values of classes",
                got=f"the value {numbers[classes == UNKNOWN].max()}",
                fix="add it to args.values with its name in args.classes, or to args.void",
            )
        left, top, right, bottom = window((numbers.shape[1], numbers.shape[0]), shape, fit)
        rows = top + (np.arange(shape[1]) + 0.5) * (bottom - top) / shape[1]
        columns = left + (np.arange(shape[2]) + 0.5) * (right - left) / shape[2]
        maps[index] = classes[rows.astype(int)[:, None], columns.astype(int)]

    _each(decode, len(paths))
    return maps


def read_map(path: Path) -> np.ndarray:
    """The numbers in the file of a map, uint16 (h, w).

    Raises:
        DataError: when the file cannot be read, has several channels or numbers beyond 0 to 65535.
    """
    with _opened(path) as image:
        if len(image.getbands()) != 1 or image.mode == "F":
            expected, fix = "a map of one whole number a pixel", "save it as a grey PNG"
            raise DataError(place=path, expected=expected, got=f"an image of mode {image.mode}", fix=fix)
        numbers = _loaded(path, lambda: np.asarray(image))
    if numbers.min() < 0 or numbers.max() >= 1 << 16:
        got, fix = f"values from {numbers.min()} to {numbers.max()}", "number its classes from 0"
        raise DataError(place=path, expected="values from 0 to 65535", got=got, fix=fix)
    return numbers.astype(np.uint16)


def _image(path: Path, shape: Shape, fit: str) -> tuple[tuple[int, int], np.ndarray]:
    mode, target = ("L", "RGB")[shape[0] == 3], (shape[2], shape[1])
    with _opened(path) as image:
        size = image.size
        if image.mode.startswith(DEEP):
            fix = "choose a range of values and save 8 bits"
            raise DataError(place=path, expected="8 bits a channel", got=f"mode {image.mode}", fix=fix)
        image.draft(mode, (2 * shape[2], 2 * shape[1]))  # does not decode a much larger JPEG whole
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
        fix = "add the file, or remove it from the list that names it"
        raise DataError(place=path, expected="an image", got="no such file", fix=fix) from error
    except Exception as error:  # a codec may raise anything
        fix = "replace or remove it"
        raise DataError(place=path, expected="an image that can be read", got=str(error), fix=fix) from error


def _each(work: Callable[[int], None], count: int) -> None:
    """Calls `work` for 0 to count - 1 on all cores; the first error ends it and is raised."""

    def chunk(start: int) -> None:
        for index in range(start, min(start + CHUNK, count)):
            work(index)

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        for _ in pool.map(chunk, range(0, count, CHUNK)):
            pass
