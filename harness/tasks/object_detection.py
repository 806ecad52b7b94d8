"""Object detection without anchors: each position of the map predicts the class and box of an object centred near it.

As FCOS (Tian 2019, 1904.01355) with one level and centre sampling. Classes are trained by the quality focal loss (Li
2020, 2006.04388, eq. 3), whose target is the IoU of the position's box; boxes by the generalised IoU.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from harness.data.batches import Batch
from harness.data.views import jitter, noise
from harness.tasks.base import Task
from harness.tasks.boxes import overlaps, suppressed
from harness.tasks.neck import STRIDE, Neck, block
from harness.tasks.zoom import Zoom
from harness.training.objective import Heldout

WIDTH = 64
RADIUS = 1.0
"""In strides, along both axes: positions this near to a box's centre are assigned to it, the nearest box first."""
BASE = 4.0
"""Side of the head's initial boxes, in strides."""
PRIOR = 0.01
"""The head's initial score."""
BOX_WEIGHT = 2.0
CANDIDATES, MAX_BOXES = 100, 50
"""Boxes of an image before and after suppression, at most."""
SUPPRESSION = 0.6
"""IoU above which the worse of two boxes of a class is removed."""
MIN_SCORE = 0.01


class ObjectDetection(Task):
    """Boxes with a class and a score."""

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
        self.classes = classes
        self.size = (sample.x.shape[-2], sample.x.shape[-1])
        self.neck = Neck(encoder, sample, WIDTH)
        score, box = nn.Conv2d(WIDTH, classes, 1), nn.Conv2d(WIDTH, 4, 1)
        assert score.bias is not None
        assert box.bias is not None
        nn.init.constant_(score.bias, -math.log(1 / PRIOR - 1))
        nn.init.zeros_(box.weight)
        nn.init.zeros_(box.bias)
        self.score = nn.Sequential(block(WIDTH, WIDTH), score)
        self.box = nn.Sequential(block(WIDTH, WIDTH), box)
        rows, columns = (STRIDE * (torch.arange(side) + 0.5) for side in self.neck.grid)
        self.positions: Tensor
        """(positions, 2): x and y of each position's centre, in pixels."""
        self.register_buffer("positions", torch.cartesian_prod(rows, columns).flip(1), persistent=False)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        x, y = batch.x, batch.labels
        if self.scale or self.shift:
            zoom = Zoom.drawn(x, batch.generator, self.scale, self.shift)
            x, y = zoom.images(x), zoom.boxes(y, self.size)
        if self.contrast:
            x = jitter(x, batch.generator, self.contrast, self.contrast / 2)
        if self.grain:
            x = noise(x, batch.generator, self.grain)
        yield "encoder", self._loss(*self.raw(x), y)

    def raw(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Class logits (B, positions, classes) and boxes (B, positions, 4), float32 at any precision."""
        features = self.neck(self.encoder(x))
        logits, box = (head(features).flatten(2).transpose(1, 2).float() for head in (self.score, self.box))
        centre = self.positions + STRIDE * box[:, :, :2]
        half = STRIDE * BASE / 2 * box[:, :, 2:].clamp(-4, 4).exp()
        return logits, torch.cat([centre - half, centre + half], dim=2)

    def _loss(self, logits: Tensor, boxes: Tensor, y: Tensor) -> Tensor:
        assigned, positive = self._assigned(y)
        target = y[:, :, 1:].gather(1, assigned[:, :, None].expand(-1, -1, 4))
        iou, giou = overlaps(boxes, target)
        label = y[:, :, 0].gather(1, assigned).long().clamp(min=0)
        quality = torch.zeros_like(logits).scatter_(2, label[:, :, None], (iou.detach() * positive)[:, :, None])
        gap = (quality - logits.sigmoid()).square()
        focal = gap * binary_cross_entropy_with_logits(logits, quality, reduction="none")
        count = positive.sum().clamp(min=1)
        return (focal.sum() + BOX_WEIGHT * ((1 - giou) * positive).sum()) / count

    def _assigned(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Of each position (B, positions): the index of its assigned box, int64, and whether there is one, bool."""
        centres = (y[:, :, 1:3] + y[:, :, 3:5]) / 2
        distance = (self.positions[None, :, None] - centres[:, None]).abs().amax(dim=3)
        distance = distance.masked_fill(y[:, None, :, 0] < 0, torch.inf)
        nearest, assigned = distance.min(dim=2)
        return assigned, nearest < RADIUS * STRIDE

    def predict(self, x: Tensor) -> Tensor:
        """(B, MAX_BOXES, 6): class, score, left, top, right, bottom, best first, padded by class -1."""
        logits, boxes = self.raw(x)
        scores, index = logits.sigmoid().flatten(1).topk(min(CANDIDATES, logits[0].numel()), dim=1)
        boxes = boxes.gather(1, (index // self.classes)[:, :, None].expand(-1, -1, 4))
        frame = torch.tensor([*self.size[::-1], *self.size[::-1]], device=x.device)
        boxes = torch.minimum(boxes.clamp(min=0), frame)
        classes = index % self.classes
        scores = scores.masked_fill(suppressed(boxes, classes, SUPPRESSION) | (scores < MIN_SCORE), 0.0)
        scores, order = scores.topk(min(MAX_BOXES, scores.shape[1]), dim=1)
        kept = torch.cat([classes[:, :, None].float(), boxes], dim=2).gather(1, order[:, :, None].expand(-1, -1, 5))
        labels = kept[:, :, 0].masked_fill(scores == 0, -1)
        return torch.cat([labels[:, :, None], scores[:, :, None], kept[:, :, 1:]], dim=2)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            total += float(self._loss(*self.raw(batch.x), batch.labels)) * len(batch)
            count += len(batch)
        return {"loss": total / count}
