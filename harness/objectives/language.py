"""What objectives of language share: bits per byte, so that tokenizers can be compared, and the unigram predictor."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from harness.data.token_batches import TextBatch
from harness.data.tokenizing import PAD, SPECIAL
from harness.objectives.base import Heldout, skill

TABLE_STD = 0.1
"""Of the embedding of tokens where nothing is learnt yet."""


def text(batch: object) -> TextBatch:
    """The batch, if it is of texts.

    Raises:
        TypeError: when it is of something else.
    """
    if not isinstance(batch, TextBatch):
        raise TypeError("language is learnt from texts: give the arm a corpus of text")
    return batch


class TokenHead(nn.Module):
    """Features (M, D) to logits (M, V): the product with the encoder's own embedding of each token, and a bias, as in
    BERT and GPT-2 (Press 2016, 1608.05859); an encoder without such a table gets one here.

    `transform` puts a GELU layer before it (BERT); without one a linear layer does where the widths differ.
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
    """bool (B, T): the tokens that a left-to-right model has to tell, all but the first and what fills up."""
    there = x != PAD
    there[:, 0] = False
    return there


def plain(x: Tensor) -> Tensor:
    """bool (B, T): the tokens that are none of the special ones."""
    return x >= len(SPECIAL)


def per_byte(nats: float, heldout: Heldout, told: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """The held-out figures of a mean loss in nats a token that is `told`: in bits a byte, with the skill against the
    best predictor that knows the tokens' frequencies and looks at none (their entropy)."""
    tokens, size, counts = 0, 0, torch.zeros(0, dtype=torch.float64)
    for batch in map(text, heldout()):
        found = batch.x[told(batch.x)].cpu()
        counts = torch.bincount(found, minlength=batch.vocabulary.size).double() + (counts if len(counts) else 0)
        tokens += len(found)
        size += int(batch.sizes.sum())
    shares = counts[counts > 0] / counts.sum()
    rate = tokens / size / math.log(2)
    entropy = float(-(shares * shares.log()).sum())
    return {**skill(nats * rate, entropy * rate), "perplexity": math.exp(nats)}
