"""References for text that pretrain nothing: counts of words, and nothing at all."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

MOST = 8192
"""So many words and pairs of words are counted, the most frequent."""


class TfIdf(nn.Module):
    """(B, T) of bytes to (B, 1, MOST): words and pairs of words, their counts over how common they are (scikit-learn's
    TfidfVectorizer). It learns which there are from the task's training texts, without their labels."""

    standardise = False
    """To a probe: rare words are worth more already."""

    def __init__(self, in_shape: tuple[int], vocabulary: Any) -> None:
        super().__init__()
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.special = vocabulary.special
        self.counter = TfidfVectorizer(ngram_range=(1, 2), max_features=MOST, dtype=np.float32)
        self.known = False

    def fit(self, parts: Iterable[Tensor]) -> None:
        """Learns the words of texts, in parts (B, T)."""
        self.counter.fit([text for x in parts for text in self.texts(x)])
        self.known = True

    def texts(self, x: Tensor) -> list[str]:
        """What the tokens stand for."""
        rows = x.cpu().numpy()
        return [(row[row >= self.special] - self.special).astype(np.uint8).tobytes().decode() for row in rows]

    def forward(self, x: Tensor) -> Tensor:
        if not self.known:
            return torch.zeros(len(x), 1, 1, device=x.device)
        return torch.from_numpy(self.counter.transform(self.texts(x)).toarray())[:, None].to(x.device)


class Constant(nn.Module):
    """(B, T) to zeros (B, 1, 1)."""

    def __init__(self, in_shape: tuple[int], vocabulary: Any) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), 1, 1, device=x.device)
