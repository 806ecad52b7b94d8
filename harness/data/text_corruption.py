"""The quality of a corpus of texts: rows of bytes with a severity of 0 (none) to 5."""

import string
from collections.abc import Callable

import numpy as np

from harness.data.texts import packed, unpacked

SHUFFLED_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""The share of a text's characters that change places with each other."""
FOREIGN_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)
"""The share of texts that are put into another language."""


def shuffled(rows: np.ndarray, severity: int, seed: int) -> np.ndarray:
    """Characters change places within each text: what it is made of stays, its order goes."""
    random = np.random.default_rng(seed)

    def shuffle(text: str) -> str:
        letters = np.array(list(text))
        moved = np.flatnonzero(random.random(len(letters)) < SHUFFLED_SHARES[severity])
        letters[moved] = letters[random.permutation(moved)]
        return "".join(letters)

    return _changed(rows, np.arange(len(rows)), shuffle)


def foreign(rows: np.ndarray, severity: int, seed: int) -> np.ndarray:
    """The share is put into a language that shares letters and grammar with the texts' own, and no word: its letters
    are replaced by a fixed permutation of the alphabet (as Dufter 2020, 2005.00396, makes Fake-English). So no test
    example can come in with it."""
    random = np.random.default_rng(seed)
    which = random.permutation(len(rows))[: round(FOREIGN_SHARES[severity] * len(rows))]
    lower = "".join(random.permutation(list(string.ascii_lowercase)))
    table = str.maketrans(string.ascii_letters, lower + lower.upper())
    return _changed(rows, np.sort(which), lambda text: _turned(text.translate(table)))


def _turned(text: str) -> str:
    """Letters of other alphabets change places with their neighbours in the code, two and two."""
    return "".join(chr(ord(c) ^ 1) if ord(c) > 0x7F and c.isalpha() and chr(ord(c) ^ 1).isalpha() else c for c in text)


def _changed(rows: np.ndarray, which: np.ndarray, change: Callable[[str], str]) -> np.ndarray:
    done = np.array(rows)
    if len(which):
        done[which], _ = packed([change(text) for text in unpacked(rows[which])], rows.shape[1])
    return done
