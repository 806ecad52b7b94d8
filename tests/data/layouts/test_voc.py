"""Pascal VOC's layout."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.data.layouts import voc
from tests.data import written
from tests.data.errors import refused
from tests.data.layouts.arrays import SHAPE, counts, sound

LISTS = {"train": ["a", "b", "c"], "val": ["d"], "test": ["e", "f"]}
BOXES = [("rbc", 1, 1, 8, 6), ("wbc", 3, 2, 4, 5)]


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    written.voc(tmp_path, LISTS, BOXES)
    return tmp_path


def test_boxes_from_their_first_pixel_to_their_last(cells: Path) -> None:
    result = sound(voc.detection(SHAPE, cells), "object-detection")
    assert result.classes == ["rbc", "wbc"]
    assert result.labels[0].tolist() == [[0, 0, 0, 8, 6], [1, 2, 1, 4, 5]]
    assert counts(result) == [3, 1, 2]
    assert result.facts == {}


def test_skipped_and_clipped_boxes_are_counted(cells: Path) -> None:
    damaged = [("wbc", 3, 2, 3, 5), ("rbc", 9, 1, 12, 4), ("rbc", 0, 4, 9, 6), *BOXES]
    written.voc_note(cells / "Annotations" / "a.xml", damaged)
    result = voc.detection(SHAPE, cells)
    assert result.facts == {
        "boxes_without_size_left_out": 1,
        "boxes_outside_left_out": 1,
        "boxes_cut_at_the_edge": 1,
    }
    assert result.labels[0].tolist() == [[0, 0, 3, 8, 6], [0, 0, 0, 8, 6], [1, 2, 1, 4, 5]]


def test_a_picture_may_hold_nothing(cells: Path) -> None:
    written.voc_note(cells / "Annotations" / "b.xml", [], size=None)
    result = sound(voc.detection(SHAPE, cells), "object-detection")
    assert (result.labels[1, :, 0] == -1).all()


def test_validation_as_a_share_has_every_class(tmp_path: Path) -> None:
    written.voc(tmp_path, {"train": [f"{n}" for n in range(20)], "test": ["t"]}, BOXES[:1])
    for name in ("3", "7", "t"):
        written.voc_note(tmp_path / "Annotations" / f"{name}.xml", BOXES)
    result = sound(voc.detection(SHAPE, tmp_path, validation=0.1), "object-detection")
    assert counts(result) == [17, 3, 1]


def test_class_maps(cells: Path) -> None:
    for name in "abcdef":
        written.numbers(cells / "SegmentationClass" / f"{name}.png", np.tile([0, 1, 255, 0], (6, 2)))
    for part, names in LISTS.items():
        written.lines(cells / "ImageSets" / "Segmentation" / f"{part}.txt", names)
    result = sound(voc.segmentation(SHAPE, cells, ["background", "cell"]), "semantic-segmentation")
    assert result.labels[0, 0].tolist() == [0, 1, -1, 0] * 2
    assert counts(result) == [3, 1, 2]


def broken(folder: Path) -> None:
    (folder / "Annotations" / "b.xml").write_text("<annotation><object>")


def nameless(folder: Path) -> None:
    written.voc_note(folder / "Annotations" / "b.xml", [], extra="<object><bndbox/></object>")


def no_number(folder: Path) -> None:
    written.voc_note(folder / "Annotations" / "b.xml", [("rbc", float("nan"), 1, 2, 3)])


def unknown(folder: Path) -> None:
    written.voc_note(folder / "Annotations" / "b.xml", [("rcb", 1, 1, 2, 3)])


def other_size(folder: Path) -> None:
    written.voc_note(folder / "Annotations" / "b.xml", [], size=(6, 8))


def no_annotations(folder: Path) -> None:
    (folder / "Annotations" / "b.xml").unlink()


def no_picture(folder: Path) -> None:
    (folder / "JPEGImages" / "b.jpg").unlink()


def twice(folder: Path) -> None:
    written.lines(folder / "ImageSets" / "Main" / "val.txt", ["d", "b"])


def nothing_listed(folder: Path) -> None:
    written.lines(folder / "ImageSets" / "Main" / "val.txt", [])


def no_list(folder: Path) -> None:
    (folder / "ImageSets" / "Main" / "val.txt").unlink()


def no_text(folder: Path) -> None:
    (folder / "ImageSets" / "Main" / "val.txt").write_bytes(b"\xff\xfe")


def outside(folder: Path) -> None:
    written.lines(folder / "ImageSets" / "Main" / "val.txt", ["../../d"])


@pytest.mark.parametrize(
    ("damage", "fields"),
    [
        (broken, {"place": "b.xml", "expected": "valid XML"}),
        (nameless, {"place": "b.xml", "expected": "<name>"}),
        (no_number, {"place": "b.xml: <bndbox/xmin>", "expected": "a number", "got": "'nan'"}),
        (unknown, {"place": "b.xml", "expected": "a class", "got": "'rcb'", "fix": "'rbc'"}),
        (other_size, {"place": "b.xml", "expected": "6 x 8", "got": "8 x 6"}),
        (no_annotations, {"place": "b.xml", "got": "No such file"}),
        (no_picture, {"place": "JPEGImages/b.jpg", "expected": "an image", "got": "no such file"}),
        (twice, {"place": "Main", "got": "'b' 2 times in train, val, test"}),
        (nothing_listed, {"place": "val.txt", "expected": "names of images", "got": "none"}),
        (no_list, {"place": "val.txt", "got": "nothing"}),
        (no_text, {"place": "val.txt", "expected": "UTF-8", "got": "byte 0"}),
        (outside, {"got": "'../../d.xml'"}),
    ],
)
def test_a_damaged_folder_is_named(cells: Path, damage: Callable[[Path], None], fields: dict[str, str]) -> None:
    damage(cells)
    with refused(**fields):
        voc.detection(SHAPE, cells, classes=["rbc", "wbc"])
