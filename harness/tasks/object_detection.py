"""Object detection without anchors: each place of the map says what is centred near it, and how large it is.

As FCOS (Tian 2019, 1904.01355) with one level and centre sampling; classes by the quality focal loss (Li 2020,
2006.04388, eq. 3), whose target is the overlap that the place's box has, boxes by the generalised IoU.
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
"""Places nearer to a box's centre than so many strides, along both axes, are to find it; the nearest box first."""
BASE = 4.0
"""The side of a box, in strides, that the head starts from."""
PRIOR = 0.01
"""The score that the head starts from."""
BOX_WEIGHT = 2.0
CANDIDATES, MOST_BOXES = 100, 50
"""How many boxes of an image are looked at, and how many may be left."""
SUPPRESSION = 0.6
LEAST_SCORE = 0.01


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
        said, box = nn.Conv2d(WIDTH, classes, 1), nn.Conv2d(WIDTH, 4, 1)
        assert said.bias is not None
        assert box.bias is not None
        nn.init.constant_(said.bias, -math.log(1 / PRIOR - 1))
        nn.init.zeros_(box.weight)
        nn.init.zeros_(box.bias)
        self.kind = nn.Sequential(block(WIDTH, WIDTH), said)
        self.box = nn.Sequential(block(WIDTH, WIDTH), box)
        rows, columns = (STRIDE * (torch.arange(side) + 0.5) for side in self.neck.grid)
        self.places: Tensor
        self.register_buffer("places", torch.cartesian_prod(rows, columns).flip(1), persistent=False)

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
        """Class logits (B, places, classes) and boxes (B, places, 4), float32 whatever the precision."""
        features = self.neck(self.encoder(x))
        logits, box = (head(features).flatten(2).transpose(1, 2).float() for head in (self.kind, self.box))
        centre = self.places + STRIDE * box[:, :, :2]
        half = STRIDE * BASE / 2 * box[:, :, 2:].clamp(-4, 4).exp()
        return logits, torch.cat([centre - half, centre + half], dim=2)

    def _loss(self, logits: Tensor, boxes: Tensor, y: Tensor) -> Tensor:
        which, positive = self._assigned(y)
        wanted = y[:, :, 1:].gather(1, which[:, :, None].expand(-1, -1, 4))
        iou, giou = overlaps(boxes, wanted)
        found = y[:, :, 0].gather(1, which).long().clamp(min=0)
        quality = torch.zeros_like(logits).scatter_(2, found[:, :, None], (iou.detach() * positive)[:, :, None])
        gap = (quality - logits.sigmoid()).square()
        focal = gap * binary_cross_entropy_with_logits(logits, quality, reduction="none")
        count = positive.sum().clamp(min=1)
        return (focal.sum() + BOX_WEIGHT * ((1 - giou) * positive).sum()) / count

    def _assigned(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """The box that each place is to find, int64 (B, places), and whether there is one, bool (B, places)."""
        centres = (y[:, :, 1:3] + y[:, :, 3:5]) / 2
        distance = (self.places[None, :, None] - centres[:, None]).abs().amax(dim=3)
        distance = distance.masked_fill(y[:, None, :, 0] < 0, torch.inf)
        nearest, which = distance.min(dim=2)
        return which, nearest < RADIUS * STRIDE

    def predict(self, x: Tensor) -> Tensor:
        """(B, MOST_BOXES, 6): class, score, left, top, right, bottom, best first; class -1 fills up."""
        logits, boxes = self.raw(x)
        scores, index = logits.sigmoid().flatten(1).topk(min(CANDIDATES, logits[0].numel()), dim=1)
        boxes = boxes.gather(1, (index // self.classes)[:, :, None].expand(-1, -1, 4))
        frame = torch.tensor([*self.size[::-1], *self.size[::-1]], device=x.device)
        boxes = torch.minimum(boxes.clamp(min=0), frame)
        classes = index % self.classes
        scores = scores.masked_fill(suppressed(boxes, classes, SUPPRESSION) | (scores < LEAST_SCORE), 0.0)
        scores, order = scores.topk(min(MOST_BOXES, scores.shape[1]), dim=1)
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
