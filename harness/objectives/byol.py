"""BYOL: predict how a slowly moving copy of the network sees another view (Grill 2020, 2006.07733, eq. 1-2).

loss = 2 - 2 cos(q(z), z'), for both views in both roles and summed;    target <- m target + (1 - m) online
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity
from torch.optim.swa_utils import get_ema_multi_avg_fn

from harness.data.batches import Batch
from harness.objectives.base import Heldout, Objective, pooled, projector
from harness.training.encoders import dry_run


def byol_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Eq. 2 of the paper, the mean over pairs of (B, P): |q/|q| - z/|z||^2 = 2 - 2 cos."""
    return 2 - 2 * cosine_similarity(prediction.float(), target.float(), dim=1).mean()


class BYOL(Objective):
    """No negatives and no trivial predictor, so no skill: a constant network has loss 0, one that says nothing 4."""

    splittable = False
    unit = "2 - 2 cos, both directions"

    def __init__(
        self,
        encoder: nn.Module,
        sample: Batch,
        classes: int,
        momentum: float = 0.95,
        hidden: int = 256,
        outputs: int = 64,
    ) -> None:
        super().__init__(encoder)
        self.momentum = momentum
        self.projector = projector(dry_run(encoder, sample.x).shape[1], hidden, outputs)
        self.predictor = projector(outputs, hidden, outputs)
        self.target_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.target_projector = copy.deepcopy(self.projector).requires_grad_(False)

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {"encoder": [weight for weight in self.parameters() if weight.requires_grad]}

    def loss(self, batch: Batch) -> Tensor:
        """Both directions of two fresh views of a batch."""
        views = torch.cat([batch.view(), batch.view()])
        one, other = self.predictor(self.projector(pooled(self.encoder(views)))).chunk(2)
        with torch.no_grad():
            target_one, target_other = self.target_projector(pooled(self.target_encoder(views))).chunk(2)
        return byol_loss(one, target_other) + byol_loss(other, target_one)

    @torch.no_grad()
    def follow(self) -> None:
        """Moves the target's weights towards the online ones; its buffers follow from its own forward passes."""
        move = get_ema_multi_avg_fn(self.momentum)
        targets = [*self.target_encoder.parameters(), *self.target_projector.parameters()]
        move(targets, [*self.encoder.parameters(), *self.projector.parameters()], 1)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.loss(batch)
        self.follow()

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            total += float(self.loss(batch)) * len(batch)
            count += len(batch)
        return {"loss": total / count}
