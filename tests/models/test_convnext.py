"""ConvNeXt: torchvision's blocks in the paper's order, under a stem that suits the image."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.convnext import ConvNeXt as Theirs

from harness.training import encoders
from tests.models.built import REGISTRY, assert_close, encoder, images


@given(height=st.integers(1, 64), width=st.integers(1, 64), channels=st.integers(1, 4))
def test_a_position_of_a_small_image_has_four_pixels(height: int, width: int, channels: int) -> None:
    shape = (channels, height, width)
    assert encoder("convnext-nano", shape)(images(2, shape)).shape == (2, 32, -(-height // 4), -(-width // 4))


@pytest.mark.parametrize(("side", "positions"), [(64, 16), (65, 9), (128, 16), (224, 14), (512, 16)])
def test_the_stem_of_a_large_image_is_coarser(side: int, positions: int) -> None:
    shape = (1, side, side)
    assert encoder("convnext-nano", shape).eval()(images(1, shape)).shape == (1, 32, positions, positions)


@torch.no_grad()
def test_images_of_another_size_have_the_same_patches() -> None:
    model = encoder("convnext-nano", (1, 16, 16)).eval()
    assert model(images(2, (1, 64, 48))).shape == (2, 32, 16, 12)


def test_every_pixel_counts_where_the_size_does_not_divide() -> None:
    x = images(1, (1, 18, 19)).requires_grad_()
    encoder("convnext-nano", (1, 18, 19))(x).square().sum().backward()
    assert x.grad is not None
    assert (x.grad != 0).all()


@torch.no_grad()
def test_with_torchvisions_stem_it_is_torchvisions_network() -> None:
    spec = {"entry": "convnext:ConvNeXt", "args": {"widths": [8, 16], "depths": [1, 2]}}
    model = encoders.build(spec, REGISTRY, {"in_shape": (3, 96, 96)}, 0)
    theirs = Theirs([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 2)], layer_scale=1.0)
    for mine, other in zip(model.parameters(), theirs.features.parameters(), strict=False):
        other.copy_(mine)
    x = images(2, (3, 96, 96))
    assert_close(model(x), theirs.classifier[0](theirs.features(2 * x - 1)))
