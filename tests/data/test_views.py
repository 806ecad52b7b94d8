"""Augmentation: batches against one image at a time, known geometry, randomness from the generator alone."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms.v2 import functional as reference

from harness.data import views
from harness.data.views import blur, jitter, noise, random_affine, random_erase, random_resized_crop, simclr_view

View = Callable[[Tensor, torch.Generator], Tensor]

VIEWS: dict[str, View] = {
    "affine": lambda x, generator: random_affine(x, generator),
    "crop": lambda x, generator: random_resized_crop(x, generator),
    "erase": lambda x, generator: random_erase(x, generator, 0.5),
    "noise": lambda x, generator: noise(x, generator, 0.1),
    "jitter": lambda x, generator: jitter(x, generator),
    "simclr": simclr_view,
}
IDENTITIES: dict[str, View] = {
    "affine": lambda x, g: random_affine(x, g, degrees=0, scale=(1, 1), shear=0, shift=0),
    "crop": lambda x, g: random_resized_crop(x, g, area=(1, 1), ratio=1),
    "erase": lambda x, g: random_erase(x, g, 0),
    "noise": lambda x, g: noise(x, g, 0),
    "jitter": lambda x, g: jitter(x, g, contrast=0, brightness=0),
}
every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def stream(seed: int = 0) -> torch.Generator:
    """A stream of random numbers."""
    return torch.Generator().manual_seed(seed)


def images(count: int = 6, shape: tuple[int, int, int] = (1, 16, 16), seed: int = 0) -> Tensor:
    """Smooth random images in [0, 1], so that a shift of a pixel is no other image."""
    coarse = torch.rand((count, shape[0], 4, 4), generator=stream(seed))
    return interpolate(coarse, shape[1:], mode="bilinear", align_corners=True).clamp(0, 1)


@pytest.fixture
def highest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every uniform number is the top of its range, so that the parameters are known."""
    monkeypatch.setattr(views, "uniform", lambda low, high, size, generator: torch.full(size, float(high)))


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
def test_a_view_draws_on_and_leaves_its_input_alone(view: View) -> None:
    x, generator = images(), stream()
    before = x.clone()
    assert not torch.equal(view(x, generator), view(x, generator))
    assert torch.equal(x, before)


@every_view
def test_each_image_is_changed_by_itself(view: View) -> None:
    x = images()
    other = x.clone()
    other[2] = 1 - other[2]
    one, changed = view(x, stream()), view(other, stream())
    rest = [0, 1, 3, 4, 5]
    assert torch.equal(one[rest], changed[rest])
    assert not torch.equal(one[2], changed[2])


@every_view
def test_each_image_has_parameters_of_its_own(view: View) -> None:
    found = view(images(1).repeat(6, 1, 1, 1), stream())
    assert len({image.numpy().tobytes() for image in found}) == 6


@every_view
@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.sampled_from([1, 3]), st.integers(5, 20), st.integers(5, 20), st.integers(0, 2**31))
def test_pixels_stay_shares(view: View, count: int, channels: int, height: int, width: int, seed: int) -> None:
    x = torch.rand((count, channels, height, width), generator=stream(seed))
    found = view(x, stream(seed + 1))
    assert found.shape == x.shape
    assert found.dtype == x.dtype
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-5


SQUARE, OBLONG = (1, 17, 17), (3, 12, 22)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
@pytest.mark.parametrize("degrees", [10.0, 30.0, 90.0])
@pytest.mark.usefixtures("highest")
def test_a_rotation_is_torchvisions(shape: tuple[int, int, int], degrees: float) -> None:
    x = images(2, shape)
    found = random_affine(x, stream(), degrees=degrees, scale=(1, 1), shear=0, shift=0)
    for image, turned in zip(x, found, strict=True):
        wanted = reference.affine(
            image, -degrees, [0, 0], 1.0, [0.0, 0.0], interpolation=reference.InterpolationMode.BILINEAR
        )
        torch.testing.assert_close(turned, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
@pytest.mark.parametrize("scale", [0.8, 1.25])
@pytest.mark.usefixtures("highest")
def test_a_scale_above_one_enlarges(shape: tuple[int, int, int], scale: float) -> None:
    x = images(2, shape)
    found = random_affine(x, stream(), degrees=0, scale=(scale, scale), shear=0, shift=0)
    for image, sized in zip(x, found, strict=True):
        wanted = reference.affine(
            image, 0, [0, 0], scale, [0.0, 0.0], interpolation=reference.InterpolationMode.BILINEAR
        )
        torch.testing.assert_close(sized, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
@pytest.mark.usefixtures("highest")
def test_a_shear_moves_rows_by_its_angle(shape: tuple[int, int, int]) -> None:
    x = images(2, shape)
    found = random_affine(x, stream(), degrees=0, scale=(1, 1), shear=20, shift=0)
    height, width = shape[1:]
    columns = np.arange(width)
    for row in range(height):
        source = columns + math.tan(math.radians(20)) * (row - (height - 1) / 2)
        inside = (source >= 0) & (source <= width - 1)
        wanted = np.interp(source, columns, x[0, 0, row].numpy())
        np.testing.assert_allclose(found[0, 0, row].numpy()[inside], wanted[inside], atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 20, 20), (3, 10, 20)])
