"""ConvNeXt for small images (Liu 2022, 2201.03545): torchvision's blocks under a stem that leaves a small image a map.

A block is a depthwise 7x7 convolution, LayerNorm, a GELU perceptron of four times the width and a layer scale. The last
LayerNorm is on the map, where the paper's comes after pooling. Pixels are centred, since no BatchNorm does it.
"""

from torch import Tensor, nn
from torch.nn.functional import pad
from torchvision.models.convnext import CNBlock, LayerNorm2d

MOST = 16
"""Places a side of the map: the stem is as coarse as this asks."""
LAYER_SCALE = 1.0
"""What a block's layer scale starts from. The paper's 1e-6 is for deep nets; small ones then learn too slowly."""


def stem_stride(height: int, width: int, stages: int) -> int:
    """Pixels a side of the stem's patches: 2, doubled while the map has more than MOST places a side."""
    stride = 2
    while max(height, width) > MOST * stride * 2 ** (stages - 1):
        stride *= 2
    return stride


class ConvNeXt(nn.Module):
    """(B, C, H, W) to (B, D, H / s, W / s), rounded up: `depths` blocks of each of the `widths`, each further width at
    half the size, D the last. The stem is chosen for `in_shape`: with two widths s is 4 up to 64 pixels a side, 8 up to
    128.
    """

    def __init__(self, in_shape: tuple[int, int, int], widths: list[int], depths: list[int]) -> None:
        super().__init__()
        channels, height, breadth = in_shape
        stem = stem_stride(height, breadth, len(widths))
        self.stride = stem * 2 ** (len(widths) - 1)
        layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], stem, stem), LayerNorm2d(widths[0], eps=1e-6)]
        for index, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            if index:
                inputs = widths[index - 1]
                layers += [LayerNorm2d(inputs, eps=1e-6), nn.Conv2d(inputs, width, 2, 2)]
            layers += [CNBlock(width, LAYER_SCALE, stochastic_depth_prob=0.0) for _ in range(depth)]
        self.layers = nn.Sequential(*layers, LayerNorm2d(widths[-1], eps=1e-6))
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        features: Tensor = self.layers(pad(2 * x - 1, (0, -width % self.stride, 0, -height % self.stride)))
        return features


def initialise(module: nn.Module) -> None:
    """Weights from a normal of 0.02, biases zero."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
