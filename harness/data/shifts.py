"""Shifts of test images at five severities, the same for every model, so losses of accuracy are paired.

Rotation, blur, noise and occlusion in the style of ImageNet-C (Hendrycks 2019, 1903.12261). Severity 1 is easy to read;
severity 5 is hard for people. They work at any size: lengths are shares of the image's side.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode, functional

from harness.data.views import blur
from harness.seeds import stream

SEVERITIES = (1, 2, 3, 4, 5)
DEGREES = (10.0, 20.0, 30.0, 40.0, 50.0)
BLUR_SHARES = (0.05, 0.065, 0.08, 0.1, 0.14)
"""The blur's standard deviation as a share of the shorter side."""
NOISE_SCALES = (0.08, 0.14, 0.22, 0.32, 0.45)
OCCLUDED_SHARES = (0.2, 0.3, 0.4, 0.5, 0.6)
"""The side of the grey square as a share of the shorter side."""
CHUNK = 1024


def rotated(x: Tensor, severity: int, generator: torch.Generator) -> Tensor:
    """Images (B, C, H, W) rotated about their centre by a fixed angle, left or right at random, padded with black."""
    left = torch.rand(len(x), generator=generator) < 0.5
    turned = torch.empty_like(x)
    for sign, rows in ((1.0, left), (-1.0, ~left)):
        turned[rows] = functional.rotate(x[rows], sign * DEGREES[severity - 1], InterpolationMode.BILINEAR)
    return turned


def blurred(x: Tensor, severity: int, generator: torch.Generator) -> Tensor:
    """Images (B, C, H, W) with a Gaussian blur."""
    return blur(x, BLUR_SHARES[severity - 1] * min(x.shape[2:])).clamp(0, 1)


def noisy(x: Tensor, severity: int, generator: torch.Generator) -> Tensor:
    """Images (B, C, H, W) with Gaussian noise, clipped to [0, 1]."""
    return (x + NOISE_SCALES[severity - 1] * torch.randn(x.shape, generator=generator)).clamp(0, 1)


def occluded(x: Tensor, severity: int, generator: torch.Generator) -> Tensor:
    """Images (B, C, H, W) with a grey square at a random position."""
    count, _, height, width = x.shape
    side = max(1, round(OCCLUDED_SHARES[severity - 1] * min(height, width)))
    top = (torch.rand(count, generator=generator) * (height - side + 1)).long()
    left = (torch.rand(count, generator=generator) * (width - side + 1)).long()
    rows, columns = torch.arange(height), torch.arange(width)
    inside_rows = (rows >= top[:, None]) & (rows < top[:, None] + side)
    inside_columns = (columns >= left[:, None]) & (columns < left[:, None] + side)
    return x.masked_fill((inside_rows[:, :, None] & inside_columns[:, None, :])[:, None], 0.5)


SHIFTS: dict[str, Callable[[Tensor, int, torch.Generator], Tensor]] = {
    "rotation": rotated,
    "blur": blurred,
    "noise": noisy,
    "occlusion": occluded,
}


def shifted(images: np.ndarray, shift: str, severity: int, task: str) -> np.ndarray:
    """uint8 images (N, C, H, W) of a task under a shift; the same for every trial.

    Args:
        images: uint8 (N, C, H, W).
        shift: a key of `SHIFTS`.
        severity: 1 to 5.
        task: its name, which decides the random numbers.
    """
    generator = torch.Generator().manual_seed(stream(0, "shift", task, shift, severity))
    chunks = torch.from_numpy(np.array(images)).split(CHUNK)
    moved = [SHIFTS[shift](chunk.float().div(255), severity, generator) for chunk in chunks]
    return torch.cat(moved).mul(255).round().byte().numpy()
