"""Folders that name a class."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.data import TEST, TRAIN, VALIDATION
from harness.data.layouts import image_folder
from harness.data.rows import digests
from tests.data import written
from tests.data.errors import refused
from tests.data.layouts.arrays import SHAPE, counts, sound


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    written.classes(tmp_path / "train", {"aster": 20, "rose": 10})
    written.classes(tmp_path / "val", {"aster": 2, "rose": 1})
    written.classes(tmp_path / "test", {"aster": 3, "rose": 2})
    return tmp_path


def test_parts_in_folders(flowers: Path) -> None:
    result = sound(image_folder.task(SHAPE, flowers, validation="val"), "image-classification")
    assert result.classes == ["aster", "rose"]
    assert counts(result) == [30, 3, 5]
    assert np.bincount(result.labels[result.split == TEST]).tolist() == [3, 2]
    first = Image.open(flowers / "test" / "rose" / "000.png")
    (place,) = np.flatnonzero((result.examples == np.asarray(first).transpose(2, 0, 1)).all(axis=(1, 2, 3)))[-1:]
    assert result.classes[result.labels[place]] == "rose"


def test_parts_as_shares_of_each_class(flowers: Path) -> None:
    result = sound(
        image_folder.task(SHAPE, flowers / "train", train=".", validation=0.1, test=0.2), "image-classification"
    )
    assert np.bincount(result.labels[result.split == TEST]).tolist() == [4, 2]
    assert np.bincount(result.labels[result.split == VALIDATION]).tolist() == [2, 1]


def test_other_files_are_counted_and_hidden_ones_ignored(flowers: Path) -> None:
    (flowers / "train" / "rose" / "notes.txt").write_text("x")
    (flowers / "test" / "readme.md").write_text("x")
    (flowers / "train" / ".DS_Store").write_text("x")
    result = image_folder.task(SHAPE, flowers, validation="val")
    assert result.facts == {"files_that_are_no_images": 2}
    assert counts(result) == [30, 3, 5]


def test_a_class_may_be_named_by_two_folders(flowers: Path) -> None:
    result = image_folder.corpus(SHAPE, flowers, depth=2)
    assert result.classes == 6
    assert result.labels is not None
    assert np.bincount(result.labels).tolist() == [3, 2, 20, 10, 2, 1]


def test_a_corpus_has_all_images_below_a_folder(flowers: Path) -> None:
    result = image_folder.corpus(SHAPE, flowers, heldout=0.25)
    assert result.examples.shape == (38, *SHAPE)
    assert result.labels is None
    assert result.heldout.sum() == round(38 * 0.25)
    assert len(set(digests(result.examples).tolist())) == 30  # the other parts are copies


def test_a_corpus_excludes_the_validation_and_test_images_of_its_task(flowers: Path) -> None:
    task = image_folder.task(SHAPE, flowers)
    result = image_folder.corpus(SHAPE, flowers, train="train", depth=1, validation=0.1)
    assert result.classes == 2
    assert result.labels is not None
    assert np.array_equal(result.examples, task.examples[task.split == TRAIN])
    assert np.array_equal(result.labels, task.labels[task.split == TRAIN])
    assert np.bincount(result.labels).tolist() == [18, 9]


def test_validation_images_are_a_share_of_each_class(flowers: Path) -> None:
    with refused(place="args.validation", fix="args.depth"):
        image_folder.corpus(SHAPE, flowers, validation=0.1)


def empty_class(folder: Path) -> None:
    (folder / "train" / "lily").mkdir()


def absent_class(folder: Path) -> None:
    written.classes(folder / "test", {"lily": 2})


def small_class(folder: Path) -> None:
    written.classes(folder / "train", {"lily": 1})
    written.classes(folder / "test", {"lily": 1})


def outside(folder: Path) -> None:
    written.image(folder / "train" / "stray.png")


def truncated(folder: Path) -> None:
    path = folder / "train" / "rose" / "003.png"
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize(
    ("damage", "fields"),
    [
        (empty_class, {"place": "train/lily", "expected": "images of a class", "got": "none"}),
        (absent_class, {"place": "train", "expected": "at least 2 images of the class 'lily'", "got": "0 images"}),
        (small_class, {"place": "train", "expected": "at least 2 images of the class 'lily'", "got": "1 images"}),
        (outside, {"place": "train/stray.png", "fix": "args.depth"}),
        (truncated, {"place": "train/rose/003.png", "expected": "an image"}),
    ],
)
def test_a_damaged_folder_is_named(flowers: Path, damage: Callable[[Path], None], fields: dict[str, str]) -> None:
    damage(flowers)
    with refused(**fields):
        image_folder.task(SHAPE, flowers)


@pytest.mark.parametrize(
    ("args", "fields"),
    [
        ({"test": "tests"}, {"place": "tests", "got": "nothing"}),
        ({"test": "../flowers"}, {"expected": "inside this folder", "got": "'../flowers'"}),
        ({"test": "/etc"}, {"expected": "inside this folder", "got": "'/etc'"}),
        ({"test": 1.5}, {"place": "args", "expected": "shares", "got": "test 1.5"}),
        ({"fit": "pad"}, {"place": "args.fit", "got": "'pad'"}),
    ],
)
def test_wrong_arguments_are_named(flowers: Path, args: dict[str, Any], fields: dict[str, str]) -> None:
    with refused(**fields):
        image_folder.task((3, 5, 5), flowers, **args)


def test_a_corpus_of_nothing_is_refused(tmp_path: Path) -> None:
    with refused(place=str(tmp_path), expected="images (.jpg", got="none"):
        image_folder.corpus(SHAPE, tmp_path)
