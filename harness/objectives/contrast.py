"""Contrastive objectives: two views of an example attract, others repel (SimCLR, Chen 2020, 2002.05709, eq. 1).

loss(i, j) = -log( exp(sim(z_i, z_j) / T) / sum over k != i of exp(sim(z_i, z_k) / T) )
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from harness.data.batches import Batch
from harness.objectives.base import projector, skill
from harness.training.features import dry_run, pooled
from harness.training.objective import Heldout, Objective

HELDOUT_BATCH = 128
"""InfoNCE depends on the batch size, so held-out batches have one size at most this, and a smaller rest is dropped."""


def nt_xent(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """The normalised temperature-scaled cross-entropy, scalar, of two views' projections, each (B, P)."""
    z = normalize(torch.cat([one, other]).float())
    with torch.autocast(z.device.type, enabled=False):
        similarity = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    count = len(one)
    partner = torch.arange(2 * count, device=z.device).roll(count)
    return cross_entropy(similarity, partner)


class Contrast(Objective):
    """InfoNCE over the batch; the trivial predictor is chance, log(2B - 1). A subclass defines `view`."""

    splittable = False

    def __init__(self, encoder: nn.Module, sample: Batch, temperature: float, hidden: int, outputs: int) -> None:
        super().__init__(encoder)
        self.temperature = temperature
        self.projector = projector(pooled(dry_run(encoder, sample.x), sample.x).shape[1], hidden, outputs)

    def view(self, batch: Batch) -> Tensor:
        """A fresh view of each example (B, ...), as input of the encoder."""
        raise NotImplementedError

    def loss(self, batch: Batch) -> Tensor:
        """InfoNCE of two fresh views of a batch, scalar."""
        views = torch.cat([self.view(batch), self.view(batch)])
        one, other = self.projector(pooled(self.encoder(views), views)).chunk(2)
        return nt_xent(one, other, self.temperature)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.loss(batch)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        losses, size = [], 0
        for batch in heldout():
            size = min(HELDOUT_BATCH, len(batch)) if size == 0 else size
            for x in batch.x.split(size):
                if len(x) == size:
                    losses.append(float(self.loss(replace(batch, x=x, y=None))))  # `view` needs `x` alone
        return skill(sum(losses) / len(losses), math.log(2 * size - 1))
