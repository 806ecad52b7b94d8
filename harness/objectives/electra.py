"""ELECTRA: tell which tokens a small masked language model has replaced (Clark 2020, 2003.10555, section 2).

    generator: -log p_G(x_t | the text with the chosen masked), at the chosen tokens
    encoder:   -log D_t where the sample of the generator is not x_t, -log(1 - D_t) where it is, at every token

The generator here is two convolutions over tokens, cheaper than the small transformer of the paper. Cost: one pass of
the encoder, one of the generator with its projection onto the vocabulary at the chosen tokens. Score to expect: on
docstrings after 700 steps of 64 0.403 nats a token, where knowing the share that is replaced gives 0.409: small
encoders learn little so soon.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from harness.data.batches import Batch
from harness.data.token_batches import TextBatch
from harness.data.tokenizing import MASK, PAD
from harness.objectives.base import Heldout, Objective, skill
from harness.objectives.language import plain, text
from harness.objectives.masked_lm import chosen
from harness.training.encoders import dry_run


class Guesser(nn.Module):
    """Tokens (B, T) with some masked to logits (M, V) of what those at `where` (B, T) are."""

    def __init__(self, vocabulary: int, width: int, reach: int = 5) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.layers = nn.Sequential(
            nn.Conv1d(width, width, reach, padding="same"), nn.GELU(), nn.Conv1d(width, width, reach, padding="same")
        )
        self.head = nn.Sequential(nn.GELU(), nn.LayerNorm(width), nn.Linear(width, vocabulary))

    def forward(self, x: Tensor, where: Tensor) -> Tensor:
        h = self.layers(self.embedding(x).transpose(1, 2)).transpose(1, 2)
        logits: Tensor = self.head(h[where])
        return logits.float()


class Electra(Objective):
    """The cross-entropy of replaced against own tokens; the trivial predictor knows the share that is replaced."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, ratio: float = 0.15, guesser: int = 64) -> None:
        super().__init__(encoder)
        self.ratio = ratio
        width = dry_run(encoder, sample.x).shape[2]
        self.guesser = Guesser(text(sample).vocabulary.size, guesser)
        self.head = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {
            "generator": list(self.guesser.parameters()),
            "encoder": [*self.encoder.parameters(), *self.head.parameters()],
        }

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        batch = text(batch)
        where = chosen(batch.x, self.ratio, batch.vocabulary.special, batch.generator)
        logits = self.guessed(batch.x, where)
        yield "generator", cross_entropy(logits, batch.x[where])
        yield "encoder", self.loss(batch.x, replaced(batch, where, logits.detach()))

    def guessed(self, x: Tensor, where: Tensor) -> Tensor:
        """The generator's logits (M, V) of the chosen tokens, all of which it sees masked."""
        logits: Tensor = self.guesser(torch.where(where, MASK, x), where)
        return logits

    def loss(self, x: Tensor, seen: Tensor) -> Tensor:
        """Nats a token of telling whether what is seen (B, T) is another than in x (B, T)."""
        there = plain(x)
        told = self.head(self.encoder(seen)[there])[:, 0].float()
        return binary_cross_entropy_with_logits(told, (seen != x)[there].float())

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, changed, count = 0.0, 0, 0
        for batch in map(text, heldout()):
            where = chosen(batch.x, self.ratio, batch.vocabulary.special, batch.generator)
            seen = replaced(batch, where, self.guessed(batch.x, where))
            tokens = int(plain(batch.x).sum())
            total += float(self.loss(batch.x, seen)) * tokens
            changed += int((seen != batch.x).sum())
            count += tokens
        return skill(total / count, entropy(changed / count))


def replaced(batch: TextBatch, where: Tensor, logits: Tensor) -> Tensor:
    """The tokens (B, T) with those at `where` drawn from the generator's distributions; never a special one."""
    special = batch.vocabulary.special
    upto = logits[:, special:].softmax(dim=1).cumsum(dim=1)
    lot = torch.rand(len(logits), 1, generator=batch.generator, device=batch.generator.device).to(logits.device)
    drawn = torch.searchsorted(upto, lot * upto[:, -1:])[:, 0] + special
    seen = batch.x.clone()
    seen[where] = drawn
    return seen


def entropy(share: float) -> float:
    """Of a coin that falls so with the share, in nats."""
    return -sum(p * math.log(p) for p in (share, 1 - share) if p > 0)
