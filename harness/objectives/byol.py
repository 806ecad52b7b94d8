"""BYOL: predict the projection of another view by a moving average of the network (Grill 2020, 2006.07733, eq. 1-2).

    loss = 2 - 2 cos(q(z), z'), for both views in both roles and summed;    target <- m target + (1 - m) online

With `crops`, small crops predict both targets as well (multi-crop, Caron 2020, 2006.09882). That needs an encoder that
takes images of any size.

Cost: two forward and backward passes, and two forward passes of the target. Score to expect: a held-out loss of 0.6 on
glyphs at 16x16 after 400 steps of 128 with `cnn-tiny`. The loss is a weak signal: a collapsed network has less.
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity
from torch.optim.swa_utils import get_ema_multi_avg_fn

from harness.data.batches import Batch
from harness.objectives.base import projector
from harness.training.features import dry_run, pooled
from harness.training.objective import Heldout, Objective


def byol_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Eq. 2 of the paper, scalar: the mean over rows of (B, P) of |q/|q| - z/|z||^2 = 2 - 2 cos."""
    return 2 - 2 * cosine_similarity(prediction.float(), target.float(), dim=1).mean()


class BYOL(Objective):
    """No negatives and no trivial predictor, so no skill: a constant network has loss 0, an uninformative one 4."""

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
        """Both directions of two fresh views of a batch, scalar; in training also the loss of small crops."""
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
        """The online network's predictions (B, P) of views (B, C, H, W)."""
        prediction: Tensor = self.predictor(self.projector(pooled(self.encoder(views))))
        return prediction

    @torch.no_grad()
    def move_target(self) -> None:
        """Moves the target's weights towards the online ones. Its buffers change in its own forward passes."""
        average = get_ema_multi_avg_fn(self.momentum)
        targets = [*self.target_encoder.parameters(), *self.target_projector.parameters()]
        average(targets, [*self.encoder.parameters(), *self.projector.parameters()], 1)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.loss(batch)
        self.move_target()

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            total += float(self.loss(batch)) * len(batch)
            count += len(batch)
        return {"loss": total / count}
