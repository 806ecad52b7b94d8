"""Views: their invariants, the parts of the recipes, and small crops."""

import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from harness.data import views
from harness.data.views import (
    VIEWS,
    character_view,
    colour_jitter,
    jitter,
    multi_crop,
    noise,
    photograph_view,
    random_affine,
    random_blur,
    random_erase,
    random_flip,
    random_grey,
    random_resized_crop,
)
from tests.data.pictures import fix_draws, ramps, smooth, stream

View = Callable[[Tensor, torch.Generator], Tensor]

DRAWN: dict[str, View] = {
    "affine": random_affine,
    "crop": random_resized_crop,
    "crop and flip": lambda x, g: random_resized_crop(x, g, flip=0.5),
    "erase": lambda x, g: random_erase(x, g, 0.5),
    "noise": lambda x, g: noise(x, g, 0.1),
    "jitter": jitter,
    "colour": lambda x, g: colour_jitter(x, g, chance=1.0),
    "blur": lambda x, g: random_blur(x, g, sigma=(0.5, 2.0), chance=1.0),
    **VIEWS,
}
"""Changes with another parameter for each image."""
CHOSEN: dict[str, View] = {
    "flip": random_flip,
    "some colour": lambda x, g: colour_jitter(x, g, chance=0.5),
    "grey": lambda x, g: random_grey(x, g, 0.5),
    "some blur": lambda x, g: random_blur(x, g, sigma=(0.5, 2.0)),
}
"""Changes with a probability."""
IDENTITIES: dict[str, View] = {
    "affine": lambda x, g: random_affine(x, g, degrees=0, scale=(1, 1), shear=0, shift=0),
    "crop": lambda x, g: random_resized_crop(x, g, area=(1, 1), ratio=1),
    "erase": lambda x, g: random_erase(x, g, 0),
    "noise": lambda x, g: noise(x, g, 0),
    "jitter": lambda x, g: jitter(x, g, contrast=0, brightness=0),
    "colour": lambda x, g: colour_jitter(x, g, 0, 0, 0, 0, chance=1),
    "no colour": lambda x, g: colour_jitter(x, g, chance=0),
    "flip": lambda x, g: random_flip(x, g, 0),
    "grey": lambda x, g: random_grey(x, g, 0),
    "blur": lambda x, g: random_blur(x, g, chance=0),
}
every_view = pytest.mark.parametrize("view", (DRAWN | CHOSEN).values(), ids=DRAWN | CHOSEN)


def images(seed: int = 0) -> Tensor:
    """Six smooth photographs, large enough to be blurred."""
    return smooth(6, (3, 40, 36), seed)


@pytest.mark.parametrize("view", IDENTITIES.values(), ids=IDENTITIES)
@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 12, 20)])
def test_parameters_that_do_nothing_do_nothing(view: View, shape: tuple[int, int, int]) -> None:
    x = torch.rand((4, *shape), generator=stream())
    torch.testing.assert_close(view(x, stream()), x, rtol=1e-5, atol=1e-5)


@every_view
def test_the_generator_decides_everything(view: View) -> None:
    x = images()
    torch.manual_seed(0)
    one = view(x, stream(1))
    torch.manual_seed(1)
    assert torch.equal(one, view(x, stream(1)))
    assert not torch.equal(one, view(x, stream(2)))


@every_view
def test_a_view_advances_the_generator_and_keeps_its_input(view: View) -> None:
    x, generator = images(), stream()
    before = x.clone()
    assert not torch.equal(view(x, generator), view(x, generator))
    assert torch.equal(x, before)


@every_view
def test_each_image_is_changed_by_itself(view: View) -> None:
    x = images()
    other = x.clone()
    other[2] = images(seed=1)[2]
    one, changed = view(x, stream()), view(other, stream())
    rest = [0, 1, 3, 4, 5]
    assert torch.equal(one[rest], changed[rest])
    assert not torch.equal(one[2], changed[2])


@pytest.mark.parametrize("view", DRAWN.values(), ids=DRAWN)
def test_each_image_has_parameters_of_its_own(view: View) -> None:
    result = view(images()[:1].repeat(6, 1, 1, 1), stream())
    assert len({image.numpy().tobytes() for image in result}) == 6


@every_view
def test_the_layout_of_memory_changes_nothing(view: View) -> None:
    x = images()
    assert torch.equal(view(x, stream()), view(x.to(memory_format=torch.channels_last), stream()))


