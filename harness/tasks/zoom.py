"""Augmentation that labels follow: images scaled about their centre and shifted, and boxes or class maps with them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from harness.data.views import uniform

SEEN_SHARE = 0.5
"""A box of which less than this is left within the image is dropped."""


@dataclass(frozen=True)
class Zoom:
    """What is at p of an image's size (W, H), in pixels, goes to (p - centre) * scale + centre + shift."""

    scale: Tensor
    """(B, 1)."""
    shift: Tensor
    """(B, 2): in pixels, to the right and down."""

    @classmethod
    def drawn(cls, x: Tensor, generator: torch.Generator, scale: float, shift: float) -> "Zoom":
        """For images x: scales between 1 / (1 + scale) and 1 + scale, shifts of up to a share of the image's size."""
        count, (height, width) = len(x), x.shape[-2:]
        factor = (1 + scale) ** uniform(-1, 1, (count, 1), generator)
        move = uniform(-shift, shift, (count, 2), generator).to(x.device)
        return cls(factor.to(x.device), move * torch.tensor([width, height], device=x.device))

    def images(self, x: Tensor) -> Tensor:
        """(B, C, H, W), bilinear; the edge's pixels are repeated outwards."""
        return grid_sample(x, self._grid(x.shape[-2:]).to(x.dtype), padding_mode="border", align_corners=False)

    def maps(self, y: Tensor) -> Tensor:
        """Class maps (B, H, W) of integers, by the nearest pixel; -1 where there was no image."""
        moved = grid_sample((y + 1).float()[:, None], self._grid(y.shape[-2:]), mode="nearest", align_corners=False)
        return moved[:, 0].to(y.dtype) - 1

    def boxes(self, y: Tensor, size: tuple[int, int]) -> Tensor:
        """Boxes (B, M, 5) clipped to the image's size (H, W); those that mostly left it get the class -1."""
        frame = torch.tensor([size[1], size[0]], device=y.device, dtype=y.dtype)
        corners = y[:, :, 1:].unflatten(2, (2, 2))
        moved = (corners - frame / 2) * self.scale[:, None, None] + frame / 2 + self.shift[:, None, None]
        clipped = torch.minimum(moved.clamp(min=0), frame)
        left, whole = ((each[:, :, 1] - each[:, :, 0]).prod(dim=2) for each in (clipped, moved))
        classes = torch.where(left >= SEEN_SHARE * whole, y[:, :, 0], -1)
        return torch.cat([classes[:, :, None], clipped.flatten(2)], dim=2)

    def _grid(self, size: torch.Size) -> Tensor:
        """Where each pixel comes from, as `grid_sample` takes it."""
        frame = torch.tensor([size[1], size[0]], device=self.shift.device)
        turn = torch.diag_embed((1 / self.scale).expand(-1, 2))
        theta = torch.cat([turn, -(2 * self.shift / frame / self.scale)[:, :, None]], dim=2)
        return affine_grid(theta, [len(theta), 1, *size], align_corners=False)
