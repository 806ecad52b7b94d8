"""Each change of images: known geometry, torchvision one image at a time, the distribution of random draws."""

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.stats import kstest
from torch import Tensor
from torchvision.transforms.v2 import functional as reference

from harness.data.views import (
    blur,
    colour_jitter,
    jitter,
    noise,
    random_affine,
    random_blur,
    random_erase,
    random_flip,
    random_grey,
    random_resized_crop,
)
from tests.data.pictures import fix_draws, ramps, smooth, stream


@pytest.fixture
def highest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every uniform number is the top of its range."""
    fix_draws(monkeypatch, 1.0)


SQUARE, OBLONG = (1, 17, 17), (3, 12, 22)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
@pytest.mark.parametrize("degrees", [10.0, 30.0, 90.0])
@pytest.mark.usefixtures("highest")
def test_a_rotation_is_torchvisions(shape: tuple[int, int, int], degrees: float) -> None:
    x = smooth(2, shape)
    result = random_affine(x, stream(), degrees=degrees, scale=(1, 1), shear=0, shift=0)
    for image, turned in zip(x, result, strict=True):
        wanted = reference.affine(
            image, -degrees, [0, 0], 1.0, [0.0, 0.0], interpolation=reference.InterpolationMode.BILINEAR
        )
        torch.testing.assert_close(turned, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
@pytest.mark.parametrize("scale", [0.8, 1.25])
@pytest.mark.usefixtures("highest")
def test_a_scale_above_one_enlarges(shape: tuple[int, int, int], scale: float) -> None:
    x = smooth(2, shape)
    result = random_affine(x, stream(), degrees=0, scale=(scale, scale), shear=0, shift=0)
    for image, sized in zip(x, result, strict=True):
        wanted = reference.affine(
            image, 0, [0, 0], scale, [0.0, 0.0], interpolation=reference.InterpolationMode.BILINEAR
        )
        torch.testing.assert_close(sized, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [SQUARE, OBLONG])
@pytest.mark.usefixtures("highest")
def test_a_shear_moves_rows_by_its_angle(shape: tuple[int, int, int]) -> None:
    x = smooth(2, shape)
    result = random_affine(x, stream(), degrees=0, scale=(1, 1), shear=20, shift=0)
    height, width = shape[1:]
    columns = np.arange(width)
    for row in range(height):
        source = columns + math.tan(math.radians(20)) * (row - (height - 1) / 2)
        inside = (source >= 0) & (source <= width - 1)
        wanted = np.interp(source, columns, x[0, 0, row].numpy())
        np.testing.assert_allclose(result[0, 0, row].numpy()[inside], wanted[inside], atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 20, 20), (3, 10, 20)])
@pytest.mark.usefixtures("highest")
def test_a_shift_is_a_share_of_the_size_and_black_comes_in(shape: tuple[int, int, int]) -> None:
    x = smooth(2, shape)
    result = random_affine(x, stream(), degrees=0, scale=(1, 1), shear=0, shift=0.1)
    down, right = shape[1] // 10, shape[2] // 10
    torch.testing.assert_close(result[:, :, :-down, :-right], x[:, :, down:, right:], rtol=1e-4, atol=1e-4)
    assert result[:, :, -down:].abs().max() < 1e-4
    assert result[:, :, :, -right:].abs().max() < 1e-4


@pytest.mark.usefixtures("highest")
def test_a_crop_is_torchvisions_but_at_edges_within_the_image() -> None:
    """There torchvision repeats the crop's last pixel, and ours reads the image beyond it."""
    x = smooth(2, (1, 16, 16))
    result = random_resized_crop(x, stream(), area=(0.25, 0.25), ratio=1)
    wanted = reference.resized_crop(x, 8, 8, 8, 8, [16, 16], antialias=False)
    torch.testing.assert_close(result[..., 1:, 1:], wanted[..., 1:, 1:], rtol=0, atol=1e-5)


def test_a_crop_is_mirrored_in_the_same_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    fix_draws(monkeypatch, 0.4)
    x = smooth(2, (3, 12, 20))
    kept, mirrored = (random_resized_crop(x, stream(), area=(0.4, 0.4), flip=flip) for flip in (0.0, 1.0))
    torch.testing.assert_close(mirrored, kept.flip(3), rtol=0, atol=1e-5)