@every_view
def test_mixed_precision_changes_nothing(view: View) -> None:
    wanted = view(images(), stream())
    with torch.autocast("cpu", torch.bfloat16):
        result = view(images(), stream())
    assert result.dtype == torch.float32
    assert torch.equal(result, wanted)


@every_view
@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.sampled_from([1, 3]), st.integers(5, 40), st.integers(5, 40), st.integers(0, 2**31))
def test_pixels_stay_shares(view: View, count: int, channels: int, height: int, width: int, seed: int) -> None:
    x = torch.rand((count, channels, height, width), generator=stream(seed))
    result = view(x, stream(seed + 1))
    assert result.shape == x.shape
    assert result.dtype == x.dtype
    assert result.min() >= 0
    assert result.max() <= 1 + 1e-5


def sequentially(x: Tensor) -> Tensor:
    """Crop, then affine, each with its own look-up."""
    x = random_resized_crop(x, stream(), area=(0.5, 1.0))
    return random_affine(x, stream(), degrees=15.0, scale=(0.8, 1.2), shear=15.0, shift=0.1)


@pytest.mark.parametrize("place", [0.2, 0.8])
def test_the_view_of_a_character_is_an_affine_of_a_crop(place: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ramps, which two look-ups one after the other blur no more than one."""
    fix_draws(monkeypatch, place)
    for name in ("jitter", "noise"):
        monkeypatch.setattr(views, name, lambda x, *rest: x)
    x = ramps(1, 24, 36)
    result, wanted = character_view(x, stream()), sequentially(x)
    within = sequentially(torch.ones_like(x)) > 1 - 1e-6  # where the second look-up met no edge
    assert within.float().mean() > 0.5
    torch.testing.assert_close(result[within], wanted[within], rtol=0, atol=1e-5)


def test_photographs_are_blurred_only_above_32_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(views, "random_blur", lambda x, generator: sizes.append(tuple(x.shape[2:])) or x)
    for size in [(32, 32), (33, 33), (32, 64), (64, 64)]:
        photograph_view(torch.rand(2, 3, *size), stream())
    assert sizes == [(33, 33), (64, 64)]


def test_about_a_fifth_of_photographs_turn_grey() -> None:
    coloured = torch.rand((1, 3, 1, 1), generator=stream()).expand(2000, 3, 8, 8)
    result = photograph_view(coloured, stream())
    grey = (result.amax(dim=1) - result.amin(dim=1)).flatten(1).amax(dim=1) < 1e-6
    assert 0.2 - 0.03 < float(grey.float().mean()) < 0.2 + 0.03


def untouched(x: Tensor, generator: torch.Generator) -> Tensor:
    """A view that changes nothing."""
    return x


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 5), st.floats(0.01, 1), st.integers(1, 9), st.integers(1, 9))
def test_small_crops_are_windows_of_their_images(count: int, crops: int, share: float, height: int, width: int) -> None:
    x = torch.arange(float(count * 2 * height * width)).view(count, 2, height, width)
    result = multi_crop(x, stream(), untouched, crops, share)
    tall, wide = max(1, round(share * height)), max(1, round(share * width))
    assert result.shape == (crops * count, 2, tall, wide)
    for place, window in enumerate(result):
        image = place % count
        first = int(window[0, 0, 0]) - image * 2 * height * width
        top, left = divmod(first, width)
        assert torch.equal(window, x[image, :, top : top + tall, left : left + wide])


def test_small_crops_come_from_everywhere() -> None:
    x = torch.arange(30.0).view(1, 1, 5, 6)
    result = multi_crop(x, stream(), untouched, 400, 0.5)
    corners = {int(corner) for corner in result[:, 0, 0, 0]}
    assert corners == {6 * top + left for top, left in itertools.product(range(4), range(4))}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_small_crops_are_views_by_the_recipe(view: View) -> None:
    x = images()
    one, same, other = (multi_crop(x, stream(seed), view, 2, 0.5) for seed in (1, 1, 2))
    assert one.shape == (12, 3, 20, 18)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert not torch.equal(one[:6], one[6:])


@pytest.mark.gpu
@pytest.mark.parametrize("view", [*DRAWN.values(), *CHOSEN.values()], ids=[*DRAWN, *CHOSEN])
def test_a_gpu_makes_the_same_of_the_same_draws(view: View) -> None:
    x = smooth(24, (3, 20, 24))
    assert torch.allclose(view(x.cuda(), stream(3)).cpu(), view(x, stream(3)), atol=1e-4)
