"""Image classification: a linear head on pooled features, cross-entropy, light affine augmentation."""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.data.views import random_affine, random_flip
from harness.tasks.classification import Classification


class ImageClassification(Classification):
    """One class an image."""

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

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        x = batch.x
        if self.degrees or self.shift:
            x = random_affine(x, batch.generator, self.degrees, shear=self.degrees / 2, shift=self.shift)
        if self.flip:
            x = random_flip(x, batch.generator, self.flip)
        yield "encoder", cross_entropy(self.logits(x), batch.labels)
