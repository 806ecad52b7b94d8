"""The distance of samples to held-out images: its formula, and its order of good and bad samples."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from harness.data import digits
from harness.data.batches import to_float
from harness.objectives.sample_distance import frechet_distance, gaussian_samples, random_features, shrunk


def images(first: int, count: int) -> torch.Tensor:
    return to_float(torch.from_numpy(digits.task((1, 8, 8)).examples[first : first + count]))


def distance(samples: torch.Tensor, wanted: torch.Tensor) -> float:
    return frechet_distance(random_features(samples), random_features(wanted))


def test_it_is_the_formula_of_the_paper() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(60, 5)), random.normal(size=(80, 5)) @ random.normal(size=(5, 5)) + 0.3
    mean = ((one.mean(0) - other.mean(0)) ** 2).sum()
    a, b = np.cov(one.T), np.cov(other.T)
    wanted = (mean + np.trace(a + b - 2 * sqrtm(a @ b).real)) / np.trace(b)
    result = frechet_distance(torch.from_numpy(one), torch.from_numpy(other))
    assert result == pytest.approx(wanted, rel=1e-8)


def test_the_same_features_have_no_distance() -> None:
    x = torch.randn(50, 200, dtype=torch.float64, generator=torch.Generator().manual_seed(0))  # fewer than dimensions
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)


def test_better_samples_have_smaller_distances() -> None:
    held, unseen = images(0, 1000)[0::2], images(0, 1000)[1::2]
    generator = torch.Generator().manual_seed(0)
    gaussian = gaussian_samples(unseen, 500, generator)
    one = unseen[:1].expand(500, -1, -1, -1)
    real, ten, drawn, single, noise = (
        distance(x, held)
        for x in (unseen, unseen[:10].repeat(50, 1, 1, 1), gaussian, one, torch.rand(held.shape, generator=generator))
    )
    assert real < 0.6 * drawn  # with 500 images in 128 dimensions half of it is chance
    assert real < 0.2 * ten
    assert drawn < noise
    assert single >= 1


def test_a_gaussian_has_the_mean_and_covariance_of_the_images() -> None:
    x = 0.4 + 0.2 * torch.rand(400, 1, 3, 3, generator=torch.Generator().manual_seed(0))  # far from 0 and 1
    drawn = gaussian_samples(x, 20_000, torch.Generator().manual_seed(1)).flatten(1)
    torch.testing.assert_close(drawn.mean(0), x.flatten(1).mean(0), atol=2e-3, rtol=0)
    torch.testing.assert_close(drawn.T.cov(), x.flatten(1).T.cov(), atol=2e-4, rtol=0)


def test_features_depend_on_the_images_alone() -> None:
    x = images(0, 8)
    torch.manual_seed(1)
    one = random_features(x)
    torch.manual_seed(2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(random_features(x), one)
    assert one.shape == (8, 128)


def test_large_images_are_shrunk_and_small_ones_are_not() -> None:
    assert shrunk(torch.rand(2, 3, 100, 20)).shape == (2, 3, 32, 20)
    small = torch.rand(2, 1, 8, 8)
    assert torch.equal(shrunk(small), small)
