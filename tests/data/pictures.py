"""Artificial images for tests of augmentation."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from harness.data import views


def stream(seed: int = 0) -> torch.Generator:
    """A stream of random numbers."""
    return torch.Generator().manual_seed(seed)


def smooth(count: int = 6, shape: tuple[int, int, int] = (1, 16, 16), seed: int = 0) -> Tensor:
    """Smooth random images in [0, 1], so that a shift of a pixel is no other image."""
    coarse = torch.rand((count, shape[0], 4, 4), generator=stream(seed))
    return interpolate(coarse, shape[1:], mode="bilinear", align_corners=True).clamp(0, 1)


def ramps(count: int, height: int, width: int) -> Tensor:
    """Two channels with each pixel's position: x and y as shares of the width and the height."""
    rows = ((torch.arange(height) + 0.5) / height)[:, None].expand(height, width)
    columns = ((torch.arange(width) + 0.5) / width).expand(height, width)
    return torch.stack([columns, rows]).expand(count, 2, height, width)


def fix_draws(monkeypatch: pytest.MonkeyPatch, place: float) -> None:
    """Makes every uniform number the same share of its range, so that the parameters are known."""

    def uniform(low: float, high: float, size: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return torch.full(size, low + place * (high - low))

    monkeypatch.setattr(views, "uniform", uniform)
