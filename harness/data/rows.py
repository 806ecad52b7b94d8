"""Arrays of examples, first axis N: digests of their content, and reading them in pieces."""

import itertools
import math
import mmap
from collections.abc import Iterator

import numpy as np
from xxhash import xxh3_64_intdigest

PIECE = 4096
"""Rows that are read at a time by default."""


def digests(examples: np.ndarray) -> np.ndarray:
    """uint64 (N,): a digest of each example's bytes. Examples with equal digests count as copies."""
    each = itertools.chain.from_iterable(pieces(examples))
    return np.fromiter(map(xxh3_64_intdigest, map(np.ndarray.tobytes, each)), np.uint64, len(examples))


def pieces(array: np.ndarray, size: int = PIECE) -> Iterator[np.ndarray]:
    """An array's rows in their order, `size` at a time.

    The rows of a mapped file are read instead: touched pages of a mapping count as memory of the process.
    """
    starts = range(0, len(array), size)
    whole = isinstance(array.base, mmap.mmap)  # the base of a part is an array
    if isinstance(array, np.memmap) and whole and array.flags.c_contiguous:
        file, row = str(array.filename), math.prod(array.shape[1:])
        for start in starts:
            count, offset = min(size, len(array) - start), array.offset + start * row * array.itemsize
            yield np.fromfile(file, array.dtype, count * row, offset=offset).reshape(count, *array.shape[1:])
    else:
        yield from (array[start : start + size] for start in starts)


def selected(array: np.ndarray, keep: np.ndarray, size: int = PIECE) -> Iterator[np.ndarray]:
    """The rows where `keep`, bool (N,), is true, `size` input rows at a time."""
    for piece, kept in zip(pieces(array, size), pieces(keep, size), strict=True):
        yield piece[kept]


def gathered(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some rows, sorted, copied to memory; no other row is kept there."""
    keep = np.zeros(len(array), dtype=bool)
    keep[rows] = True
    copied = np.empty((len(rows), *array.shape[1:]), array.dtype)
    filled = 0
    for piece in selected(array, keep):
        copied[filled : filled + len(piece)] = piece
        filled += len(piece)
    return copied
