"""Image classification: a linear head on pooled features, cross-entropy, light affine augmentation."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.data.views import random_affine, random_flip
from harness.objectives.base import Heldout, pooled
from harness.tasks.base import Task
from harness.training.encoders import dry_run


class ImageClassification(Task):
    """One class an image."""

    unit = "nats"

    def __init__(
        self,
        encoder: nn.Module,
        sample: Batch,
        classes: int,
        degrees: float = 0.0,
        shift: float = 0.0,
        flip: float = 0.0,
    ) -> None:
        super().__init__(encoder, sample, classes)
        self.degrees, self.shift, self.flip = degrees, shift, flip
        self.head = nn.Linear(dry_run(encoder, sample.x).shape[1], classes)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        x = batch.x
        if self.degrees or self.shift:
            x = random_affine(x, batch.generator, self.degrees, shear=self.degrees / 2, shift=self.shift)
        if self.flip:
            x = random_flip(x, batch.generator, self.flip)
        yield "encoder", cross_entropy(self.logits(x), batch.labels)

    def logits(self, x: Tensor) -> Tensor:
        """(B, classes), float32 whatever the precision."""
        logits: Tensor = self.head(pooled(self.encoder(x))).float()
        return logits

    def predict(self, x: Tensor) -> Tensor:
        return self.logits(x).softmax(dim=1)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            total += float(cross_entropy(self.logits(batch.x), batch.labels, reduction="sum"))
            count += len(batch)
        return {"loss": total / count}
