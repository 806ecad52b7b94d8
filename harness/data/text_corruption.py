"""The quality of a corpus of texts, which are rows of bytes, with a severity from 0 (none) to 5."""

import string
from collections.abc import Callable

import numpy as np

from harness.data.texts import packed, unpacked

SHUFFLED_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""The share of a text's characters that are permuted."""
FOREIGN_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)
"""The share of texts that are translated into an artificial language."""


def shuffled(rows: np.ndarray, severity: int, seed: int) -> np.ndarray:
    """Rows (N, W) whose characters are permuted within each text."""
    random = np.random.default_rng(seed)

    def shuffle(text: str) -> str:
        letters = np.array(list(text))
        moved = np.flatnonzero(random.random(len(letters)) < SHUFFLED_SHARES[severity])
        letters[moved] = letters[random.permutation(moved)]
        return "".join(letters)

    return _changed(rows, np.arange(len(rows)), shuffle)


def foreign(rows: np.ndarray, severity: int, seed: int) -> np.ndarray:
    """Rows (N, W) of which a share is put into a language with the same letters and grammar, but no common word.

    Its letters are replaced by a fixed permutation of the alphabet, as in Fake-English (Dufter 2020, 2005.00396). So no
    test example can get into the corpus with it.
    """
    random = np.random.default_rng(seed)
    which = random.permutation(len(rows))[: round(FOREIGN_SHARES[severity] * len(rows))]
    lower = "".join(random.permutation(list(string.ascii_lowercase)))
    table = str.maketrans(string.ascii_letters, lower + lower.upper())
    return _changed(rows, np.sort(which), lambda text: _swapped(text.translate(table)))


def _swapped(text: str) -> str:
    """A text whose letters of other alphabets are swapped in pairs of neighbouring code points."""
    return "".join(chr(ord(c) ^ 1) if ord(c) > 0x7F and c.isalpha() and chr(ord(c) ^ 1).isalpha() else c for c in text)


def _changed(rows: np.ndarray, which: np.ndarray, change: Callable[[str], str]) -> np.ndarray:
    changed = np.array(rows)
    if len(which):
        changed[which], _ = packed([change(text) for text in unpacked(rows[which])], rows.shape[1])
    return changed
