"""Shared by language objectives: the token head, bits a byte (comparable across tokenizers), the unigram predictor."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from harness.data.token_batches import TextBatch
from harness.data.tokenizing import PAD, SPECIAL
from harness.objectives.base import skill
from harness.training.objective import Heldout

TABLE_STD = 0.1
"""Standard deviation of a new token embedding."""


def text(batch: object) -> TextBatch:
    """The batch, as a batch of texts.

    Raises:
        TypeError: it is not one.
    """
    if not isinstance(batch, TextBatch):
        raise TypeError("a language objective needs text: give the arm a corpus of text")
    return batch


class TokenHead(nn.Module):
    """Features (M, D) to logits (M, V): the product with the encoder's token embedding, plus a bias.

    This is weight tying (Press 2016, 1608.05859). An encoder without an embedding of V tokens gets a new one.

    `transform` puts a GELU layer before it, as in BERT. Otherwise a linear layer is added where the widths differ.
    """

    def __init__(self, encoder: nn.Module, width: int, tokens: int, transform: bool) -> None:
        super().__init__()
        tables = [each.weight for each in encoder.modules() if isinstance(each, nn.Embedding)]
        self.table = next((table for table in tables if len(table) == tokens), None)
        if self.table is None:
            self.table = nn.Parameter(torch.randn(tokens, width) * TABLE_STD)
        self.bias = nn.Parameter(torch.zeros(tokens))
        inside = self.table.shape[1]
        self.before: nn.Module = nn.Identity()
        if transform:
            self.before = nn.Sequential(nn.Linear(width, inside), nn.GELU(), nn.LayerNorm(inside))
        elif inside != width:
            self.before = nn.Linear(width, inside, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        assert self.table is not None
        return linear(self.before(features), self.table, self.bias).float()


def predicted(x: Tensor) -> Tensor:
    """bool (B, T): the tokens that a left-to-right model predicts: all but the first and the padding."""
    targets = x != PAD
    targets[:, 0] = False
    return targets


def plain(x: Tensor) -> Tensor:
    """bool (B, T): the tokens that are not special."""
    return x >= len(SPECIAL)


def per_byte(nats: float, heldout: Heldout, targets: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """Held-out figures of a mean loss in nats a token: in bits a byte, with skill and `perplexity`.

    `targets` maps tokens (B, T) to bool (B, T): those that the loss is of. The trivial predictor is their unigram
    entropy.
    """
    tokens, size, counts = 0, 0, torch.zeros(0, dtype=torch.float64)
    for batch in map(text, heldout()):
        chosen = batch.x[targets(batch.x)].cpu()
        counts = torch.bincount(chosen, minlength=batch.vocabulary.size).double() + (counts if len(counts) else 0)
        tokens += len(chosen)
        size += int(batch.sizes.sum())
    shares = counts[counts > 0] / counts.sum()
    rate = tokens / size / math.log(2)
    entropy = float(-(shares * shares.log()).sum())
    return {**skill(nats * rate, entropy * rate), "perplexity": math.exp(nats)}
