"""A decoder from a feature map to an image, sized by a dry run."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from harness.training.features import dry_run


class Decoder(nn.Module):
    """Doubles a feature map until it has the image's size: 3x3 convolution, ReLU, nearest upsampling.

    A linear layer first expands a 1x1 map to 4x4. The last doubling is a pixel shuffle (Shi 2016, 1609.05158), which
    saves the convolution at full size.
    """

    def __init__(self, features: int, grid: tuple[int, int], channels: int, size: tuple[int, int], width: int) -> None:
        super().__init__()
        self.size = size
        self.start = (4, 4) if grid == (1, 1) else grid
        self.width = width
        if grid == (1, 1):
            self.spread: nn.Module = nn.Sequential(nn.Flatten(), nn.Linear(features, width * 16))
        else:
            self.spread = nn.Conv2d(features, width, 1)
        doublings = 1
        while self.start[0] * 2**doublings < size[0] or self.start[1] * 2**doublings < size[1]:
            doublings += 1
        self.blocks = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(doublings))
        self.out = nn.Sequential(nn.Conv2d(width, 4 * channels, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, features: Tensor) -> Tensor:
        """(B, D, h, w) to (B, C, H, W)."""
        x = torch.relu(self.spread(features).view(len(features), self.width, *self.start))
        for index, block in enumerate(self.blocks):
            if index:
                x = interpolate(x, scale_factor=2.0, mode="nearest")
            x = torch.relu(block(x))
        image: Tensor = self.out(x)
        if image.shape[2:] != self.size:
            image = interpolate(image, self.size, mode="bilinear", align_corners=False)
        return image


def decoder(encoder: nn.Module, x: Tensor, width: int) -> Decoder:
    """A decoder from an encoder's features to images like `x` (B, C, H, W)."""
    features = dry_run(encoder, x)
    _, depth, height, breadth = features.shape
    return Decoder(depth, (height, breadth), x.shape[1], (x.shape[2], x.shape[3]), width)
