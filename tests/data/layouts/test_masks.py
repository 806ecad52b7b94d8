"""Pictures and maps in folders."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataError
from harness.data.layouts import masks
from tests.data import written
from tests.data.layouts.arrays import SHAPE, counts, sound


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    for index in range(12):
        part = "train" if index < 9 else "test"
        written.image(tmp_path / part / "images" / f"{index}.jpg", index)
        values = np.zeros((6, 8))
        values[1:3, 2:5] = 1
        values[0, 0] = 255
        if index % 4 == 1:
            values[4:, 6:] = 2
        written.numbers(tmp_path / part / "masks" / f"{index}_mask.png", values)
    return tmp_path


def test_class_maps(leaves: Path) -> None:
    classes = ["ground", "leaf", "flower"]
    found = sound(masks.segmentation(SHAPE, leaves, classes, suffix="_mask"), "semantic-segmentation")
    assert found.labels.dtype == np.int16
    assert found.classes == classes
    assert (found.labels[:, 0, 0] == -1).all()
    assert (found.labels[:, 1:3, 2:5] == 1).all()
    assert (found.labels == 2).any(axis=(1, 2)).sum() == 3
    assert counts(found) == [7, 2, 3]  # the rare class is in training and in validation


def test_objects_that_have_numbers_of_their_own(leaves: Path) -> None:
    found = sound(
        masks.detection(SHAPE, leaves / "train", "leaf", "images", "masks", "_mask", ".", 0.2, 0.2), "object-detection"
    )
    assert found.labels.shape == (9, 3, 5)
    assert found.labels[0].tolist() == [[0, 2, 1, 5, 3], [0, 0, 0, 1, 1], [-1, 0, 0, 0, 0]]


def test_boxes_are_scaled_with_their_pictures(leaves: Path) -> None:
    found = masks.detection((1, 12, 4), leaves, "leaf", suffix="_mask")
    assert found.labels[1, 0].tolist() == [0, 1, 2, 2.5, 6]


def no_map(folder: Path) -> None:
    (folder / "test" / "masks" / "10_mask.png").unlink()


def no_picture(folder: Path) -> None:
    (folder / "test" / "images" / "10.jpg").unlink()


def two_pictures(folder: Path) -> None:
    written.image(folder / "train" / "images" / "1.png")


def other_size(folder: Path) -> None:
    written.numbers(folder / "train" / "masks" / "1_mask.png", np.zeros((8, 6)))


def unknown_value(folder: Path) -> None:
    written.numbers(folder / "train" / "masks" / "1_mask.png", np.full((6, 8), 3))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_map, r"10\.jpg: has no map; add '10_mask\.png' to"),
        (no_picture, r"10_mask\.png: is the map of no picture"),
        (two_pictures, r"1\.png: has the name of .*1\.jpg; rename"),
        (other_size, r"1_mask\.png: is 6 x 8 pixels and its picture 8 x 6"),
        (unknown_value, r"1_mask\.png: holds the value 3, which is no class"),
    ],
)
def test_what_is_wrong_is_named(leaves: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(leaves)
    with pytest.raises(DataError, match=words):
        masks.segmentation(SHAPE, leaves, ["ground", "leaf", "flower"], suffix="_mask")


def test_each_class_has_one_value(leaves: Path) -> None:
    with pytest.raises(DataError, match=r"args\.values: are 2, and there are 3 classes"):
        masks.segmentation(SHAPE, leaves, ["a", "b", "c"], values=[0, 1], suffix="_mask")
