"""Classification of images and of texts: a linear head on pooled features, cross-entropy."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.tasks.base import Task
from harness.training.features import dry_run, pooled
from harness.training.objective import Heldout


class Classification(Task):
    """One class an example. A subclass defines the losses."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int) -> None:
        super().__init__(encoder, sample, classes)
        self.head = nn.Linear(pooled(dry_run(encoder, sample.x), sample.x).shape[1], classes)

    def logits(self, x: Tensor) -> Tensor:
        """(B, classes), float32 at any precision."""
        logits: Tensor = self.head(pooled(self.encoder(x), x)).float()
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
