"""Batched augmentation: tensor code over (B, C, H, W) in [0, 1], with no Python work per example.

All random numbers come from the generator that is passed, on its own device. Every image has its own parameters, which
are drawn whether they are used or not. On a CPU, a random change is computed for the chosen images only. On a GPU it is
computed for all and then selected, since reading the choice would synchronise the device.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import conv2d, grid_sample, pad

from harness.data import colour

View = Callable[[Tensor, torch.Generator], Tensor]
"""A fresh view of each image (B, C, H, W), of the same shape."""
BLURRED_ABOVE = 32
"""Photographs of this side and smaller are not blurred (SimCLR, appendix B.9)."""


def uniform(low: float, high: float, size: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Uniform float32 numbers of a size, on the generator's device."""
    return torch.rand(size, generator=generator, device=generator.device) * (high - low) + low


def random_affine(
    x: Tensor,
    generator: torch.Generator,
    degrees: float = 10.0,
    scale: tuple[float, float] = (0.9, 1.1),
    shear: float = 5.0,
    shift: float = 0.1,
) -> Tensor:
    """Images rotated and sheared (degrees), scaled and shifted (share of the size) at random, padded with black."""
    return _sampled(x, _affine(x, generator, degrees, scale, shear, shift), "zeros")


def random_resized_crop(
    x: Tensor,
    generator: torch.Generator,
    area: tuple[float, float] = (0.2, 1.0),
    ratio: float = 4 / 3,
    flip: float = 0.0,
) -> Tensor:
    """Images cropped at random and resized to their size, mirrored with probability `flip`.

    A crop has a share of the image's area and an aspect ratio between 1 / ratio and ratio. Positions are fractions of
    pixels.
    """
    size, centre = _crop(x, generator, area, ratio)
    size[:, 0] *= 1 - 2 * _chosen(x, flip, generator).to(size)
    return _sampled(x, torch.cat([torch.diag_embed(size), centre[:, :, None]], dim=2), "border")


def random_flip(x: Tensor, generator: torch.Generator, chance: float = 0.5) -> Tensor:
    """Images mirrored, left to right, with probability `chance`."""
    return _some(x, _chosen(x, chance, generator), lambda images: images.flip(3))


def random_erase(x: Tensor, generator: torch.Generator, share: float = 0.3) -> Tensor:
    """Images with a random square of up to `share` of the side set to zero."""
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
    """Images with Gaussian noise of standard deviation `scale`, clipped to [0, 1]."""
    drawn = torch.randn(x.shape, generator=generator, device=generator.device).to(x.device, x.dtype)
    return drawn.mul_(scale).add_(x).clamp_(0, 1)


def jitter(x: Tensor, generator: torch.Generator, contrast: float = 0.4, brightness: float = 0.2) -> Tensor:
    """Images with contrast scaled around the image's mean and brightness shifted, at random."""
    size = (len(x), 1, 1, 1)
    gain = uniform(1 - contrast, 1 + contrast, size, generator).to(x.device, x.dtype)
    offset = uniform(-brightness, brightness, size, generator).to(x.device, x.dtype)
    mean = x.contiguous().mean(dim=(1, 2, 3), keepdim=True)
    return (x - mean).mul_(gain).add_(mean).add_(offset).clamp_(0, 1)


def colour_jitter(
    x: Tensor,
    generator: torch.Generator,
    brightness: float = 0.4,
    contrast: float = 0.4,
    saturation: float = 0.4,
    hue: float = 0.1,
    chance: float = 0.8,
) -> Tensor:
    """Brightness, contrast and saturation times random factors around 1 and hue rotated, with probability `chance`.

    As torchvision's ColorJitter, but the order of the four changes is drawn once a call, not once an image.
    """
    size = (len(x),)
    changes = [colour.brightness, colour.contrast, colour.saturation, colour.hue]
    drawn = [uniform(max(0, 1 - span), 1 + span, size, generator) for span in (brightness, contrast, saturation)]
    drawn.append(uniform(-hue, hue, size, generator))
    order = torch.randperm(len(changes), generator=generator, device=generator.device).tolist()

    def jittered(images: Tensor, *parameters: Tensor) -> Tensor:
        for number in order:
            images = changes[number](images, parameters[number])
        return images

    return _some(x, _chosen(x, chance, generator), jittered, *drawn)


def random_grey(x: Tensor, generator: torch.Generator, chance: float = 0.2) -> Tensor:
    """Images turned grey with probability `chance`."""
    return _some(x, _chosen(x, chance, generator), colour.grey)


