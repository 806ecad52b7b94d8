"""Colour against torchvision, one image at a time with its own parameter, and invariants of any image."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms.v2 import functional as reference

from harness.data import colour
from tests.data.errors import refused

Change = Callable[[Tensor, Tensor], Tensor]
Reference = Callable[[Tensor, float], Tensor]

CHANGES: dict[str, tuple[Change, Reference, tuple[float, float]]] = {
    "brightness": (colour.brightness, reference.adjust_brightness, (0, 2)),
    "contrast": (colour.contrast, reference.adjust_contrast, (0, 2)),
    "saturation": (colour.saturation, reference.adjust_saturation, (0, 2)),
    "hue": (colour.hue, reference.adjust_hue, (-0.5, 0.5)),
}
NEUTRAL = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.0}
every_change = pytest.mark.parametrize("name", CHANGES)


def stream(seed: int) -> torch.Generator:
    """A stream of random numbers."""
    return torch.Generator().manual_seed(seed)


def images(count: int, channels: int, levels: int, seed: int) -> Tensor:
    """Random images of a number of shades: few shades make equal channels. With a black and a white one."""
    x = torch.randint(levels, (count, channels, 7, 9), generator=stream(seed)) / (levels - 1)
    x[-2], x[-1] = 0, 1
    return x


@every_change
@settings(deadline=None, max_examples=25)
@given(st.sampled_from([1, 3]), st.sampled_from([2, 3, 7, 256]), st.integers(0, 2**31))
def test_each_image_is_changed_as_torchvision_does(name: str, channels: int, levels: int, seed: int) -> None:
    change, wanted, (low, high) = CHANGES[name]
    x = images(6, channels, levels, seed)
    parameter = torch.rand(6, generator=stream(seed + 1)) * (high - low) + low
    parameter[:2] = torch.tensor([low, high])
    each = [wanted(image, float(own)) for image, own in zip(x, parameter, strict=True)]
    torch.testing.assert_close(change(x, parameter), torch.stack(each), rtol=0, atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from([2, 3, 7, 256]), st.integers(0, 2**31))
def test_grey_is_torchvisions(levels: int, seed: int) -> None:
    x = images(6, 3, levels, seed)
    torch.testing.assert_close(colour.grey(x), reference.rgb_to_grayscale(x, 3), rtol=0, atol=1e-6)


@every_change
@pytest.mark.parametrize("channels", [1, 3])
def test_a_neutral_parameter_changes_nothing(name: str, channels: int) -> None:
    x = images(5, channels, 256, seed=0)
    result = CHANGES[name][0](x, torch.full((5,), NEUTRAL[name]))
    torch.testing.assert_close(result, x, rtol=0, atol=1e-6)


@pytest.mark.parametrize("thirds", [1, -1])
def test_a_third_of_a_turn_hands_each_channel_on(thirds: int) -> None:
    x = images(5, 3, 256, seed=1)
    torch.testing.assert_close(colour.hue(x, torch.full((5,), thirds / 3)), x.roll(thirds, dims=1), rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.5, 0.5), st.integers(0, 2**31))
def test_a_turn_of_hue_keeps_value_and_chroma_and_can_be_undone(turn: float, seed: int) -> None:
    x = images(4, 3, 256, seed)
    turned = colour.hue(x, torch.full((4,), turn))
    for extreme in (torch.amax, torch.amin):
        torch.testing.assert_close(extreme(turned, dim=1), extreme(x, dim=1), rtol=0, atol=1e-5)
    torch.testing.assert_close(colour.hue(turned, torch.full((4,), -turn)), x, rtol=0, atol=1e-5)


@every_change
def test_the_layout_of_memory_changes_nothing(name: str) -> None:
    x = images(6, 3, 256, seed=2)
    parameter = torch.linspace(-0.4, 0.4, 6) if name == "hue" else torch.linspace(0.6, 1.4, 6)
    change = CHANGES[name][0]
    assert torch.equal(change(x, parameter), change(x.to(memory_format=torch.channels_last), parameter))


def test_grey_images_stay_as_they_are_but_for_brightness_and_contrast() -> None:
    x = images(4, 1, 256, seed=3)
    for result in (colour.saturation(x, torch.zeros(4)), colour.hue(x, torch.full((4,), 0.3)), colour.grey(x)):
        assert torch.equal(result, x)


@pytest.mark.parametrize("name", ["contrast", "saturation", "hue"])
def test_images_of_other_channels_are_refused(name: str) -> None:
    with refused(place="shape", expected="1 or 3 channels", got="2 channels", fix="`shape`"):
        CHANGES[name][0](torch.rand(4, 2, 5, 5), torch.ones(4))
