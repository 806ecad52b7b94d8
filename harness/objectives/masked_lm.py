"""Masked language modelling: predict masked tokens (BERT, Devlin 2018, 1810.04805, section 3.1).

    loss = mean over chosen tokens of -log p(x_t | masked text)

15 % of the tokens are chosen. 80 % of them become the mask, 10 % a random token, and 10 % stay. Cost: one pass, and a
projection onto the vocabulary at the chosen tokens only. Score to expect: on docstrings after 700 steps of 64 2.5, 2.2
and 2.0 bits a byte (pico, nano, tiny), where token frequencies have 2.6.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.data.token_batches import TextBatch
from harness.data.tokenizing import MASK, Vocabulary
from harness.objectives.language import TokenHead, per_byte, plain, text
from harness.training.features import dry_run
from harness.training.objective import Heldout, Objective

MASKED, RANDOM = 0.8, 0.1


def chosen(x: Tensor, ratio: float, special: int, generator: torch.Generator) -> Tensor:
    """bool (B, T): a random share of the tokens x (B, T), at least one, none below `special`."""
    ranks = torch.rand(x.shape, generator=generator, device=generator.device).to(x.device)
    ranks = ranks.masked_fill(x < special, 2.0)
    count = max(1, round(ratio * int((x >= special).sum())))
    return ranks <= ranks.flatten().kthvalue(count).values


def masked(x: Tensor, where: Tensor, vocabulary: Vocabulary, generator: torch.Generator) -> Tensor:
    """x (B, T) with the tokens at `where` (B, T) masked, randomised or kept, 80 to 10 to 10."""
    device = generator.device
    uniform = torch.rand(x.shape, generator=generator, device=device).to(x.device)
    other = torch.randint(vocabulary.special, vocabulary.size, x.shape, generator=generator, device=device).to(x.device)
    changed = torch.where(uniform < MASKED, MASK, torch.where(uniform < MASKED + RANDOM, other, x))
    return torch.where(where, changed, x)


class MaskedLM(Objective):
    """The loss at chosen tokens, in bits a byte as if every token had this loss. The trivial predictor is the unigram
    entropy. Held-out text is masked by a fixed stream."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, ratio: float = 0.15) -> None:
        super().__init__(encoder)
        self.ratio = ratio
        width = dry_run(encoder, sample.x).shape[2]
        self.head = TokenHead(encoder, width, text(sample).vocabulary.size, transform=True)

    def loss(self, batch: TextBatch) -> tuple[Tensor, int]:
        """Nats a chosen token, scalar, and the number of chosen tokens."""
        where = chosen(batch.x, self.ratio, batch.vocabulary.special, batch.generator)
        seen = masked(batch.x, where, batch.vocabulary, batch.generator)
        logits = self.head(self.encoder(seen)[where])
        return cross_entropy(logits, batch.x[where]), len(logits)

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