def seen(x: Tensor) -> tuple[Tensor, Tensor]:
    """The sizes and centres, each (B, 2), of crops of ramps, as shares of the image."""
    across, down = x[:, 0, x.shape[2] // 2, 4:-4], x[:, 1, 4:-4, x.shape[3] // 2]
    lines = [(across, x.shape[3]), (down, x.shape[2])]
    sizes = [(line[:, -1] - line[:, 0]) * side / (line.shape[1] - 1) for line, side in lines]
    return torch.stack(sizes, dim=1), torch.stack([line.mean(dim=1) for line, _ in lines], dim=1)


@pytest.mark.parametrize("size", [(24, 24), (24, 36)])
def test_crops_have_the_area_and_ratio_that_are_asked_for(size: tuple[int, int]) -> None:
    result = random_resized_crop(ramps(2000, *size), stream(), area=(0.3, 1.0), ratio=4 / 3)
    sizes, centres = seen(result)
    area = sizes.prod(dim=1).numpy()
    assert kstest((area - 0.3) / 0.7, "uniform").pvalue > 0.01
    stretch = (sizes[:, 0] / sizes[:, 1]).log() / math.log(4 / 3)
    assert stretch.abs().max() < 1 + 1e-3
    unbounded = stretch[torch.from_numpy(area < 0.7)].numpy()  # above 3/4 the longest crops would not fit
    assert kstest((unbounded + 1) / 2, "uniform").pvalue > 0.01
    room = (1 - sizes) / 2
    assert ((centres - 0.5).abs() <= room + 1e-4).all()
    positions = ((centres - 0.5) / room)[torch.from_numpy(area < 0.7)].flatten().numpy()
    assert kstest((positions + 1) / 2, "uniform").pvalue > 0.01


def test_crops_stay_inside_the_image() -> None:
    white = torch.ones(200, 1, 12, 18)
    torch.testing.assert_close(random_resized_crop(white, stream(), area=(0.1, 1.0), ratio=2.0, flip=0.5), white)


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1), st.integers(6, 20), st.integers(6, 20), st.integers(0, 2**31))
def test_the_erased_square_is_no_larger_than_its_share(share: float, height: int, width: int, seed: int) -> None:
    result = random_erase(torch.ones(8, 2, height, width), stream(seed), share)
    for image in result:
        black = image == 0
        assert torch.equal(black[0], black[1])
        rows, columns = black[0].any(dim=1), black[0].any(dim=0)
        assert torch.equal(black[0], rows[:, None] & columns[None, :])
        most = math.ceil(share * min(height, width))
        assert max(int(rows.sum()), int(columns.sum())) <= most
        for line in (rows, columns):
            columns = line.nonzero().flatten()
            assert len(columns) == 0 or int(columns[-1] - columns[0]) + 1 == len(columns)
        assert (image[~black] == 1).all()


def test_noise_has_its_standard_deviation() -> None:
    grey = torch.full((16, 1, 32, 32), 0.5)
    result = noise(grey, stream(), 0.05) - grey
    assert float(result.std()) == pytest.approx(0.05, rel=0.03)
    assert float(result.mean()) == pytest.approx(0, abs=0.002)


def test_contrast_turns_about_the_mean_of_each_image() -> None:
    x = 0.4 + 0.2 * smooth(50)
    result = jitter(x, stream(), contrast=0.4, brightness=0)
    torch.testing.assert_close(result.mean(dim=(1, 2, 3)), x.mean(dim=(1, 2, 3)), rtol=1e-4, atol=1e-5)
    gains = result.std(dim=(1, 2, 3)) / x.std(dim=(1, 2, 3))
    assert 0.6 - 1e-3 <= gains.min() < 0.7
    assert 1.3 < gains.max() <= 1.4 + 1e-3


def test_brightness_shifts_each_image_as_a_whole() -> None:
    x = 0.4 + 0.2 * smooth(50)
    moved = jitter(x, stream(), contrast=0, brightness=0.2) - x
    torch.testing.assert_close(moved, moved.mean(dim=(1, 2, 3), keepdim=True).expand_as(moved), rtol=0, atol=1e-5)
    assert 0.1 < moved.max() <= 0.2 + 1e-5
    assert -0.2 - 1e-5 <= moved.min() < -0.1


@pytest.mark.parametrize("sigma", [0.4, 1.0, 2.2])
def test_a_blur_is_scipys(sigma: float) -> None:
    x = torch.rand((2, 3, 16, 20), generator=stream())
    result = blur(x, sigma)
    radius = math.ceil(2.5 * sigma)
    for image, soft in zip(x.flatten(0, 1), result.flatten(0, 1), strict=True):
        wanted = gaussian_filter(image.numpy().astype(np.float64), sigma, mode="mirror", radius=radius)
        np.testing.assert_allclose(soft.numpy(), wanted, atol=1e-5)


def test_a_blur_leaves_a_plain_image_plain_however_small() -> None:
    torch.testing.assert_close(blur(torch.full((1, 1, 3, 3), 0.7), 2.2), torch.full((1, 1, 3, 3), 0.7))


