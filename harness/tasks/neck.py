"""The neck of dense tasks: an encoder's map resized to a quarter of the image's size."""

import math

from torch import Tensor, nn
from torch.nn.functional import interpolate

from harness.data.batches import Batch
from harness.training.features import dry_run

STRIDE = 4
"""Pixels of the image a side of one position."""
MAX_UPSCALE = 4
"""Factor of one pixel shuffle, at most."""


def block(inputs: int, outputs: int, size: int = 3, dilation: int = 1) -> nn.Sequential:
    """Convolution, BatchNorm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=dilation * (size // 2), dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Neck(nn.Module):
    """(B, D, h, w) to (B, width, H / STRIDE, W / STRIDE), rounded up.

    A finer map is averaged. A coarser one is upscaled by pixel shuffles (Shi 2016, 1609.05158), so that an encoder with
    one vector an image can localise. Then come two 3x3 convolutions, the second dilated for a larger receptive field.
    """

    def __init__(self, encoder: nn.Module, sample: Batch, width: int) -> None:
        super().__init__()
        depth, *sides = dry_run(encoder, sample.x).shape[1:]
        self.grid = tuple(math.ceil(side / STRIDE) for side in sample.x.shape[-2:])
        layers: list[nn.Module] = []
        while any(have < want for have, want in zip(sides, self.grid, strict=True)):
            ratio = max(math.ceil(want / have) for have, want in zip(sides, self.grid, strict=True))
            factor = min(MAX_UPSCALE, ratio)
            layers += [block(depth, width * factor**2, size=1), nn.PixelShuffle(factor)]
            depth, sides = width, [factor * side for side in sides]
        self.upscale = nn.Sequential(*layers)
        self.refine = nn.Sequential(block(depth, width), block(width, width, dilation=2))

    def forward(self, features: Tensor) -> Tensor:
        x = self.upscale(features)
        if x.shape[-2:] != self.grid:
            x = interpolate(x, self.grid, mode="area")
        refined: Tensor = self.refine(x)
        return refined
