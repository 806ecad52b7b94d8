"""Texts as rows of bytes: UTF-8, filled up with a byte that UTF-8 never has.

So a set of texts is an array of uint8 (N, W) as a set of images is one of (N, C, H, W), and is hashed, kept, drawn from
and read in the same way.
"""

from collections.abc import Iterable, Sequence

import numpy as np

FILL = 0xFF
CONTINUES = 0b10
"""The two highest bits of every byte of a character but its first."""


def packed(texts: Sequence[str], width: int) -> tuple[np.ndarray, int]:
    """uint8 (N, width), and how many texts were cut, at the end of a character, since they have more bytes."""
    encoded = [text.encode() for text in texts]
    whole = b"".join(_cut(one, width).ljust(width, bytes([FILL])) for one in encoded)
    return np.frombuffer(whole, np.uint8).reshape(len(texts), width).copy(), sum(len(one) > width for one in encoded)


def _cut(encoded: bytes, width: int) -> bytes:
    if len(encoded) <= width:
        return encoded
    while encoded[width] >> 6 == CONTINUES:
        width -= 1
    return encoded[:width]


def joined(parts: Sequence[str], width: int) -> tuple[str, bool]:
    """The parts of a text as lines that have `width` bytes at most together, and whether that cut any: then all that
    are longer than some length are cut to it, so that no part loses what another could spare."""
    encoded = [part.encode() for part in parts]
    room = width - (len(parts) - 1)
    if sum(map(len, encoded)) <= room:
        return "\n".join(parts), False
    most = 0
    for place, size in enumerate(sorted(map(len, encoded))):
        left = len(encoded) - place
        most = room // left
        if size > most:
            break
        room -= size
    return "\n".join(_cut(one, max(0, most)).decode() for one in encoded), True


def sizes(rows: np.ndarray) -> np.ndarray:
    """int64 (N,): how many bytes each text has."""
    return np.asarray((rows != FILL).sum(axis=1))


def unpacked(rows: np.ndarray) -> list[str]:
    """The texts of rows (N, W)."""
    return [row[:size].tobytes().decode() for row, size in zip(rows, sizes(rows).tolist(), strict=True)]


def distinct(texts: Iterable[str]) -> list[int]:
    """The places of the first of each text, two being the same that differ in case and white space only."""
    seen: dict[str, int] = {}
    for place, text in enumerate(texts):
        seen.setdefault(" ".join(text.split()).casefold(), place)
    return list(seen.values())
