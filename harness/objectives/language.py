"""What objectives of language share: bits per byte, so that tokenizers can be compared, and the unigram predictor."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from harness.data.token_batches import TextBatch
from harness.data.tokenizing import PAD, SPECIAL
from harness.objectives.base import Heldout, skill


def text(batch: object) -> TextBatch:
    """The batch, if it is of texts.

    Raises:
        TypeError: when it is of something else.
    """
    if not isinstance(batch, TextBatch):
        raise TypeError("language is learnt from texts: give the arm a corpus of text")
    return batch


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
