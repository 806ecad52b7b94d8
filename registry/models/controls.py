"""Encoders that learn nothing: what a probe gets from pixels, and from nothing at all."""

import torch
from torch import Tensor, nn


class RawPixels(nn.Module):
    """(B, C, H, W) to (B, C H W, 1, 1): the pixels themselves."""

    def __init__(self, in_shape: tuple[int, int, int]) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :, None, None]


class Constant(nn.Module):
    """(B, C, H, W) to zeros (B, 1, 1, 1)."""

    def __init__(self, in_shape: tuple[int, int, int]) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(len(x), 1, 1, 1, device=x.device)
