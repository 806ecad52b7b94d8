"""Scenes of real digits: labels are exact, and no two parts share a digit."""

import numpy as np
import pytest

from harness.data import PARTS, TEST, TRAIN, digits, scenes
from harness.data.scenes import rendered

SIZE, COUNT = (48, 48), 100
SMALL = (100, 100, 100)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_part_shows_its_own_digits_only(part: int) -> None:
    split, labels = digits.task((1, 8, 8)).split, digits.task((1, 8, 8)).labels
    result = rendered(part, COUNT, SIZE)
    real = result.shown >= 0
    assert set(split[result.shown[real]]) == {part}
    assert np.array_equal(labels[result.shown[real]], result.boxes[real][:, 0].astype(int))
    assert np.array_equal(real, result.boxes[..., 0] >= 0)


def test_every_scene_has_digits_and_some_have_many() -> None:
    count = (rendered(TRAIN, COUNT, SIZE).boxes[..., 0] >= 0).sum(1)
    assert count.min() >= 1
    assert count.max() >= 4


def test_boxes_are_tight_on_the_pixels_of_their_class() -> None:
    result = rendered(TEST, COUNT, SIZE)
    alone = 0
    for boxes, mask in zip(result.boxes, result.masks, strict=True):
        real = boxes[boxes[:, 0] >= 0]
        assert set(np.unique(mask)) == {0, *(real[:, 0].astype(int) + 1)}
        for label in np.unique(real[:, 0]):
            if (real[:, 0] == label).sum() == 1:
                rows, columns = np.nonzero(mask == label + 1)
                (box,) = real[real[:, 0] == label]
                assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == box[1:].tolist()
                alone += 1
    assert alone > COUNT


def test_the_same_scenes_come_again_and_fewer_are_the_first_of_more() -> None:
    one, same, fewer = rendered(TRAIN, 120, SIZE), rendered(TRAIN, 120, SIZE), rendered(TRAIN, 30, SIZE)
    for name in ("images", "boxes", "masks", "shown"):
        assert np.array_equal(getattr(one, name), getattr(same, name))
        assert np.array_equal(getattr(one, name)[:30], getattr(fewer, name))


def test_both_tasks_are_of_the_same_scenes() -> None:
    boxes, maps = scenes.detection((3, *SIZE), SMALL), scenes.segmentation((3, *SIZE), SMALL)
    assert np.array_equal(boxes.examples, maps.examples)
    assert boxes.examples.shape == (300, 3, *SIZE)
    assert maps.classes == ["background", *boxes.classes]
    assert len(np.unique(boxes.groups)) == 300
