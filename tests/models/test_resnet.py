"""ResNets: torchvision's, with another stem and an optional width."""

import pytest
import torch
from torch import nn
from torchvision import models

from harness.errors import BoardError
from harness.training import encoders
from tests.models.built import REGISTRY, assert_close, encoder, images


@pytest.mark.parametrize("depth", [18, 34, 50])
@torch.no_grad()
def test_after_the_stem_it_is_torchvisions_network(depth: int) -> None:
    model = encoder(f"resnet{depth}", (3, 16, 16)).eval()
    net = models.get_model(f"resnet{depth}", weights=None)
    theirs = nn.Sequential(net.layer1, net.layer2, net.layer3, net.layer4).eval()
    stem, stages = nn.Sequential(*model.layers[:3]), nn.Sequential(*model.layers[3:])
    theirs.load_state_dict(stages.state_dict())
    x = images(2, (3, 16, 16))
    assert_close(model(x), theirs(stem(x)))


@pytest.mark.parametrize(("name", "features"), [("resnet18-quarter", 128), ("resnet18-half", 256), ("resnet18", 512)])
@pytest.mark.parametrize(("side", "positions"), [(8, 1), (16, 2), (28, 4), (33, 5)])
def test_the_width_is_the_features_and_a_position_has_eight_pixels(
    name: str, features: int, side: int, positions: int
) -> None:
    shape = (1, side, side)
    assert encoder(name, shape)(images(2, shape)).shape == (2, features, positions, positions)


def test_an_unknown_depth_is_named() -> None:
    with pytest.raises(BoardError, match=r"args\.depth: no ResNet of 20 layers; valid: 18, 34, 50"):
        encoders.build({"entry": "resnet:ResNet", "args": {"depth": 20}}, REGISTRY, {"in_shape": (1, 8, 8)}, 0)
