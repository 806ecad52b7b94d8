"""Batches of texts of similar length, so that little of a batch is padding."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from harness.data.batches import Batch
from harness.data.tokenizing import PAD, Vocabulary

WINDOW = 32
"""Batches that are drawn together, sorted by length and then shuffled."""


@dataclass(frozen=True)
class TextBatch(Batch):
    """A batch of tokens: `x` is int64 (B, T), padded with PAD."""

    vocabulary: Vocabulary = field(kw_only=True)
    sizes: Tensor = field(kw_only=True)
    """int64 (B,): the bytes of UTF-8 of each text."""

    def view(self) -> Tensor:
        """The same tokens. Views of a text differ only by the dropout of an encoder or objective."""
        return self.x


class TokenBatches:
    """As `Batches`, of tokens, int32 (N, T), and sizes in bytes, int64 (N,)."""

    def __init__(
        self,
        tokens: np.ndarray,
        sizes: np.ndarray,
        vocabulary: Vocabulary,
        labels: np.ndarray | None,
        *,
        batch: int,
        steps: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.tokens, self.vocabulary = tokens, vocabulary
        self.lengths = torch.from_numpy((tokens != PAD).sum(axis=1))
        self.sizes = torch.from_numpy(sizes)
        self.labels = None if labels is None else torch.from_numpy(np.ascontiguousarray(labels)).to(device)
        self.batch, self.steps, self.seed, self.device = batch, steps, seed, device

    def __iter__(self) -> Iterator[TextBatch]:
        order = torch.Generator().manual_seed(self.seed)
        generator = self._generator()
        for _, rows in zip(range(self.steps), self._order(order), strict=False):
            yield self._batch(rows, generator)

    def once(self) -> Iterator[TextBatch]:
        """All texts once, from short to long. Every call gives the same batches with the same random stream."""
        generator = self._generator()
        for rows in self.lengths.argsort(stable=True).split(self.batch):
            yield self._batch(rows, generator)

    def sample(self) -> TextBatch:
        """Up to two examples, for a dry run."""
        return self._batch(torch.arange(min(2, len(self.tokens))), torch.Generator(self.device))

    def _order(self, order: torch.Generator) -> Iterator[Tensor]:
        """The row numbers of each batch, endless."""
        size, waiting = self.batch * WINDOW, torch.empty(0, dtype=torch.int64)
        while True:
            while len(waiting) < size:
                waiting = torch.cat([waiting, torch.randperm(len(self.tokens), generator=order)])
            window, waiting = waiting[:size], waiting[size:]
            batches = window[self.lengths[window].argsort(stable=True)].split(self.batch)
            for number in torch.randperm(WINDOW, generator=order).tolist():
                yield batches[number]

    def _generator(self) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(self.seed ^ 0x5DEECE66D)

    def _batch(self, rows: Tensor, generator: torch.Generator) -> TextBatch:
        longest = int(self.lengths[rows].max())
        x = torch.from_numpy(self.tokens[rows.numpy(), :longest].astype(np.int64)).to(self.device)
        labels = None if self.labels is None else self.labels[rows.to(self.device)]
        return TextBatch(x, labels, generator, vocabulary=self.vocabulary, sizes=self.sizes[rows].to(self.device))
