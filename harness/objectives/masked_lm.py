"""Masked language modelling: fill in tokens that were masked out (BERT, Devlin 2018, 1810.04805, section 3.1).

    loss = mean over chosen tokens of -log p(x_t | the text with the chosen masked)

Of 15 % of the tokens 80 % are replaced by the mask, 10 % by another token, and 10 % stay. Cost: one pass, and a
projection onto the vocabulary at the chosen tokens only. Score to expect: on docstrings after 700 steps of
64 2.5, 2.2 and 2.0 bits a byte (pico, nano, tiny), where the tokens' frequencies have 2.6.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.data.token_batches import TextBatch
from harness.data.tokenizing import MASK, Vocabulary
from harness.objectives.base import Heldout, Objective
from harness.objectives.language import TokenHead, per_byte, plain, text
from harness.training.encoders import dry_run

MASKED, RANDOM = 0.8, 0.1


def chosen(x: Tensor, ratio: float, special: int, generator: torch.Generator) -> Tensor:
    """bool (B, T): the share of a batch's tokens that are to be told, none of them special; at least one."""
    ranks = torch.rand(x.shape, generator=generator, device=generator.device).to(x.device)
    ranks = ranks.masked_fill(x < special, 2.0)
    count = max(1, round(ratio * int((x >= special).sum())))
    return ranks <= ranks.flatten().kthvalue(count).values


def masked(x: Tensor, where: Tensor, vocabulary: Vocabulary, generator: torch.Generator) -> Tensor:
    """x (B, T) with the chosen tokens masked, replaced or left, 80 to 10 to 10."""
    device = generator.device
    lot = torch.rand(x.shape, generator=generator, device=device).to(x.device)
    other = torch.randint(vocabulary.special, vocabulary.size, x.shape, generator=generator, device=device).to(x.device)
    changed = torch.where(lot < MASKED, MASK, torch.where(lot < MASKED + RANDOM, other, x))
    return torch.where(where, changed, x)


class MaskedLM(Objective):
    """The loss at masked tokens, in bits a byte as if all were told so; the trivial predictor knows the frequencies of
    tokens. The held-out text is masked in the same way each time, all of it."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, ratio: float = 0.15) -> None:
        super().__init__(encoder)
        self.ratio = ratio
        width = dry_run(encoder, sample.x).shape[2]
        self.head = TokenHead(encoder, width, text(sample).vocabulary.size, transform=True)

    def loss(self, batch: TextBatch) -> tuple[Tensor, int]:
        """Nats a chosen token, and how many are chosen."""
        where = chosen(batch.x, self.ratio, batch.vocabulary.special, batch.generator)
        seen = masked(batch.x, where, batch.vocabulary, batch.generator)
        told = self.head(self.encoder(seen)[where])
        return cross_entropy(told, batch.x[where]), len(told)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.loss(text(batch))[0]

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            loss, tokens = self.loss(text(batch))
            total += float(loss) * tokens
            count += tokens
        return per_byte(total / count, heldout, plain)
