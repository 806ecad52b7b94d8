"""ELECTRA: detect the tokens that a small masked language model replaced (Clark 2020, 2003.10555, section 2).

    generator: -log p_G(x_t | masked text), at the masked tokens
    encoder:   -log D_t where the generator's sample is not x_t, -log(1 - D_t) where it is, at every token

The generator here is two convolutions over tokens, cheaper than the small transformer of the paper. Cost: one pass of
the encoder, one of the generator with its projection onto the vocabulary at the masked tokens. Score to expect: on
docstrings after 700 steps of 64 0.403 nats a token, where the trivial predictor has 0.409. Small encoders learn slowly.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from harness.data.batches import Batch
from harness.data.token_batches import TextBatch
from harness.data.tokenizing import MASK, PAD
from harness.objectives.base import skill
from harness.objectives.language import plain, text
from harness.objectives.masked_lm import chosen
from harness.training.features import dry_run
from harness.training.objective import Heldout, Objective


class MaskGenerator(nn.Module):
    """Tokens (B, T), some masked, to logits (M, V) of the M tokens at the mask `where` (B, T)."""

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
    """Cross-entropy of replaced against original tokens; the trivial predictor knows the share of replaced ones."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, ratio: float = 0.15, guesser: int = 64) -> None:
        super().__init__(encoder)
        self.ratio = ratio
        width = dry_run(encoder, sample.x).shape[2]
        self.generator = MaskGenerator(text(sample).vocabulary.size, guesser)
        self.head = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {
            "generator": list(self.generator.parameters()),
            "encoder": [*self.encoder.parameters(), *self.head.parameters()],
        }

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        batch = text(batch)
        where = chosen(batch.x, self.ratio, batch.vocabulary.special, batch.generator)
        logits = self.generated(batch.x, where)
        yield "generator", cross_entropy(logits, batch.x[where])
        yield "encoder", self.loss(batch.x, replaced(batch, where, logits.detach()))

    def generated(self, x: Tensor, where: Tensor) -> Tensor:
        """The generator's logits (M, V) of the tokens at `where` (B, T), all of which it sees masked."""
        logits: Tensor = self.generator(torch.where(where, MASK, x), where)
        return logits

    def loss(self, x: Tensor, seen: Tensor) -> Tensor:
        """Nats a token, scalar, of detecting where the tokens `seen` (B, T) differ from the original x (B, T)."""
        ordinary = plain(x)
        logits = self.head(self.encoder(seen)[ordinary])[:, 0].float()
        return binary_cross_entropy_with_logits(logits, (seen != x)[ordinary].float())

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, changed, count = 0.0, 0, 0
        for batch in map(text, heldout()):
            where = chosen(batch.x, self.ratio, batch.vocabulary.special, batch.generator)
            seen = replaced(batch, where, self.generated(batch.x, where))
            tokens = int(plain(batch.x).sum())
            total += float(self.loss(batch.x, seen)) * tokens
            changed += int((seen != batch.x).sum())
            count += tokens
        return skill(total / count, entropy(changed / count))


def replaced(batch: TextBatch, where: Tensor, logits: Tensor) -> Tensor:
    """The tokens (B, T), those at `where` (B, T) drawn from logits (M, V); a special token is never drawn."""
    special = batch.vocabulary.special
    cumulative = logits[:, special:].softmax(dim=1).cumsum(dim=1)
    uniform = torch.rand(len(logits), 1, generator=batch.generator, device=batch.generator.device).to(logits.device)
    drawn = torch.searchsorted(cumulative, uniform * cumulative[:, -1:])[:, 0] + special
    seen = batch.x.clone()
    seen[where] = drawn
    return seen


def entropy(share: float) -> float:
    """Of a Bernoulli variable with this probability, in nats."""
    return -sum(p * math.log(p) for p in (share, 1 - share) if p > 0)
