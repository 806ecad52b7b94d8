"""Folders that name a class."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.data import TEST, TRAIN, VALIDATION, DataError
from harness.data.layouts import image_folder
from harness.data.rows import content
from tests.data import written
from tests.data.layouts.arrays import SHAPE, counts, sound


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    written.classes(tmp_path / "train", {"aster": 20, "rose": 10})
    written.classes(tmp_path / "val", {"aster": 2, "rose": 1})
    written.classes(tmp_path / "test", {"aster": 3, "rose": 2})
    return tmp_path


def test_parts_in_folders(flowers: Path) -> None:
    found = sound(image_folder.task(SHAPE, flowers, validation="val"), "image-classification")
    assert found.classes == ["aster", "rose"]
    assert counts(found) == [30, 3, 5]
    assert np.bincount(found.labels[found.split == TEST]).tolist() == [3, 2]
    first = Image.open(flowers / "test" / "rose" / "000.png")
    (place,) = np.flatnonzero((found.examples == np.asarray(first).transpose(2, 0, 1)).all(axis=(1, 2, 3)))[-1:]
    assert found.classes[found.labels[place]] == "rose"


def test_parts_as_shares_of_each_class(flowers: Path) -> None:
    found = sound(
        image_folder.task(SHAPE, flowers / "train", train=".", validation=0.1, test=0.2), "image-classification"
    )
    assert np.bincount(found.labels[found.split == TEST]).tolist() == [4, 2]
    assert np.bincount(found.labels[found.split == VALIDATION]).tolist() == [2, 1]


def test_other_files_are_counted_and_hidden_ones_pass(flowers: Path) -> None:
    (flowers / "train" / "rose" / "notes.txt").write_text("x")
    (flowers / "test" / "readme.md").write_text("x")
    (flowers / "train" / ".DS_Store").write_text("x")
    found = image_folder.task(SHAPE, flowers, validation="val")
    assert found.facts == {"files_that_are_no_images": 2}
    assert counts(found) == [30, 3, 5]


def test_a_class_may_be_named_by_two_folders(flowers: Path) -> None:
    found = image_folder.corpus(SHAPE, flowers, depth=2)
    assert found.classes == 6
    assert found.labels is not None
    assert np.bincount(found.labels).tolist() == [3, 2, 20, 10, 2, 1]


def test_a_corpus_is_all_that_lies_below(flowers: Path) -> None:
    found = image_folder.corpus(SHAPE, flowers, heldout=0.25)
    assert found.examples.shape == (38, *SHAPE)
    assert found.labels is None
    assert found.heldout.sum() == round(38 * 0.25)
    assert len(set(content(found.examples).tolist())) == 30  # the other parts are copies


def test_a_corpus_leaves_its_task_what_that_validates_and_tests_on(flowers: Path) -> None:
    task = image_folder.task(SHAPE, flowers)
    found = image_folder.corpus(SHAPE, flowers, train="train", depth=1, validation=0.1)
    assert found.classes == 2
    assert found.labels is not None
    assert np.array_equal(found.examples, task.examples[task.split == TRAIN])
    assert np.array_equal(found.labels, task.labels[task.split == TRAIN])
    assert np.bincount(found.labels).tolist() == [18, 9]


def test_what_a_task_validates_on_is_drawn_by_class(flowers: Path) -> None:
    with pytest.raises(DataError, match=r"args\.validation: is drawn alike of each class; set args\.depth"):
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
    ("spoil", "words"),
    [
        (empty_class, "train/lily: is a class's folder without images; add some, or remove it"),
        (absent_class, "train: has 0 images of the class 'lily', and needs at least 2.*; add images"),
        (small_class, "train: has 1 images of the class 'lily', and needs at least 2"),
        (outside, r"train/stray\.png: lies in no class's folder; move it"),
        (truncated, r"train/rose/003\.png: cannot be read as an image"),
    ],
)
def test_what_is_wrong_is_named(flowers: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(flowers)
    with pytest.raises(DataError, match=words):
        image_folder.task(SHAPE, flowers)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"test": "tests"}, "tests: no such file or folder"),
        ({"test": "../flowers"}, "leads out of this folder"),
        ({"test": "/etc"}, "leads out of this folder"),
        ({"test": 1.5}, "shares of the training examples"),
        ({"fit": "pad"}, "no way 'pad'"),
    ],
)
def test_wrong_arguments_are_named(flowers: Path, args: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        image_folder.task((3, 5, 5), flowers, **args)


def test_a_corpus_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no images \(\.jpg"):
        image_folder.corpus(SHAPE, tmp_path)
