"""Batched augmentation: tensor code over (B, C, H, W) in [0, 1], with no Python work per example.

All randomness comes from the generator that is given, drawn on its own device.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, conv2d, grid_sample, pad


def uniform(low: float, high: float, size: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Uniform numbers on the generator's device."""
    return torch.rand(size, generator=generator, device=generator.device) * (high - low) + low


def random_affine(
    x: Tensor,
    generator: torch.Generator,
    degrees: float = 10.0,
    scale: tuple[float, float] = (0.9, 1.1),
    shear: float = 5.0,
    shift: float = 0.1,
) -> Tensor:
    """Each image rotated, scaled, sheared (degrees) and shifted (share of its size); black comes in at the edges."""
    count = len(x)
    angle = uniform(-math.radians(degrees), math.radians(degrees), (count,), generator)
    slant = uniform(-math.tan(math.radians(shear)), math.tan(math.radians(shear)), (count,), generator)
    size = uniform(*scale, (count,), generator)
    move = uniform(-2 * shift, 2 * shift, (count, 2), generator)
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    tall, wide = x.shape[2] / x.shape[3], x.shape[3] / x.shape[2]
    rows = torch.stack([cos, (slant * cos - sin) * tall, move[:, 0], sin * wide, slant * sin + cos, move[:, 1]], dim=1)
    return _sampled(x, rows.view(count, 2, 3).to(x.device, x.dtype), x.shape[-2:])


def random_resized_crop(
    x: Tensor, generator: torch.Generator, area: tuple[float, float] = (0.4, 1.0), ratio: float = 4 / 3
) -> Tensor:
    """Each image cropped to a share of its area at a random place and aspect ratio, and brought back to its size."""
    count = len(x)
    share = uniform(*area, (count,), generator)
    aspect = torch.exp(uniform(-math.log(ratio), math.log(ratio), (count,), generator))
    width, height = torch.sqrt(share * aspect).clamp(max=1), torch.sqrt(share / aspect).clamp(max=1)
    place = uniform(-1, 1, (count, 2), generator)
    zero = torch.zeros_like(width)
    rows = torch.stack([width, zero, place[:, 0] * (1 - width), zero, height, place[:, 1] * (1 - height)], dim=1)
    return _sampled(x, rows.view(count, 2, 3).to(x.device, x.dtype), x.shape[-2:])


def _sampled(x: Tensor, theta: Tensor, size: tuple[int, ...]) -> Tensor:
    grid = affine_grid(theta, [len(x), x.shape[1], *size], align_corners=False)
    return grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def random_erase(x: Tensor, generator: torch.Generator, share: float = 0.3) -> Tensor:
    """A square of up to `share` of each image's side set to zero."""
    count, _, height, width = x.shape
    side = uniform(min(0.1, share), share, (count, 1), generator) * min(height, width)
    top = uniform(0, 1, (count, 1), generator) * (height - side)
    left = uniform(0, 1, (count, 1), generator) * (width - side)
    rows = torch.arange(height, device=generator.device)[None]
    columns = torch.arange(width, device=generator.device)[None]
    inside_rows = (rows >= top) & (rows < top + side)
    inside_columns = (columns >= left) & (columns < left + side)
    inside = inside_rows[:, None, :, None] & inside_columns[:, None, None, :]
    return x.masked_fill(inside.to(x.device), 0.0)


def noise(x: Tensor, generator: torch.Generator, scale: float) -> Tensor:
    """Gaussian noise of a standard deviation, clipped to [0, 1]."""
    drawn = torch.randn(x.shape, generator=generator, device=generator.device).to(x.device, x.dtype)
    return (x + scale * drawn).clamp(0, 1)


def jitter(x: Tensor, generator: torch.Generator, contrast: float = 0.4, brightness: float = 0.2) -> Tensor:
    """Each image's contrast scaled about its mean, and its brightness shifted."""
    size = (len(x), 1, 1, 1)
    gain = uniform(1 - contrast, 1 + contrast, size, generator).to(x.device, x.dtype)
    offset = uniform(-brightness, brightness, size, generator).to(x.device, x.dtype)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return ((x - mean) * gain + mean + offset).clamp(0, 1)


def blur(x: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of a standard deviation in pixels, the edges reflected."""
    radius = min(max(1, math.ceil(2.5 * sigma)), min(x.shape[-2:]) - 1)
    steps = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    line = torch.exp(-0.5 * (steps / sigma) ** 2)
    line = (line / line.sum()).repeat(x.shape[1], 1)
    channels = x.shape[1]
    wide = pad(x, [radius] * 4, mode="reflect")
    rows = conv2d(wide, line[:, None, None, :], groups=channels)
    return conv2d(rows, line[:, None, :, None], groups=channels)


def simclr_view(x: Tensor, generator: torch.Generator) -> Tensor:
    """One random view for contrastive objectives: crop, affine, jitter, noise; no flips: characters have sides."""
    x = random_resized_crop(x, generator, area=(0.5, 1.0))
    x = random_affine(x, generator, degrees=15.0, scale=(0.8, 1.2), shear=15.0, shift=0.1)
    x = jitter(x, generator)
    return noise(x, generator, 0.08)
