"""Pictures and maps in folders."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data.layouts import masks
from tests.data import written
from tests.data.errors import refused
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
    result = sound(masks.segmentation(SHAPE, leaves, classes, suffix="_mask"), "semantic-segmentation")
    assert result.labels.dtype == np.int16
    assert result.classes == classes
    assert (result.labels[:, 0, 0] == -1).all()
    assert (result.labels[:, 1:3, 2:5] == 1).all()
    assert (result.labels == 2).any(axis=(1, 2)).sum() == 3
    assert counts(result) == [7, 2, 3]  # the rare class is in training and in validation


def test_objects_that_have_numbers_of_their_own(leaves: Path) -> None:
    result = sound(
        masks.detection(SHAPE, leaves / "train", "leaf", "images", "masks", "_mask", ".", 0.2, 0.2), "object-detection"
    )
    assert result.labels.shape == (9, 3, 5)
    assert result.labels[0].tolist() == [[0, 2, 1, 5, 3], [0, 0, 0, 1, 1], [-1, 0, 0, 0, 0]]


def test_boxes_are_scaled_with_their_pictures(leaves: Path) -> None:
    result = masks.detection((1, 12, 4), leaves, "leaf", suffix="_mask")
    assert result.labels[1, 0].tolist() == [0, 1, 2, 2.5, 6]


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
    ("damage", "fields"),
    [
        (no_map, {"place": "10.jpg", "expected": "a map", "fix": "10_mask.png"}),
        (no_picture, {"place": "10_mask.png", "got": "no image"}),
        (two_pictures, {"place": "1.png", "got": "1.jpg", "fix": "rename"}),
        (other_size, {"place": "1_mask.png", "expected": "8 x 6", "got": "6 x 8"}),
        (unknown_value, {"place": "1_mask.png", "got": "the value 3"}),
    ],
)
def test_a_damaged_folder_is_named(leaves: Path, damage: Callable[[Path], None], fields: dict[str, str]) -> None:
    damage(leaves)
    with refused(**fields):
        masks.segmentation(SHAPE, leaves, ["ground", "leaf", "flower"], suffix="_mask")


def test_each_class_has_one_value(leaves: Path) -> None:
    with refused(place="args.values", expected="3 values", got="2 values"):
        masks.segmentation(SHAPE, leaves, ["a", "b", "c"], values=[0, 1], suffix="_mask")
