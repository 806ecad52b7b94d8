"""Any image classifier of torchvision as an encoder: all of it that comes before its pooling and its head.

`args` name the model (`name = "mobilenet_v3_small"`), may set a `size` in pixels that images are resized to, and give
any other key to the model's own constructor. Weights are random. For images of other than three channels the first
convolution is adapted: a grey image gives what its repetition in three channels would have given.
"""

from typing import Any

import torch
from backbone import Backbone, check, told
from torch import Tensor, nn
from torch.nn.functional import relu6
from torchvision import models

HEADS = {"avgpool", "classifier", "fc", "head"}
"""What a network's pooling and head begin with; all that comes before, in order, is its trunk."""
LOADING = {"progress", "weights", "weights_backbone"}
NEEDED: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": True},
    "inception_v3": {"aux_logits": False, "init_weights": True},
}
"""Options of models with heads halfway, which are left out."""


class Torchvision(Backbone):
    """(B, C, H, W) to (B, D, h, w), most often H / 32, W / 32. Vision transformers take one size only, a multiple of
    their patch: the larger side of `in_shape`, if `size` is left open.

    Raises:
        BoardError: for an unknown name, for weights, for options that the model does not take, and for images that are
            too small for it.
    """

    def __init__(self, in_shape: tuple[int, int, int], name: str, size: int | None = None, **options: Any) -> None:
        check(name, models.list_models(module=models), options, LOADING, "torchvision")
        if name.startswith("vit_"):
            size = size or max(in_shape[1:])
            options = {"image_size": size} | options
        with told(f"args: torchvision makes no '{name}' of these", "change or leave out an argument"):
            net = models.get_model(name, weights=None, **options | NEEDED.get(name, {}))
        adapt(net, in_shape[0])
        smooth(net)
        super().__init__(in_shape, trunk(net), (size, size) if size else None)


def adapt(net: nn.Module, channels: int) -> None:
    """Makes the first convolution take so many channels: each gets the mean of its filters, scaled so that an image
    that is the same in all of them gives what it gave before."""
    first = next(module for module in net.modules() if isinstance(module, nn.Conv2d))
    if channels != first.in_channels:
        mean = first.weight.detach().mean(dim=1, keepdim=True) * first.in_channels / channels
        first.weight = nn.Parameter(mean.repeat(1, channels, 1, 1))
        first.in_channels = channels


class Hardsigmoid(nn.Module):
    """torch's own of operations that have a second derivative, which it lacks: GANs ask for one."""

    def forward(self, x: Tensor) -> Tensor:
        return relu6(x + 3) / 6


def smooth(net: nn.Module) -> None:
    """Replaces what cannot be differentiated twice."""
    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Hardsigmoid):
                setattr(module, name, Hardsigmoid())


def trunk(net: nn.Module) -> nn.Module:
    """What comes before the pooling."""
    if isinstance(net, models.VisionTransformer):
        return Patches(net)
    layers: list[nn.Module] = []
    for name, child in net.named_children():
        if name in HEADS:
            break
        layers += child if isinstance(child, nn.ModuleList) else [child]
    if isinstance(net, models.DenseNet):
        layers.append(nn.ReLU(inplace=True))  # its forward has it between the layers and the pooling
    return nn.Sequential(*layers)


class Patches(nn.Module):
    """A vision transformer's patches as a map (B, D, h, w); its class token takes part and is left out at the end."""

    def __init__(self, net: models.VisionTransformer) -> None:
        super().__init__()
        self.embed, self.encoder, self.token = net.conv_proj, net.encoder, net.class_token

    def forward(self, x: Tensor) -> Tensor:
        patches = self.embed(x)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
        features: Tensor = self.encoder(tokens)
        return features[:, 1:].transpose(1, 2).unflatten(2, patches.shape[2:])
