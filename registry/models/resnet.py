"""ResNets of torchvision's blocks with the stem for small images: 3x3, stride 1, no max-pool (He 2015, section 4.2).

Depth 50 strides in its blocks' 3x3 convolution, as torchvision does ("v1.5"). With the stem for large images they are
torchvision's own (`torchvision_backbone.py`).
"""

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from harness.errors import BoardError

DEPTHS = {18: (BasicBlock, (2, 2, 2, 2)), 34: (BasicBlock, (3, 4, 6, 3)), 50: (Bottleneck, (3, 4, 6, 3))}
"""The block and how many of it each stage has (Table 1)."""


class ResNet(nn.Module):
    """(B, C, H, W) to (B, D, H / 8, W / 8), rounded up; `width` is the first stage's, and D 8 times it, of depth 50 32
    times.

    Raises:
        BoardError: for a depth that is not there.
    """

    def __init__(self, in_shape: tuple[int, int, int], depth: int, width: int = 64) -> None:
        super().__init__()
        if depth not in DEPTHS:
            raise BoardError(f"args.depth: no ResNet of {depth} layers; valid: {', '.join(map(str, DEPTHS))}")
        block, counts = DEPTHS[depth]
        stem = nn.Conv2d(in_shape[0], width, 3, padding=1, bias=False)
        layers: list[nn.Module] = [stem, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        inputs = width
        for index, count in enumerate(counts):
            layers.append(stage(block, inputs, width * 2**index, count, stride=2 if index else 1))
            inputs = width * 2**index * block.expansion
        self.layers = nn.Sequential(*layers)
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.layers(x)
        return features


def stage(block: type[BasicBlock | Bottleneck], inputs: int, planes: int, count: int, stride: int) -> nn.Sequential:
    """So many blocks, the first with the stride, and a projection where its shortcut needs one (option B)."""
    outputs = planes * block.expansion
    shortcut = None
    if stride > 1 or inputs != outputs:
        shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    return nn.Sequential(block(inputs, planes, stride, shortcut), *(block(outputs, planes) for _ in range(count - 1)))


def initialise(module: nn.Module) -> None:
    """Convolutions from a normal that keeps the variance going backward (He 2015, 1502.01852)."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
