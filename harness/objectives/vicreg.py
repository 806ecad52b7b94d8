"""VICReg: two views agree, dimensions keep their variance and are decorrelated (Bardes 2021, 2105.04906).

    loss = l s(Z, Z') + m [v(Z) + v(Z')] + n [c(Z) + c(Z')]          (eq. 6)

with s the mean squared distance, v the hinge on standard deviations below 1, c the squared off-diagonal covariances.
Cost: two forward and backward passes. It has no trivial predictor and so no skill. Score to expect: a held-out loss of
17 to 18 at weights 25, 25, 1 on digits after 100 steps of 64, 15 after 400 of 128.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss, relu

from harness.data.batches import Batch
from harness.objectives.base import projector
from harness.training.features import dry_run, pooled
from harness.training.objective import Heldout, Objective


def vicreg_loss(one: Tensor, other: Tensor, invariance: float, variance: float, covariance: float) -> Tensor:
    """Eq. 6, scalar, of two views' projections, each (B, P); the variance term is halved, as in the published code."""
    one, other = one.float(), other.float()
    total = invariance * mse_loss(one, other)
    for z in (one, other):
        deviation = torch.sqrt(z.var(dim=0) + 1e-4)
        total = total + variance * relu(1 - deviation).mean() / 2
        centred = z - z.mean(dim=0)
        with torch.autocast(z.device.type, enabled=False):
            covariances = centred.T @ centred / (len(z) - 1)
        off_diagonal = covariances.square().sum() - covariances.diagonal().square().sum()
        total = total + covariance * off_diagonal / z.shape[1]
    return total


class VICReg(Objective):
    """Variance, invariance and covariance of two views; no negatives."""

    splittable = False

    def __init__(
        self,
        encoder: nn.Module,
        sample: Batch,
        classes: int,
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        hidden: int = 256,
        outputs: int = 128,
    ) -> None:
        super().__init__(encoder)
        self.weights = (invariance, variance, covariance)
        self.projector = projector(dry_run(encoder, sample.x).shape[1], hidden, outputs)

    def loss(self, batch: Batch) -> Tensor:
        """The loss of two fresh views of a batch, scalar."""
        views = torch.cat([batch.view(), batch.view()])
        one, other = self.projector(pooled(self.encoder(views))).chunk(2)
        return vicreg_loss(one, other, *self.weights)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.loss(batch)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        batches = list(heldout())
        full = [batch for batch in batches if len(batch) == len(batches[0])]
        return {"loss": sum(float(self.loss(batch)) for batch in full) / len(full)}
