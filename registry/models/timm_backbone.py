"""Any image network of timm (Wightman 2019) as an encoder: the last of its intermediate maps, normalised.

`args` name the model (`name = "mobilenetv4_conv_small_035"`), may set a `size` in pixels that images are resized to,
and give any other key to the model's own constructor (`patch_size = 4`). Weights are random. How images of other than
three channels are taken is timm's own matter (`in_chans`).
"""

from typing import Any

import timm
from backbone import Backbone, check, told
from torch import Tensor, nn

LOADING = {"checkpoint_path", "pretrained", "pretrained_cfg", "pretrained_cfg_overlay"}


class Timm(Backbone):
    """(B, C, H, W) to (B, D, h, w), most often H / 32, W / 32. Networks that take one size only, as many transformers
    do, are made for that of `in_shape`, if `size` is left open.

    Raises:
        BoardError: for an unknown name, for weights, for options that the model does not take, and for images that are
            too small for it.
    """

    def __init__(self, in_shape: tuple[int, int, int], name: str, size: int | None = None, **options: Any) -> None:
        check(name, timm.list_models(), options, LOADING, "timm")
        seen = (size, size) if size else None
        settings = timm.get_pretrained_cfg(name)
        if settings is not None and settings.fixed_input_size:
            seen = seen or in_shape[1:]
            options = {"img_size": seen} | options
        with told(f"args: timm makes no '{name}' of these", "change or leave out an argument"):
            net = timm.create_model(name, in_chans=in_shape[0], num_classes=0, **options)
        super().__init__(in_shape, LastMap(net), seen)


class LastMap(nn.Module):
    """(B, C, H, W) to the last of a network's intermediate maps, (B, D, h, w); what comes after it is taken off."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net
        self.last = net.prune_intermediate_layers([-1], prune_norm=False)

    def forward(self, x: Tensor) -> Tensor:
        (features,) = self.net.forward_intermediates(
            x, indices=self.last, norm=True, output_fmt="NCHW", intermediates_only=True
        )
        return features
