"""What dense tasks put on an encoder's map: features at a quarter of the image's size."""

import math

from torch import Tensor, nn
from torch.nn.functional import interpolate

from harness.data.batches import Batch
from harness.training.features import dry_run

STRIDE = 4
MOST_SPREAD = 4
"""A place of a coarse map is spread over so many by so many at most in one step."""


def block(inputs: int, outputs: int, size: int = 3, dilation: int = 1) -> nn.Sequential:
    """Convolution, BatchNorm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=dilation * (size // 2), dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Neck(nn.Module):
    """(B, D, h, w) to (B, width, grid): a finer map is averaged, a coarser one spread by pixel shuffles (Shi 2016,
    1609.05158), so that an encoder that gives one vector an image can say where things are; then two 3x3 convolutions,
    the second dilated, to see as far as a thing reaches."""

    def __init__(self, encoder: nn.Module, sample: Batch, width: int) -> None:
        super().__init__()
        depth, *places = dry_run(encoder, sample.x).shape[1:]
        self.grid = tuple(math.ceil(side / STRIDE) for side in sample.x.shape[-2:])
        layers: list[nn.Module] = []
        while any(have < want for have, want in zip(places, self.grid, strict=True)):
            ratio = max(math.ceil(want / have) for have, want in zip(places, self.grid, strict=True))
            spread = min(MOST_SPREAD, ratio)
            layers += [block(depth, width * spread**2, size=1), nn.PixelShuffle(spread)]
            depth, places = width, [spread * side for side in places]
        self.spread = nn.Sequential(*layers)
        self.refine = nn.Sequential(block(depth, width), block(width, width, dilation=2))

    def forward(self, features: Tensor) -> Tensor:
        x = self.spread(features)
        if x.shape[-2:] != self.grid:
            x = interpolate(x, self.grid, mode="area")
        refined: Tensor = self.refine(x)
        return refined