@pytest.mark.usefixtures("highest")
def test_a_shift_is_a_share_of_the_size_and_black_comes_in(shape: tuple[int, int, int]) -> None:
    x = images(2, shape)
    found = random_affine(x, stream(), degrees=0, scale=(1, 1), shear=0, shift=0.1)
    down, right = shape[1] // 10, shape[2] // 10
    torch.testing.assert_close(found[:, :, :-down, :-right], x[:, :, down:, right:], rtol=1e-4, atol=1e-4)
    assert found[:, :, -down:].abs().max() < 1e-4
    assert found[:, :, :, -right:].abs().max() < 1e-4


@pytest.mark.usefixtures("highest")
def test_a_crop_is_torchvisions_within_its_edges() -> None:
    x = images(2, (1, 16, 16))
    found = random_resized_crop(x, stream(), area=(0.25, 0.25), ratio=1)
    wanted = reference.resized_crop(x, 8, 8, 8, 8, [16, 16], antialias=False)
    torch.testing.assert_close(found[..., 1:-1, 1:-1], wanted[..., 1:-1, 1:-1], rtol=1e-4, atol=1e-4)


def test_crops_stay_within_the_image() -> None:
    white = torch.ones(200, 1, 12, 18)
    found = random_resized_crop(white, stream(), area=(0.1, 1.0), ratio=2.0)
    assert found[..., 1:-1, 1:-1].min() > 1 - 1e-5  # an edge pixel mixes with the black beside the image


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1), st.integers(6, 20), st.integers(6, 20), st.integers(0, 2**31))
def test_what_is_erased_is_a_square_no_larger_than_its_share(share: float, height: int, width: int, seed: int) -> None:
    found = random_erase(torch.ones(8, 2, height, width), stream(seed), share)
    for image in found:
        black = image == 0
        assert torch.equal(black[0], black[1])
        rows, columns = black[0].any(dim=1), black[0].any(dim=0)
        assert torch.equal(black[0], rows[:, None] & columns[None, :])
        most = math.ceil(share * min(height, width))
        assert max(int(rows.sum()), int(columns.sum())) <= most
        for line in (rows, columns):
            places = line.nonzero().flatten()
            assert len(places) == 0 or int(places[-1] - places[0]) + 1 == len(places)
        assert (image[~black] == 1).all()


def test_noise_has_its_standard_deviation() -> None:
    grey = torch.full((16, 1, 32, 32), 0.5)
    found = noise(grey, stream(), 0.05) - grey
    assert float(found.std()) == pytest.approx(0.05, rel=0.03)
    assert float(found.mean()) == pytest.approx(0, abs=0.002)


def test_contrast_turns_about_the_mean_of_each_image() -> None:
    x = 0.4 + 0.2 * images(50)
    found = jitter(x, stream(), contrast=0.4, brightness=0)
    torch.testing.assert_close(found.mean(dim=(1, 2, 3)), x.mean(dim=(1, 2, 3)), rtol=1e-4, atol=1e-5)
    gains = found.std(dim=(1, 2, 3)) / x.std(dim=(1, 2, 3))
    assert 0.6 - 1e-3 <= gains.min() < 0.7
    assert 1.3 < gains.max() <= 1.4 + 1e-3


def test_brightness_shifts_each_image_as_a_whole() -> None:
    x = 0.4 + 0.2 * images(50)
    moved = jitter(x, stream(), contrast=0, brightness=0.2) - x
    torch.testing.assert_close(moved, moved.mean(dim=(1, 2, 3), keepdim=True).expand_as(moved), rtol=0, atol=1e-5)
    assert 0.1 < moved.max() <= 0.2 + 1e-5
    assert -0.2 - 1e-5 <= moved.min() < -0.1


@pytest.mark.parametrize("sigma", [0.4, 1.0, 2.2])
def test_a_blur_is_scipys(sigma: float) -> None:
    x = torch.rand((2, 3, 16, 20), generator=stream())
    found = blur(x, sigma)
    radius = math.ceil(2.5 * sigma)
    for image, soft in zip(x.flatten(0, 1), found.flatten(0, 1), strict=True):
        wanted = gaussian_filter(image.numpy().astype(np.float64), sigma, mode="mirror", radius=radius)
        np.testing.assert_allclose(soft.numpy(), wanted, atol=1e-5)


def test_a_blur_leaves_a_plain_image_plain_however_small() -> None:
    torch.testing.assert_close(blur(torch.full((1, 1, 3, 3), 0.7), 2.2), torch.full((1, 1, 3, 3), 0.7))
