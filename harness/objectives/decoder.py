"""A decoder from a feature map to an image, sized by a dry run."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from harness.training.encoders import dry_run


class Decoder(nn.Module):
    """Doubles the map until it has the image's size: nearest upsampling, 3x3 convolution, ReLU; a 1x1 map is first
    spread over 4x4 by a linear layer."""

    def __init__(
        self, features: int, places: tuple[int, int], channels: int, size: tuple[int, int], width: int
    ) -> None:
        super().__init__()
        self.size = size
        self.start = (4, 4) if places == (1, 1) else places
        self.width = width
        if places == (1, 1):
            self.spread: nn.Module = nn.Sequential(nn.Flatten(), nn.Linear(features, width * 16))
        else:
            self.spread = nn.Conv2d(features, width, 1)
        doublings = 0
        while self.start[0] * 2**doublings < size[0] or self.start[1] * 2**doublings < size[1]:
            doublings += 1
        self.blocks = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(max(doublings, 1)))
        self.doublings = doublings
        self.out = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, D, h, w) to (B, C, H, W)."""
        x = torch.relu(self.spread(features).view(len(features), self.width, *self.start))
        for index, block in enumerate(self.blocks):
            if index < self.doublings:
                x = interpolate(x, scale_factor=2.0, mode="nearest")
            x = torch.relu(block(x))
        if x.shape[2:] != self.size:
            x = interpolate(x, self.size, mode="bilinear", align_corners=False)
        image: Tensor = self.out(x)
        return image


def decoder(encoder: nn.Module, x: Tensor, width: int) -> Decoder:
    """A decoder for an encoder's features of images like `x`."""
    features = dry_run(encoder, x)
    _, depth, height, breadth = features.shape
    return Decoder(depth, (height, breadth), x.shape[1], (x.shape[2], x.shape[3]), width)
