"""MobileNetV2: rows of the paper's table make its network."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.models import mobilenet_v2

from harness.training import encoders
from tests.models.built import REGISTRY, assert_close, encoder, images

TABLE_2 = [
    [1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1],
]  # fmt: skip


@given(height=st.integers(1, 64), width=st.integers(1, 64))
def test_a_position_has_four_pixels(height: int, width: int) -> None:
    shape = (1, height, width)
    assert encoder("mobilenet-nano", shape)(images(2, shape)).shape == (2, 64, -(-height // 4), -(-width // 4))


@torch.no_grad()
def test_the_papers_table_makes_torchvisions_network() -> None:
    spec = {"entry": "mobilenet:MobileNet", "args": {"stem": 32, "stages": TABLE_2, "features": 1280}}
    model = encoders.build(spec, REGISTRY, {"in_shape": (3, 64, 64)}, 0).eval()
    theirs = mobilenet_v2(weights=None).features.eval()
    theirs.load_state_dict(model.layers.state_dict())
    x = images(2, (3, 64, 64))
    assert_close(model(x), theirs(x))
