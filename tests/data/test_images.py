"""Arrays of images: sizes, content, and the same rows read a piece at a time from memory and from a file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.data.images import resized
from harness.data.rows import digests, gathered, pieces, selected
from tests.data.sources import pictures

ARRAYS = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, max_side=9))


def test_grey_repeats_into_colour_and_sizes_change() -> None:
    images = pictures(3, (1, 8, 8))
    colour = resized(images, (3, 8, 8))
    assert all(np.array_equal(colour[:, channel], images[:, 0]) for channel in range(3))
    assert np.array_equal(resized(images, (1, 8, 8)), images)
    small = resized(images, (1, 4, 4))
    assert small.shape == (3, 1, 4, 4)
    assert small.dtype == np.uint8
    blocks = np.full((1, 1, 8, 8), 200, dtype=np.uint8)
    assert (resized(blocks, (1, 5, 13)) == 200).all()
    with pytest.raises(ValueError, match="images have 3 channels, and the suite's shape has 1"):
        resized(colour, (1, 8, 8))


def test_digests_differ_with_the_pixels() -> None:
    images = pictures(4, (1, 4, 4))
    twice = np.concatenate([images, images[::-1]])
    hashes = digests(twice)
    assert np.array_equal(hashes[:4], hashes[:3:-1])
    assert len(set(hashes)) == 4
    assert np.array_equal(digests(np.asfortranarray(images)), hashes[:4])
    doubled = np.repeat(images, 2, axis=3)[..., ::2]
    assert not doubled.flags.c_contiguous
    assert np.array_equal(digests(doubled), hashes[:4])


@given(st.integers(0, 2**32), st.integers(0, 11))
def test_one_changed_pixel_is_another_picture(seed: int, place: int) -> None:
    images = pictures(2, (3, 2, 2), seed)
    images[1] = images[0]
    images[1].reshape(-1)[place] ^= 1 << seed % 8
    assert len(set(digests(images))) == 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


@given(array=ARRAYS, size=st.integers(1, 12), order=st.sampled_from(["C", "F"]), first=st.integers(0, 9))
def test_pieces_are_the_array_in_memory_and_in_a_file(
    folder: Path, array: np.ndarray, size: int, order: str, first: int
) -> None:
    np.save(folder / "array.npy", np.asarray(array, order=order))
    mapped = np.load(folder / "array.npy", mmap_mode="r")
    for kept, result in ((array, mapped), (array[first:], mapped[first:]), (array[:first], mapped[:first])):
        if len(kept):
            assert np.array_equal(np.concatenate(list(pieces(result, size))), kept)
            assert {len(piece) for piece in pieces(result, size)} <= {size, len(kept) % size}
        else:
            assert not list(pieces(result, size))


@given(ARRAYS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_selected_rows_come_in_their_order(array: np.ndarray, size: int, random) -> None:
    keep = np.array([random.random() < 0.5 for _ in array])
    assert np.array_equal(np.concatenate(list(selected(array, keep, size))), array[keep])
    assert np.array_equal(gathered(array, np.flatnonzero(keep)), array[keep])
