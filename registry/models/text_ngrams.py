"""Counts of runs of characters: the reference where words are too rare to count, as in names and languages."""

from typing import Any

import numpy as np
from text_controls import MOST, TfIdf

RUNS = (1, 3)
"""Runs of so many characters are counted, none across words."""


class CharacterTfIdf(TfIdf):
    """(B, T) of bytes to (B, 1, MOST), as `TfIdf` of words (Cavnar 1994 tells languages so)."""

    def __init__(self, in_shape: tuple[int], vocabulary: Any) -> None:
        super().__init__(in_shape, vocabulary)
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.counter = TfidfVectorizer(analyzer="char_wb", ngram_range=RUNS, max_features=MOST, dtype=np.float32)
