"""The quality of a corpus: severities, seeds and kinds."""

import numpy as np
import pytest

from harness.data.corruption import CHUNK, DUPLICATED_SHARES, FOREIGN_SHARES, corrupted
from harness.data.rows import digests
from tests.data.errors import refused
from tests.data.sources import pictures

KINDS = ["noise", "blur", "duplicates", "off-domain"]


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The mean absolute difference of pixels."""
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_severity_zero_and_none_change_nothing(kind: str) -> None:
    images = pictures(5, (1, 16, 16))
    assert np.array_equal(corrupted(images, None, 0), images)
    assert np.array_equal(corrupted(images, {"kind": kind, "severity": 0}, 0), images)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16)])
def test_each_severity_is_worse_than_the_last(kind: str, shape: tuple[int, int, int]) -> None:
    images = pictures(20, shape)
    before = images.copy()
    result = [corrupted(images, {"kind": kind, "severity": severity}, 0) for severity in range(6)]
    assert all(one.dtype == np.uint8 and one.shape == images.shape for one in result)
    distances = [distance(one, images) for one in result]
    assert distances == sorted(set(distances))
    assert np.array_equal(images, before)


@pytest.mark.parametrize("kind", ["noise", "duplicates", "off-domain"])
def test_corruption_depends_on_the_seed(kind: str) -> None:
    images = pictures(20, (1, 8, 8))
    one, same, other = (corrupted(images, {"kind": kind, "severity": 3}, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_blur_of_many_images_is_the_blur_of_each() -> None:
    images = pictures(CHUNK + 3, (1, 4, 4))
    whole = corrupted(images, {"kind": "blur", "severity": 2}, 0)
    assert np.array_equal(whole[-2:], corrupted(images[-2:], {"kind": "blur", "severity": 2}, 0))


def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    with refused(place="corruption.kind", got="'nois'", fix="'noise'"):
        corrupted(pictures(1, (1, 4, 4)), {"kind": "nois", "severity": 1}, 0)


def test_duplicates_replace_their_share() -> None:
    images = pictures(200, (1, 8, 8))
    for severity, share in enumerate(DUPLICATED_SHARES):
        result = corrupted(images, {"kind": "duplicates", "severity": severity}, 3)
        assert set(digests(result)) <= set(digests(images))
        assert len(set(digests(result))) == pytest.approx(200 * (1 - share), abs=1)


def test_a_higher_severity_replaces_more_images_by_textures() -> None:
    images = pictures(200, (1, 8, 8))
    before = np.zeros(200, dtype=bool)
    for severity, share in enumerate(FOREIGN_SHARES):
        result = corrupted(images, {"kind": "off-domain", "severity": severity}, 3)
        replaced = np.array([one != other for one, other in zip(digests(result), digests(images), strict=True)])
        assert replaced.mean() == pytest.approx(share, abs=0.01)
        assert (replaced | ~before).all()
        before = replaced


def test_a_texture_has_the_brightness_of_the_replaced_image() -> None:
    dark = pictures(100, (1, 16, 16)) // 4
    result = corrupted(dark, {"kind": "off-domain", "severity": 5}, 0)
    assert result.mean() == pytest.approx(dark.mean(), rel=0.1)
