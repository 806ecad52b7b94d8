"""Augmentation of images with their labels: scaling about the centre and shifts, also of boxes and class maps."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from harness.data.views import uniform

MIN_VISIBLE = 0.5
"""A box with a smaller share of its area inside the image is dropped."""


@dataclass(frozen=True)
class Zoom:
    """Maps a point p, in pixels, to (p - centre) * scale + centre + shift."""

    scale: Tensor
    """(B, 1)."""
    shift: Tensor
    """(B, 2): pixels to the right and down."""

    @classmethod
    def drawn(cls, x: Tensor, generator: torch.Generator, scale: float, shift: float) -> "Zoom":
        """Random zooms of images x: scales in [1 / (1 + scale), 1 + scale], shifts up to a share of the size."""
        count, (height, width) = len(x), x.shape[-2:]
        factor = (1 + scale) ** uniform(-1, 1, (count, 1), generator)
        move = uniform(-shift, shift, (count, 2), generator).to(x.device)
        return cls(factor.to(x.device), move * torch.tensor([width, height], device=x.device))

    def images(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W), bilinear; border pixels are repeated outwards."""
        return grid_sample(x, self._grid(x.shape[-2:]).to(x.dtype), padding_mode="border", align_corners=False)

    def maps(self, y: Tensor) -> Tensor:
        """Class maps (B, H, W) of integers, by the nearest pixel; -1 outside the image."""
        moved = grid_sample((y + 1).float()[:, None], self._grid(y.shape[-2:]), mode="nearest", align_corners=False)
        return moved[:, 0].to(y.dtype) - 1

    def boxes(self, y: Tensor, size: tuple[int, int]) -> Tensor:
        """Boxes (B, M, 5) clipped to the image's size (H, W); class -1 for those mostly outside."""
        frame = torch.tensor([size[1], size[0]], device=y.device, dtype=y.dtype)
        corners = y[:, :, 1:].unflatten(2, (2, 2))
        moved = (corners - frame / 2) * self.scale[:, None, None] + frame / 2 + self.shift[:, None, None]
        clipped = torch.minimum(moved.clamp(min=0), frame)
        visible, area = ((each[:, :, 1] - each[:, :, 0]).prod(dim=2) for each in (clipped, moved))
        classes = torch.where(visible >= MIN_VISIBLE * area, y[:, :, 0], -1)
        return torch.cat([classes[:, :, None], clipped.flatten(2)], dim=2)

    def _grid(self, size: torch.Size) -> Tensor:
        """The source of each pixel, in the form of `grid_sample`."""
        frame = torch.tensor([size[1], size[0]], device=self.shift.device)
        linear = torch.diag_embed((1 / self.scale).expand(-1, 2))
        theta = torch.cat([linear, -(2 * self.shift / frame / self.scale)[:, :, None]], dim=2)
        return affine_grid(theta, [len(theta), 1, *size], align_corners=False)
