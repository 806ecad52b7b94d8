"""Semantic segmentation: a class for each pixel, by a light decoder.

    loss = cross-entropy + 1 - mean over classes of 2 sum(p y) / (sum(p) + sum(y))

The second term is soft Dice (Milletari 2016, 1606.04797, eq. 3) over a batch and the classes in it. Where most pixels
are background, cross-entropy alone is slow to learn the other classes.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from harness.data.batches import Batch
from harness.data.views import jitter, noise
from harness.tasks.base import Task
from harness.tasks.neck import STRIDE, Neck
from harness.tasks.zoom import Zoom
from harness.training.objective import Heldout

VOID = -1
"""The label of pixels that are ignored."""
WIDTH = 64


def dice_loss(logits: Tensor, y: Tensor) -> Tensor:
    """1 - soft Dice, scalar, of logits (B, K, H, W), float32, and class maps (B, H, W), over the classes that occur."""
    counted = y != VOID
    probabilities = logits.softmax(dim=1) * counted[:, None]
    truth = one_hot(y.clamp(min=0), logits.shape[1]).permute(0, 3, 1, 2) * counted[:, None]
    shared, support, predicted = (each.sum(dim=(0, 2, 3)) for each in (probabilities * truth, truth, probabilities))
    present = support > 0
    return 1 - (2 * shared / (support + predicted).clamp(min=1e-6))[present].mean()


class SemanticSegmentation(Task):
    """One class a pixel; background is a class."""

    def __init__(
        self,
        encoder: nn.Module,
        sample: Batch,
        classes: int,
        scale: float = 0.0,
        shift: float = 0.0,
        contrast: float = 0.0,
        grain: float = 0.0,
    ) -> None:
        super().__init__(encoder, sample, classes)
        self.scale, self.shift, self.contrast, self.grain = scale, shift, contrast, grain
        self.size = sample.x.shape[-2:]
        self.neck = Neck(encoder, sample, WIDTH)
        self.out = nn.Sequential(nn.Conv2d(WIDTH, classes * STRIDE**2, 1), nn.PixelShuffle(STRIDE))

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        x, y = batch.x, batch.labels
        if self.scale or self.shift:
            zoom = Zoom.drawn(x, batch.generator, self.scale, self.shift)
            x, y = zoom.images(x), zoom.maps(y)
        if self.contrast:
            x = jitter(x, batch.generator, self.contrast, self.contrast / 2)
        if self.grain:
            x = noise(x, batch.generator, self.grain)
        logits = self.logits(x)
        yield "encoder", cross_entropy(logits, y.long(), ignore_index=VOID) + dice_loss(logits, y.long())

    def logits(self, x: Tensor) -> Tensor:
        """(B, classes, H, W), float32 at any precision."""
        logits: Tensor = self.out(self.neck(self.encoder(x)))[:, :, : self.size[0], : self.size[1]].float()
        return logits

    def predict(self, x: Tensor) -> Tensor:
        return self.logits(x).argmax(dim=1).to(torch.uint8)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            counted = int((batch.labels != VOID).sum())
            total += float(cross_entropy(self.logits(batch.x), batch.labels.long(), ignore_index=VOID, reduction="sum"))
            count += counted
        return {"loss": total / max(count, 1)}