def random_blur(
    x: Tensor, generator: torch.Generator, sigma: tuple[float, float] = (0.1, 2.0), chance: float = 0.5
) -> Tensor:
    """Images blurred by a random sigma (pixels) with probability `chance`. Kernels span a tenth of the shorter side."""
    side = min(x.shape[2:])
    radius = min(max(1, side // 20), side - 1)
    drawn = uniform(*sigma, (len(x),), generator)
    return _some(x, _chosen(x, chance, generator), lambda images, width: _blurred(images, width, radius), drawn)


def blur(x: Tensor, sigma: float) -> Tensor:
    """Images blurred by a Gaussian of a sigma in pixels, with reflected edges."""
    radius = min(max(1, math.ceil(2.5 * sigma)), min(x.shape[2:]) - 1)
    return _blurred(x, x.new_full((len(x),), sigma), radius)


def character_view(x: Tensor, generator: torch.Generator) -> Tensor:
    """A view of characters: crop and affine, contrast and brightness, noise. No flips, since characters have sides.

    Crop and affine are one resampling, so the padding with black begins at the image's edge, not at the crop's.
    """
    size, centre = _crop(x, generator, area=(0.5, 1.0), ratio=4 / 3)
    theta = size[:, :, None] * _affine(x, generator, degrees=15.0, scale=(0.8, 1.2), shear=15.0, shift=0.1)
    theta[:, :, 2] += centre
    return noise(jitter(_sampled(x, theta, "zeros"), generator), generator, 0.08)


def photograph_view(x: Tensor, generator: torch.Generator) -> Tensor:
    """A view of photographs of 32 to 64 pixels: SimCLR's with half colour strength (2002.05709, appendix A, B.9)."""
    x = random_resized_crop(x, generator, area=(0.2, 1.0), flip=0.5)
    x = colour_jitter(x, generator)
    x = random_grey(x, generator)
    return random_blur(x, generator) if min(x.shape[2:]) > BLURRED_ABOVE else x


VIEWS: dict[str, View] = {"characters": character_view, "photographs": photograph_view}


def multi_crop(x: Tensor, generator: torch.Generator, view: View, crops: int, share: float) -> Tensor:
    """Views of small windows: (crops * B, C, share * H, share * W), the first of all images, then the second.

    SwAV's multi-crop (Caron 2020, 2006.09882, section 3.2). A window has the image's resolution, so it is cheap. A view
    that crops to an area between a and b shows share^2 a to share^2 b of the image.
    """
    count, _, height, width = x.shape
    tall, wide = max(1, round(share * height)), max(1, round(share * width))

    def offsets(most: int) -> Tensor:
        drawn = torch.randint(most + 1, (crops * count,), generator=generator, device=generator.device)
        return drawn.to(x.device)

    windows = x.unfold(2, tall, 1).unfold(3, wide, 1)  # a view (B, C, top, left, tall, wide) of the same memory
    images = torch.arange(count, device=x.device).repeat(crops)
    return view(windows[images, :, offsets(height - tall), offsets(width - wide)], generator)


def _affine(
    x: Tensor,
    generator: torch.Generator,
    degrees: float,
    scale: tuple[float, float],
    shear: float,
    shift: float,
) -> Tensor:
    """Random affine maps from output to input positions, (B, 2, 3), for `_sampled`."""
    count = len(x)
    angle = uniform(-math.radians(degrees), math.radians(degrees), (count,), generator)
    slant = uniform(-math.tan(math.radians(shear)), math.tan(math.radians(shear)), (count,), generator)
    size = uniform(*scale, (count,), generator)
    move = uniform(-2 * shift, 2 * shift, (count, 2), generator)
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    tall, wide = x.shape[2] / x.shape[3], x.shape[3] / x.shape[2]
    rows = torch.stack([cos, (slant * cos - sin) * tall, move[:, 0], sin * wide, slant * sin + cos, move[:, 1]], dim=1)
    return rows.view(count, 2, 3)


def _crop(x: Tensor, generator: torch.Generator, area: tuple[float, float], ratio: float) -> tuple[Tensor, Tensor]:
    """Random crops: the kept shares of width and height, and the centres in [-1, 1], each (B, 2): x, y."""
    count = len(x)
    kept = uniform(*area, (count, 1), generator)
    longest = torch.clamp(-torch.log(kept), 0, math.log(ratio))  # beyond it the crop would not fit
    aspect = torch.exp(longest * uniform(-1, 1, (count, 1), generator))
    size = torch.cat([torch.sqrt(kept * aspect), torch.sqrt(kept / aspect)], dim=1)
    return size, (1 - size) * uniform(-1, 1, (count, 2), generator)


def _sampled(x: Tensor, theta: Tensor, outside: str) -> Tensor:
    """Images whose pixel at p in [-1, 1] is x at theta (p, 1), bilinear. Theta is (B, 2, 3)."""
    theta = theta.to(x.device, x.dtype)
    rows, columns = (
        (2 * torch.arange(length, device=x.device, dtype=x.dtype) + 1) / length - 1 for length in x.shape[2:]
    )
    across = theta[:, :, :1] * columns + theta[:, :, 2:]
    down = theta[:, :, 1:2] * rows
    grid = across[:, :, None, :] + down[:, :, :, None]  # affine_grid takes longer than grid_sample itself
    return grid_sample(x, grid.permute(0, 2, 3, 1), mode="bilinear", padding_mode=outside, align_corners=False)


def _chosen(x: Tensor, chance: float, generator: torch.Generator) -> Tensor:
    """Whether an image is changed, bool (B,)."""
    return uniform(0, 1, (len(x),), generator) < chance


def _some(x: Tensor, chosen: Tensor, change: Callable[..., Tensor], *parameters: Tensor) -> Tensor:
    """Images with `change(images, *parameters)` applied to the chosen ones. Each parameter is (B,)."""
    if x.is_cuda:
        theirs = (parameter.to(x.device, x.dtype) for parameter in parameters)
        return torch.where(chosen[:, None, None, None].to(x.device), change(x, *theirs), x)
    rows = chosen.nonzero()[:, 0].to(x.device)
    if len(rows) == 0:
        return x
    theirs = (parameter.to(x.device, x.dtype).index_select(0, rows) for parameter in parameters)
    return x.index_copy(0, rows, change(x.index_select(0, rows), *theirs))


def _blurred(x: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """Images blurred by Gaussians of sigmas (B,), truncated at a radius, all in pixels."""
    count, channels = x.shape[:2]
    steps = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    lines = torch.exp(-0.5 * (steps / sigma[:, None]) ** 2)
    lines = (lines / lines.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)
    planes = pad(x, [radius] * 4, mode="reflect").flatten(0, 1)[None]
    with torch.autocast(x.device.type, enabled=False):  # bfloat16 has fewer steps than pixels have
        planes = conv2d(planes, lines[:, None, None, :], groups=count * channels)
        planes = conv2d(planes, lines[:, None, :, None], groups=count * channels)
    return planes.view(x.shape)
