"""torchvision's ResNets with the stem for small images: 3x3, stride 1, no max-pool (He 2015, section 4.2)."""

import torchvision
from torch import Tensor, nn


class ResNet(nn.Module):
    """(B, C, H, W) to (B, D, H / 8, W / 8)."""

    def __init__(self, in_shape: tuple[int, int, int], depth: int) -> None:
        super().__init__()
        net = getattr(torchvision.models, f"resnet{depth}")(weights=None)
        stem = nn.Conv2d(in_shape[0], 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
        self.layers = nn.Sequential(stem, net.bn1, net.relu, net.layer1, net.layer2, net.layer3, net.layer4)

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.layers(x)
        return features
