"""The quality of a corpus: severities, seeds and kinds."""

import numpy as np
import pytest

from harness.data import DataError
from harness.data.corruption import CHUNK, corrupted
from tests.data.sources import pictures

KINDS = ["noise", "blur"]


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The mean absolute difference of pixels."""
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_severity_zero_and_none_leave_all_as_it_was(kind: str) -> None:
    images = pictures(5, (1, 16, 16))
    assert np.array_equal(corrupted(images, None, 0), images)
    assert np.array_equal(corrupted(images, {"kind": kind, "severity": 0}, 0), images)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16)])
def test_each_severity_is_worse_than_the_last(kind: str, shape: tuple[int, int, int]) -> None:
    images = pictures(20, shape)
    before = images.copy()
    found = [corrupted(images, {"kind": kind, "severity": severity}, 0) for severity in range(6)]
    assert all(one.dtype == np.uint8 and one.shape == images.shape for one in found)
    distances = [distance(one, images) for one in found]
    assert distances == sorted(set(distances))
    assert np.array_equal(images, before)


def test_the_seed_decides_the_noise() -> None:
    images = pictures(5, (1, 8, 8))
    one, same, other = (corrupted(images, {"kind": "noise", "severity": 3}, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_blur_of_many_images_is_the_blur_of_each() -> None:
    images = pictures(CHUNK + 3, (1, 4, 4))
    whole = corrupted(images, {"kind": "blur", "severity": 2}, 0)
    assert np.array_equal(whole[-2:], corrupted(images[-2:], {"kind": "blur", "severity": 2}, 0))


def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    with pytest.raises(DataError, match="'nois': no such kind; did you mean 'noise'"):
        corrupted(pictures(1, (1, 4, 4)), {"kind": "nois", "severity": 1}, 0)
