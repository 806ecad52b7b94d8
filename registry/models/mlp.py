"""A multi-layer perceptron on pixels."""

import itertools
import math

from torch import Tensor, nn


class MLP(nn.Module):
    """(B, C, H, W) to (B, D, 1, 1), D the last width."""

    def __init__(self, in_shape: tuple[int, int, int], widths: list[int]) -> None:
        super().__init__()
        sizes = [math.prod(in_shape), *widths]
        layers: list[nn.Module] = [nn.Flatten()]
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.layers(x)[:, :, None, None]
        return features
