"""Changes of colour of images (B, C, H, W) in [0, 1], with one parameter an image, (B,), defined as in torchvision.

Images have three channels (red, green, blue) or one. Saturation and hue of a grey image do not change.
"""

import torch
from torch import Tensor

from harness.data import DataError

LUMA = (0.2989, 0.587, 0.114)
"""The shares of red, green and blue in grey (ITU-R BT.601)."""


def luma(x: Tensor) -> Tensor:
    """The luma of images, (B, 1, H, W).

    Raises:
        DataError: for images of neither one nor three channels.
    """
    if not coloured(x):
        return x
    red, green, blue = x.unbind(dim=1)
    return (LUMA[0] * red).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2])[:, None]


def coloured(x: Tensor) -> bool:
    """Whether images have colour: three channels, not one.

    Raises:
        DataError: for images of neither one nor three channels.
    """
    if x.shape[1] not in (1, 3):
        fix = "give the suite's `shape` 1 or 3 channels, or the corpus other `views`"
        expected = "1 or 3 channels, as changes of colour need"
        raise DataError(place="shape", expected=expected, got=f"{x.shape[1]} channels", fix=fix)
    return x.shape[1] == 3


def brightness(x: Tensor, factor: Tensor) -> Tensor:
    """All pixels times a factor."""
    return (x * _each(factor)).clamp_(0, 1)


def contrast(x: Tensor, factor: Tensor) -> Tensor:
    """The distance of all pixels from the image's mean grey times a factor."""
    return _blended(x, luma(x.contiguous().mean(dim=(2, 3), keepdim=True)), factor)


def saturation(x: Tensor, factor: Tensor) -> Tensor:
    """The distance of each pixel from its own grey times a factor."""
    return _blended(x, luma(x), factor) if coloured(x) else x


def hue(x: Tensor, turn: Tensor) -> Tensor:
    """Hues rotated by a share of the circle in HSV, with the same saturation and value.

    Angles are in sixths of the circle: red at 0, green at 2, blue at 4. All are multiplied by the chroma max - min, so
    nothing is divided and grey is no special case. A channel is a trapezoid wave of the angle between it and the
    pixel's hue: the maximum within 1, the minimum from 2 on.
    """
    if not coloured(x):
        return x
    red, green, blue = x.unbind(dim=1)
    high = torch.maximum(torch.maximum(red, green), blue)
    low = torch.minimum(torch.minimum(red, green), blue)
    chroma, from_red, side = high - low, high - red, green - blue
    angle = (from_red - side.abs()).abs_().add_(from_red, alpha=2).copysign_(side)  # from red, in [-3, 3]
    channels = torch.tensor([0.0, 2.0, 4.0], dtype=x.dtype, device=x.device)
    shift = (6 * turn[:, None] - channels + 3).remainder(6) - 3  # so that angles stay in [-6, 6]
    wave = (chroma[:, None] * shift[:, :, None, None]).add_(angle[:, None])
    wave.abs_().sub_(chroma[:, None], alpha=3).abs_()  # 3 where the channel's own hue is, 0 opposite
    wave.add_((low - chroma)[:, None])
    return torch.clamp(wave, low[:, None], high[:, None], out=wave)


def grey(x: Tensor) -> Tensor:
    """Grey images of the same shape."""
    return luma(x).expand_as(x)


def _blended(x: Tensor, other: Tensor, share: Tensor) -> Tensor:
    share = _each(share)
    return (x * share).add_(other * (1 - share)).clamp_(0, 1)


def _each(parameter: Tensor) -> Tensor:
    return parameter[:, None, None, None]
