"""BYOL: predict how a slowly moving copy of the network sees another view (Grill 2020, 2006.07733, eq. 1-2).

    loss = 2 - 2 cos(q(z), z'), for both views in both roles and summed;    target <- m target + (1 - m) online

With `crops`, small views of parts of the image are to predict both targets as well (multi-crop, Caron 2020,
2006.09882), which asks for an encoder that takes images of any size.

Cost: two forward and backward passes, and two forward ones of the target. Score to expect: a held-out loss of 0.6 on
glyphs at 16x16 after 400 steps of 128 with `cnn-tiny`, which says little: a collapsed network has less.
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

    def __init__(
        self,
        encoder: nn.Module,
        sample: Batch,
        classes: int,
        momentum: float = 0.95,
        hidden: int = 256,
        outputs: int = 64,
        crops: int = 0,
        share: float = 0.5,
    ) -> None:
        super().__init__(encoder)
        self.momentum, self.crops, self.share = momentum, crops, share
        self.projector = projector(dry_run(encoder, sample.x).shape[1], hidden, outputs)
        self.predictor = projector(outputs, hidden, outputs)
        self.target_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.target_projector = copy.deepcopy(self.projector).requires_grad_(False)

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {"encoder": [weight for weight in self.parameters() if weight.requires_grad]}

    def loss(self, batch: Batch) -> Tensor:
        """Both directions of two fresh views of a batch; in training also what small crops make of both."""
        views = torch.cat([batch.view(), batch.view()])
        one, other = self.predicted(views).chunk(2)
        with torch.no_grad():
            target_one, target_other = self.target_projector(pooled(self.target_encoder(views))).chunk(2)
        total = byol_loss(one, target_other) + byol_loss(other, target_one)
        if self.crops and self.training:
            for small in self.predicted(batch.crops(self.crops, self.share)).chunk(self.crops):
                total = total + (byol_loss(small, target_one) + byol_loss(small, target_other)) / self.crops
        return total

    def predicted(self, views: Tensor) -> Tensor:
        """What the online network says of views (B, C, H, W): (B, P)."""
        prediction: Tensor = self.predictor(self.projector(pooled(self.encoder(views))))
        return prediction

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