CHANCES: dict[str, tuple[Callable[..., Tensor], Callable[[Tensor], Tensor]]] = {
    "flip": (random_flip, reference.horizontal_flip),
    "grey": (random_grey, lambda x: reference.rgb_to_grayscale(x, 3)),
}


@pytest.mark.parametrize("name", CHANCES)
@pytest.mark.parametrize("chance", [0.2, 0.5, 1.0])
def test_images_are_changed_as_torchvision_does_or_not_at_all(name: str, chance: float) -> None:
    view, wanted = CHANCES[name]
    x = torch.rand((1000, 3, 5, 6), generator=stream())
    result = view(x, stream(1), chance)
    changed = torch.stack([wanted(image) for image in x])
    was_changed, was_left = ((result - other).abs().flatten(1).amax(dim=1) < 1e-6 for other in (changed, x))
    assert (was_changed ^ was_left).all()
    assert float(was_changed.float().mean()) == pytest.approx(chance, abs=0.05)


def test_colour_jitter_is_torchvisions_in_a_random_order(monkeypatch: pytest.MonkeyPatch) -> None:
    fix_draws(monkeypatch, 0.9)
    x = torch.rand((3, 3, 6, 6), generator=stream())
    changes = [
        lambda image: reference.adjust_brightness(image, 1.8),
        lambda image: reference.adjust_contrast(image, 1.8),
        lambda image: reference.adjust_saturation(image, 1.8),
        lambda image: reference.adjust_hue(image, 0.16),
    ]
    results = []
    for order in permutations(changes):
        each = x
        for change in order:
            each = torch.stack([change(image) for image in each])
        results.append(each)
    wanted = torch.stack(results)
    met = set()
    for seed in range(200):
        result = colour_jitter(x, stream(seed), 1.0, 1.0, 1.0, 0.2, chance=1.0)
        distance, order = (wanted - result).abs().flatten(1).amax(dim=1).min(dim=0)
        assert distance < 1e-5
        met.add(int(order))
    assert len(met) == 24


@pytest.mark.parametrize("chance", [0.3, 1.0])
def test_colour_jitters_factors_are_drawn_evenly_by_their_chance(chance: float) -> None:
    x = torch.full((2000, 3, 2, 2), 0.5)
    factors = colour_jitter(x, stream(), 0.4, 0, 0, 0, chance)[:, 0, 0, 0] / 0.5
    moved = (factors - 1).abs() > 1e-6
    assert float(moved.float().mean()) == pytest.approx(chance, abs=0.05)
    assert kstest((factors[moved].numpy() - 0.6) / 0.8, "uniform").pvalue > 0.01


def test_colour_jitter_turns_hues_evenly_both_ways() -> None:
    red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1).expand(2000, 3, 2, 2)
    result = colour_jitter(red, stream(), 0, 0, 0, 0.1, chance=1)[:, :, 0, 0]
    turns = (result[:, 1] - result[:, 2]) / 6
    assert kstest((turns.numpy() + 0.1) / 0.2, "uniform").pvalue > 0.01


def test_factors_are_never_below_zero() -> None:
    x = torch.full((500, 3, 2, 2), 0.25)
    factors = colour_jitter(x, stream(), 3.0, 0, 0, 0, chance=1)[:, 0, 0, 0] / 0.25
    assert kstest(factors.numpy() / 4, "uniform").pvalue > 0.01


@pytest.mark.parametrize("size", [(20, 24), (40, 44), (64, 64)])
def test_a_random_blur_is_torchvisions_with_a_sigma_for_each_image(size: tuple[int, int]) -> None:
    """The sigmas are read off the image of a point: one pixel from its centre it falls by exp(-1 / (2 sigma^2))."""
    x = torch.rand((300, 2, *size), generator=stream())
    x[:, 1] = 0
    x[:, 1, size[0] // 2, size[1] // 2] = 1
    result = random_blur(x, stream(), sigma=(0.5, 2.0), chance=0.6)
    point = result[:, 1, size[0] // 2].double()
    fall = point[:, size[1] // 2 + 1] / point[:, size[1] // 2]
    blurred = fall > 0
    assert float(blurred.float().mean()) == pytest.approx(0.6, abs=0.1)
    assert torch.equal(result[~blurred], x[~blurred])
    sigmas = torch.sqrt(-0.5 / fall[blurred].log())
    assert kstest((sigmas.numpy() - 0.5) / 1.5, "uniform").pvalue > 0.01
    taps = 2 * max(1, min(size) // 20) + 1
    for image, soft, sigma in zip(x[blurred], result[blurred], sigmas, strict=True):
        torch.testing.assert_close(
            soft, reference.gaussian_blur(image, [taps, taps], [float(sigma)]), rtol=0, atol=1e-5
        )
