"""Texts as rows of bytes: UTF-8, padded with a byte that UTF-8 never has.

A set of texts is an array of uint8 (N, W), as a set of images is one of (N, C, H, W). Both are hashed, stored, drawn
from and read in the same way.
"""

from collections.abc import Iterable, Sequence

import numpy as np

PAD_BYTE = 0xFF
CONTINUES = 0b10
"""The two highest bits of every byte of a character but its first."""


def packed(texts: Sequence[str], width: int) -> tuple[np.ndarray, int]:
    """uint8 (N, width), and the number of texts that were longer and are cut between characters."""
    encoded = [text.encode() for text in texts]
    whole = b"".join(_cut(one, width).ljust(width, bytes([PAD_BYTE])) for one in encoded)
    return np.frombuffer(whole, np.uint8).reshape(len(texts), width).copy(), sum(len(one) > width for one in encoded)


def _cut(encoded: bytes, width: int) -> bytes:
    if len(encoded) <= width:
        return encoded
    while encoded[width] >> 6 == CONTINUES:
        width -= 1
    return encoded[:width]


def joined(parts: Sequence[str], width: int) -> tuple[str, bool]:
    """The parts of a text as lines, in at most `width` bytes together, and whether any part is cut.

    All parts above a common length are cut to it, so shorter parts stay whole.
    """
    encoded = [part.encode() for part in parts]
    room = width - (len(parts) - 1)
    if sum(map(len, encoded)) <= room:
        return "\n".join(parts), False
    most = 0
    for rank, size in enumerate(sorted(map(len, encoded))):
        left = len(encoded) - rank
        most = room // left
        if size > most:
            break
        room -= size
    return "\n".join(_cut(one, max(0, most)).decode() for one in encoded), True


def sizes(rows: np.ndarray) -> np.ndarray:
    """int64 (N,): the bytes of each text, without padding."""
    return np.asarray((rows != PAD_BYTE).sum(axis=1))


def unpacked(rows: np.ndarray) -> list[str]:
    """The N texts of rows (N, W)."""
    return [row[:size].tobytes().decode() for row, size in zip(rows, sizes(rows).tolist(), strict=True)]


def distinct(texts: Iterable[str]) -> list[int]:
    """The numbers of the texts, of equal ones the first; case and white space do not count."""
    seen: dict[str, int] = {}
    for row, text in enumerate(texts):
        seen.setdefault(" ".join(text.split()).casefold(), row)
    return list(seen.values())
