"""Rotation: classify by which quarter turn an image was rotated (RotNet, Gidaris 2018, 1803.07728, eq. 2-3).

    loss = mean over images and turns of the cross-entropy of the turn

Cost: four forward and backward passes, one a turn. Score to expect: skill 0.7 on glyphs at 16x16 after 400 steps of 128
with `cnn-tiny`. On digits its features are worse than a random encoder's: orientation does not identify a character.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.data.batches import Batch
from harness.objectives.base import skill
from harness.training.features import dry_run, pooled
from harness.training.objective import Heldout, Objective

TURNS = 4


def turned(x: Tensor) -> Tensor:
    """Images (B, C, H, W) rotated by 0, 90, 180 and 270 degrees, one after the other: (4 B, C, H, W).

    Of an oblong image the central square is rotated and the rest is black in all four, so that neither shape nor edges
    reveal the turn.
    """
    height, width = x.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = x[:, :, top : top + side, left : left + side]
    views = x.new_zeros(TURNS, *x.shape)
    for turn in range(TURNS):
        views[turn, :, :, top : top + side, left : left + side] = torch.rot90(square, turn, dims=(2, 3))
    return views.flatten(0, 1)


class Rotation(Objective):
    """Four-way cross-entropy in nats; the trivial predictor is chance, log 4."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int) -> None:
        super().__init__(encoder)
        self.head = nn.Linear(dry_run(encoder, sample.x).shape[1], TURNS)

    def loss(self, x: Tensor) -> Tensor:
        """The mean cross-entropy, scalar, of images (B, C, H, W) in all four turns."""
        logits = self.head(pooled(self.encoder(turned(x))))
        return cross_entropy(logits.float(), torch.arange(TURNS, device=x.device).repeat_interleave(len(x)))

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.loss(batch.x)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        total, count = 0.0, 0
        for batch in heldout():
            total += float(self.loss(batch.x)) * len(batch)
            count += len(batch)
        return skill(total / count, math.log(TURNS))
