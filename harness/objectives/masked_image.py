"""Masked image: reconstruct masked patches (SimMIM, Xie 2021, 2111.09886; MAE, He 2021, 2111.06377).

    loss = mean over masked pixels of (x - decoder(encoder(masked x)))^2

Cost: as the autoencoder. Score to expect: skill 0.28 on glyphs at 16x16 after 400 steps of 128 with `cnn-tiny`. A
linear probe on digits at five shots is no better than with a random encoder.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.objectives.base import skill
from harness.objectives.decoder import decoder
from harness.training.objective import Heldout, Objective

FEWEST = 4
"""Patches a side, at least: small images have smaller patches."""


def patch_masks(count: int, grid: tuple[int, int], ratio: float, generator: torch.Generator) -> Tensor:
    """bool (count, h, w): masks with the same number of masked patches in each image, on the generator's device.

    At least one patch is masked, and at least one of several is not.
    """
    patches = grid[0] * grid[1]
    masked = min(max(1, round(ratio * patches)), max(1, patches - 1))
    ranks = torch.rand(count, patches, generator=generator, device=generator.device).argsort(dim=1).argsort(dim=1)
    return (ranks < masked).view(count, *grid)


def masked_error(reconstruction: Tensor, x: Tensor, mask: Tensor) -> Tensor:
    """The mean squared error, scalar, of images (B, C, H, W) where the mask (B, 1, H, W) is true."""
    errors = (reconstruction.float() - x).square().mean(dim=1, keepdim=True)
    return errors[mask].mean()


class MaskedImage(Objective):
    """Squared error of masked pixels; the trivial predictor is the mean image of the held-out data.

    An encoder of patches may have `masked(x, mask)`, with mask bool (B, h, w) over its `grid` (h, w) of `patch` pixels
    a side: it then puts its own mask token there. For any other encoder, masked pixels get a learned value a channel.
    """

    def __init__(
        self, encoder: nn.Module, sample: Batch, classes: int, patch: int = 4, ratio: float = 0.6, width: int = 16
    ) -> None:
        super().__init__(encoder)
        self.ratio = ratio
        self.decoder = decoder(encoder, sample.x, width)
        _, channels, height, breadth = sample.x.shape
        self.size = (height, breadth)
        self.sides = (min(patch, max(1, height // FEWEST)), min(patch, max(1, breadth // FEWEST)))
        self.grid = (math.ceil(height / self.sides[0]), math.ceil(breadth / self.sides[1]))
        if hasattr(encoder, "masked"):
            patches: Any = encoder
            self.grid = tuple(patches.grid)
            side = getattr(encoder, "patch", None)
            self.sides = (side or math.ceil(height / self.grid[0]), side or math.ceil(breadth / self.grid[1]))
            self.register_parameter("value", None)
        else:
            self.value = nn.Parameter(torch.full((channels, 1, 1), 0.5))

    def masks(self, batch: Batch) -> Tensor:
        """Fresh masks of patches, bool (B, h, w)."""
        return patch_masks(len(batch), self.grid, self.ratio, batch.generator).to(batch.x.device)

    def pixels(self, mask: Tensor) -> Tensor:
        """Masks of pixels (B, 1, H, W) from masks of patches (B, h, w)."""
        (rows, columns), (height, width) = self.sides, self.size
        return mask.repeat_interleave(rows, 1).repeat_interleave(columns, 2)[:, None, :height, :width]

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Reconstructions (B, C, H, W) of images whose patches (B, h, w) are masked."""
        if self.value is None:
            features = self.encoder.masked(x, mask)
        else:
            features = self.encoder(torch.where(self.pixels(mask), self.value, x))
        reconstructed: Tensor = self.decoder(features)
        return reconstructed

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        mask = self.masks(batch)
        yield "encoder", masked_error(self(batch.x, mask), batch.x, self.pixels(mask))

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        mean = torch.cat([batch.x for batch in heldout()]).mean(dim=0)
        error, trivial, count = 0.0, 0.0, 0
        for batch in heldout():
            mask = self.masks(batch)
            pixels = self.pixels(mask)
            masked = int(pixels.sum())
            error += float(masked_error(self(batch.x, mask), batch.x, pixels)) * masked
            trivial += float(masked_error(mean.expand_as(batch.x), batch.x, pixels)) * masked
            count += masked
        return skill(error / count, trivial / count)
