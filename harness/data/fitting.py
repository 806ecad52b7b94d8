"""Images of any size and colours, fitted to a suite's shape.

`fit` handles other proportions. "crop" keeps them and takes the largest central part: resize the shorter side, then a
centre crop. "stretch" keeps the whole image and changes its proportions, as box and map labels need.
"""

from collections.abc import Sequence

import numpy as np

from harness.data import DataError
from harness.data.images import resized
from harness.errors import nearest

Shape = tuple[int, int, int]
"""Channels, height, width."""
Window = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

FITS = ("crop", "stretch")
CHUNK = 1024


def window(size: tuple[int, int], shape: Shape, fit: str) -> Window:
    """The part of an image of a size (width, height) that is used.

    Raises:
        DataError: for an unknown `fit`.
    """
    if fit not in FITS:
        raise DataError(place="args.fit", expected="crop or stretch", got=f"'{fit}'", fix=nearest(fit, FITS))
    if fit == "stretch":
        return 0.0, 0.0, float(size[0]), float(size[1])
    scale = min(size[0] / shape[2], size[1] / shape[1])
    wide, tall = scale * shape[2], scale * shape[1]
    left, top = (size[0] - wide) / 2, (size[1] - tall) / 2
    return left, top, left + wide, top + tall


def fitted(parts: Sequence[np.ndarray], shape: Shape) -> np.ndarray:
    """Arrays of images, uint8 (N, c, h, w) with c of 1 or 3, as one uint8 (sum of N, C, H, W), stretched.

    Raises:
        DataError: when the shape has neither one channel nor three.
    """
    check_channels(shape)
    whole = np.empty((sum(map(len, parts)), *shape), dtype=np.uint8)
    start = 0
    for part in parts:
        for first in range(0, len(part), CHUNK):
            chunk = part[first : first + CHUNK]
            whole[start : start + len(chunk)] = resized(grey(chunk) if shape[0] == 1 else chunk, shape)
            start += len(chunk)
    return whole


def grey(images: np.ndarray) -> np.ndarray:
    """uint8 (N, 1 or 3, H, W) as (N, 1, H, W): the luma of ITU-R 601, equal to Pillow's to the bit."""
    if images.shape[1] == 1:
        return images
    red, green, blue = (images[:, channel].astype(np.uint32) for channel in range(3))
    return ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16).astype(np.uint8)[:, None]


def check_channels(shape: Shape) -> None:
    """Checks that a shape is of grey or RGB images.

    Raises:
        DataError: when it has neither one channel nor three.
    """
    if shape[0] not in (1, 3):
        raise DataError(
            place="shape", expected="1 or 3 channels", got=f"{shape[0]} channels", fix="change the suite's `shape`"
        )
