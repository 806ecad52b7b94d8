"""A vision transformer for small images (Dosovitskiy 2020, 2010.11929): pre-norm blocks on patches, no class token.

Positions are fixed sines in two dimensions (He 2021, 2111.06377), stretched over images of another size than it was
built for (as section 3.2 of the first does). Pixels are centred before they are embedded, so that the bias of the patch
embedding is what is left where nothing is seen: it stands for masked patches, as a learned token.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, pad, scaled_dot_product_attention

FEWEST, MOST = 16, 64
"""Patches an image is cut into, if `patch` is left open: 4x4 to 8x8 of a square."""


def patch_size(height: int, width: int) -> int:
    """Pixels a side: 4, doubled while the patches are more than MOST, halved while they are fewer than FEWEST."""

    def count(side: int) -> int:
        return math.ceil(height / side) * math.ceil(width / side)

    side = 4
    while count(side) > MOST:
        side *= 2
    while count(side) < FEWEST and side > 1:
        side //= 2
    return side


def sines(grid: tuple[int, int], places: tuple[int, int], features: int) -> Tensor:
    """Positions (h * w, features) of a grid (h, w) laid over so many places: sine and cosine of the row in one half, of
    the column in the other."""
    rates = 1 / 10000 ** (torch.arange(features // 4) / (features // 4))
    rows, columns = (torch.arange(count) * most / count for count, most in zip(grid, places, strict=True))
    row, column = torch.meshgrid(rows, columns, indexing="ij")
    angles = [places.flatten()[:, None] * rates for places in (row, column)]
    return torch.cat([wave(angle) for angle in angles for wave in (torch.sin, torch.cos)], dim=1)


class Block(nn.Module):
    """x + attention(norm(x)), then x + perceptron(norm(x)), on tokens (B, N, D)."""

    def __init__(self, features: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(features), nn.LayerNorm(features)
        self.qkv, self.out = nn.Linear(features, 3 * features), nn.Linear(features, features)
        self.up, self.down = nn.Linear(features, hidden), nn.Linear(hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.down(gelu(self.up(self.norm2(x))))

    def attention(self, x: Tensor) -> Tensor:
        """Every token looks at all of its image."""
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed: Tensor = self.out(scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return mixed


class ViT(nn.Module):
    """(B, C, H, W) to (B, width, H / patch, W / patch), rounded up; `width` is a multiple of 4 and of `heads`. The
    patch is chosen for `in_shape`; images of another size are cut into more or fewer of the same.

    `grid` and `masked` are what masked-image pretraining uses.
    """

    def __init__(
        self, in_shape: tuple[int, int, int], width: int, depth: int, heads: int, patch: int | None = None
    ) -> None:
        super().__init__()
        channels, height, breadth = in_shape
        self.patch = patch or patch_size(height, breadth)
        self.grid = self.cut(height, breadth)
        """Rows and columns of patches, (h, w)."""
        self.embed = nn.Linear(channels * self.patch**2, width)
        self.register_buffer("positions", sines(self.grid, self.grid, width), persistent=False)
        self.blocks = nn.Sequential(*(Block(width, heads, 4 * width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.apply(initialise)

    def cut(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of patches of an image."""
        return math.ceil(height / self.patch), math.ceil(width / self.patch)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoded(self.embed(self.patches(x)), self.cut(*x.shape[2:]))

    def masked(self, x: Tensor, mask: Tensor) -> Tensor:
        """The map (B, D, h, w) of images without their masked patches, `mask` bool (B, h, w), true where masked."""
        return self.encoded(self.embed(self.patches(x) * ~mask.flatten(1)[:, :, None]), self.cut(*x.shape[2:]))

    def patches(self, x: Tensor) -> Tensor:
        """Pixels in [-1, 1] by patches (B, h * w, C * patch^2); what lies beyond the image is 0."""
        height, width = x.shape[2:]
        (h, w), p = self.cut(height, width), self.patch
        x = pad(2 * x - 1, (0, w * p - width, 0, h * p - height))
        return x.unflatten(2, (h, p)).unflatten(4, (w, p)).permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)

    def encoded(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """The map of embedded patches (B, h * w, D)."""
        positions = self.positions
        if grid != self.grid:
            positions = sines(grid, self.grid, tokens.shape[2]).to(tokens.device)
        features: Tensor = self.norm(self.blocks(tokens + positions))
        return features.transpose(1, 2).unflatten(2, grid)


def initialise(module: nn.Module) -> None:
    """Weights from a normal of 0.02 cut at two deviations, biases zero."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02, a=-0.04, b=0.04)
        nn.init.zeros_(module.bias)
