"""Text classification: a linear head on the mean over tokens, cross-entropy."""

from collections.abc import Iterator

from torch import Tensor
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.tasks.classification import Classification


class TextClassification(Classification):
    """One class a text."""

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", cross_entropy(self.logits(batch.x), batch.labels)
