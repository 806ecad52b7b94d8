"""A family of small convolutional networks that differ in width."""

import itertools

from torch import Tensor, nn


def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """3x3 convolution, BatchNorm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class CNN(nn.Module):
    """(B, C, H, W) to (B, D, H / 2^n, W / 2^n): a block of stride 1 and then one of stride 2 for each further width."""

    def __init__(self, in_shape: tuple[int, int, int], widths: list[int]) -> None:
        super().__init__()
        blocks = [block(in_shape[0], widths[0], 1)]
        for inputs, outputs in itertools.pairwise(widths):
            blocks += [block(inputs, outputs, 2)]
        self.blocks = nn.Sequential(*blocks, block(widths[-1], widths[-1], 1))

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.blocks(x)
        return features
