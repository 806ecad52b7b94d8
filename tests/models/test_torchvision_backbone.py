"""torchvision's classifiers as encoders: the map that their own head pools, for images of any size."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision import models

from harness.errors import BoardError
from harness.training import encoders
from tests.models.built import REGISTRY, assert_close, encoder, images

COLOUR, GREY = (3, 64, 64), (1, 64, 64)
FAMILIES = [
    "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small",
    "regnet_y_400mf", "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_t", "vgg11",
]  # fmt: skip
OPTIONS = {"googlenet": {"aux_logits": False, "init_weights": True}, "vgg11": {"init_weights": False}}


def backbone(name: str, shape: tuple[int, int, int] = COLOUR, **args: Any) -> nn.Module:
    """The adapter on one of torchvision's models, as a worker makes it."""
    spec = {"entry": "torchvision_backbone:Torchvision", "args": {"name": name} | args}
    return encoders.build(spec, REGISTRY, {"in_shape": shape}, 0).eval()


def whole(name: str, **options: Any) -> nn.Module:
    """torchvision's own network with the same weights."""
    torch.manual_seed(0)
    return models.get_model(name, weights=None, **options).eval()


def seen_by_its_head(net: nn.Module, x: Tensor) -> Tensor:
    """The input (B, ...) of a network's head."""
    seen: list[Tensor] = []
    head = next(child for name, child in net.named_children() if name in ("classifier", "fc", "head"))
    head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].clone()))
    net(x)
    return seen[0].flatten(1)


@pytest.mark.parametrize("name", FAMILIES)
@torch.no_grad()
def test_the_pooled_map_is_the_input_of_the_networks_head(name: str) -> None:
    options = OPTIONS.get(name, {})
    x, net = images(2, COLOUR), whole(name, **options)
    features = backbone(name, **options)(x)
    assert features.shape[2:] == ((3, 3) if name == "squeezenet1_1" else (2, 2))
    pooled = features
    if name != "squeezenet1_1":  # whose head is a convolution
        pooled = net.avgpool(features) if hasattr(net, "avgpool") else features.mean((2, 3))
    assert_close(pooled.flatten(1), seen_by_its_head(net, 2 * x - 1))


@torch.no_grad()
def test_the_map_of_a_vision_transformer_is_its_patches() -> None:
    x, net = images(2, COLOUR), whole("vit_b_32", image_size=64)
    tokens: list[Tensor] = []
    net.encoder.register_forward_hook(lambda module, inputs, output: tokens.append(output))
    net(2 * x - 1)
    features = backbone("vit_b_32")(x)
    assert features.shape == (2, 768, 2, 2)
    assert_close(features[:, :, 0, 1], tokens[0][:, 2])


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_1"])
@torch.no_grad()
def test_a_grey_image_equals_its_copy_in_every_channel(name: str) -> None:
    x, shape = images(2, GREY), (4, 64, 64)
    expected = backbone(name)(x.expand(-1, 3, -1, -1))
    assert_close(backbone(name, GREY)(x), expected)
    assert_close(backbone(name, shape)(x.expand(-1, 4, -1, -1)), expected)


@torch.no_grad()
def test_images_are_resized_where_a_size_is_given() -> None:
    small = (1, 16, 24)
    model, x = backbone("mobilenet_v3_small", small, size=64), images(2, small)
    resized = interpolate(x, (64, 64), mode="bilinear", antialias=True)
    assert model(x).shape == (2, 576, 2, 2)
    assert_close(model(x), model(resized))
    assert backbone("mobilenet_v3_small", small)(x).shape == (2, 576, 1, 1)


@torch.no_grad()
def test_a_vision_transformer_takes_images_of_any_size() -> None:
    model = backbone("vit_b_32", (1, 32, 64))
    assert model(images(2, (1, 32, 64))).shape == model(images(2, (1, 96, 96))).shape == (2, 768, 2, 2)


@torch.no_grad()
def test_other_arguments_are_the_models_own() -> None:
    assert backbone("mobilenet_v2", width_mult=0.25)(images(2, COLOUR)).shape == (2, 1280, 2, 2)
    wide, narrow = (
        sum(weight.numel() for weight in backbone("mobilenet_v2", width_mult=factor).parameters())
        for factor in (1.0, 0.25)
    )
    assert narrow < wide / 2


@torch.no_grad()
def test_it_can_be_copied() -> None:
    model, x = backbone("mobilenet_v3_small"), images(2, COLOUR)
    assert torch.equal(copy.deepcopy(model)(x), model(x))


@pytest.mark.parametrize(
    ("name", "shape", "args", "words"),
    [
        ("resnet81", COLOUR, {}, r"args\.name: torchvision has no model 'resnet81'; did you mean 'resnet18'\?"),
        ("fasterrcnn_resnet50_fpn", COLOUR, {}, r"args\.name: torchvision has no model"),
        ("resnet18", COLOUR, {"weights": "DEFAULT"}, r"args\.weights: .*nothing is downloaded; leave it out"),
        ("resnet18", COLOUR, {"widht": 3}, r"args: torchvision makes no 'resnet18' of these: .*'widht'"),
        ("squeezenet1_1", (1, 16, 8), {}, r"args\.name: this network gives no map: .*16x8 pixels here: give a larger"),
        ("vit_b_16", (1, 20, 20), {}, r"args: torchvision makes no 'vit_b_16' of these: .*indivisible by patch size"),
    ],
)
def test_an_invalid_argument_is_named(name: str, shape: tuple[int, int, int], args: dict, words: str) -> None:
    with pytest.raises(BoardError, match=words):
        backbone(name, shape, **args)


def test_a_network_can_be_differentiated_twice_and_computes_the_same() -> None:
    name = "torchvision-mobilenet-v3-small"
    x = torch.linspace(-5, 5, 101, requires_grad=True)
    hard = next(module for module in encoder(name).modules() if type(module).__name__ == "Hardsigmoid")
    assert not isinstance(hard, torch.nn.Hardsigmoid)
    assert_close(hard(x), torch.nn.functional.hardsigmoid(x))
    pixels = images(2).requires_grad_()
    (gradient,) = torch.autograd.grad(encoder(name).eval()(pixels).sum(), pixels, create_graph=True)
    gradient.square().sum().backward()
    assert pixels.grad is not None
