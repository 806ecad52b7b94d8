"""Text classification: a linear head on the mean over tokens, cross-entropy."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.objectives.base import Heldout, pooled
from harness.tasks.base import Task
from harness.training.encoders import dry_run


class TextClassification(Task):
    """One class a text."""

    unit = "nats"

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int) -> None:
        super().__init__(encoder, sample, classes)
        self.head = nn.Linear(dry_run(encoder, sample.x).shape[2], classes)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", cross_entropy(self.logits(batch.x), batch.labels)

    def logits(self, x: Tensor) -> Tensor:
        """(B, classes), float32 whatever the precision."""
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
