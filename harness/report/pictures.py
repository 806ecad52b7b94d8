"""Small pictures within a page, as PNG."""

import base64
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB = 0, 2


def pictures(panel: Mapping[str, Any]) -> list[str]:
    """The pictures of a panel as `data:` addresses; none where it holds texts or what is no picture."""
    if "pixels" not in panel:
        return []
    count, channels, height, width = panel["shape"]
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(panel["pixels"])), dtype=np.uint8)
    rows = pixels.reshape(count, channels, height, width)
    if channels not in (1, 3):
        rows = rows[:, :1]
    return [f"data:image/png;base64,{base64.b64encode(png(each)).decode()}" for each in rows]


def png(image: np.ndarray) -> bytes:
    """An image (1 or 3, H, W), uint8, as PNG."""
    channels, height, width = image.shape
    rows = np.zeros((height, 1 + width * channels), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = image.transpose(1, 2, 0).reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, GREY if channels == 1 else RGB, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
