"""MobileNetV2 for small images (Sandler 2018, 1801.04381): torchvision's inverted residuals, fewer and narrower."""

from torch import Tensor, nn
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.ops import Conv2dNormActivation


class MobileNet(nn.Module):
    """(B, C, H, W) to (B, features, H / s, W / s), rounded up, s twice the product of the stages' strides.

    `stages` are rows (t, c, n, s) as in the paper's Table 2: expansion, channels, blocks, the first block's stride.
    """

    def __init__(self, in_shape: tuple[int, int, int], stem: int, stages: list[list[int]], features: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [Conv2dNormActivation(in_shape[0], stem, stride=2, activation_layer=nn.ReLU6)]
        inputs = stem
        for expansion, channels, blocks, stride in stages:
            for index in range(blocks):
                layers.append(InvertedResidual(inputs, channels, 1 if index else stride, expansion))
                inputs = channels
        layers.append(Conv2dNormActivation(inputs, features, kernel_size=1, activation_layer=nn.ReLU6))
        self.layers = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.layers(x)
        return features
