"""COCO's layout."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.data import DataError
from harness.data.layouts import coco
from tests.data import written
from tests.data.layouts.arrays import SHAPE, sound

BOXES = [
    {"image_id": 1, "category_id": 7, "bbox": [0, 0, 4, 3]},
    {"image_id": 1, "category_id": 3, "bbox": [2.5, 1.5, 2, 2]},
    {"image_id": 2, "category_id": 3, "bbox": [0, 0, 8, 6]},
    {"image_id": 3, "category_id": 7, "bbox": [6, 4, 4, 4]},
    {"image_id": 3, "category_id": 3, "bbox": [1, 1, 2, 2]},
    {"image_id": 3, "category_id": 7, "bbox": [1, 1, 5, 5], "iscrowd": 1},
]
ARGS = {part: [f"{part}.json", part] for part in ("train", "validation", "test")}


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for part in ARGS:
        written.coco(tmp_path, part, BOXES)
    return tmp_path


def test_boxes_of_left_top_width_and_height(pets: Path) -> None:
    found = sound(coco.detection(SHAPE, pets, **ARGS), "object-detection")
    assert found.classes == ["dog", "cat"]
    assert found.labels[0].tolist() == [[1, 0, 0, 4, 3], [0, 2.5, 1.5, 4.5, 3.5]]
    assert found.labels[2].tolist() == [[1, 6, 4, 8, 6], [0, 1, 1, 3, 3]]
    assert (found.labels[3, :, 0] == -1).all()
    assert found.facts == {"crowds_left_out": 3, "boxes_cut_at_the_edge": 3}
    assert np.array_equal(found.examples[0].transpose(1, 2, 0), np.asarray(Image.open(pets / "train" / "1.png")))


def test_the_same_boxes_as_torchvision_has(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = pytest.importorskip("faster_coco_eval")
    stand_in: Any = ModuleType("pycocotools.coco")
    stand_in.COCO = evaluation.COCO
    monkeypatch.setitem(sys.modules, "pycocotools", ModuleType("pycocotools"))
    monkeypatch.setitem(sys.modules, "pycocotools.coco", stand_in)
    from torchvision.datasets import CocoDetection

    theirs = CocoDetection(str(pets / "train"), str(pets / "train.json"))
    ours = coco.detection(SHAPE, pets, **ARGS)
    names = {3: 0, 7: 1}
    for index in range(len(theirs)):
        picture, things = theirs[index]
        assert np.array_equal(ours.examples[index].transpose(1, 2, 0), np.asarray(picture))
        boxes = [(names[one["category_id"]], *one["bbox"]) for one in things if not one["iscrowd"]]
        wanted = [(label, x, y, min(x + w, 8), min(y + h, 6)) for label, x, y, w, h in boxes]
        found = [tuple(box) for box in ours.labels[index].tolist() if box[0] >= 0]
        assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"images": {}}, r"train\.json: images: Input should be a valid (list|array)"),
        ({"images": [{"id": 1}]}, r"train\.json: images\.0\.file_name: Field required; mend or replace it"),
        ({"categories": []}, r"annotation 1 is of image 1 and category 7, and one is not there"),
        ({"categories": [{"id": n, "name": "cat"} for n in (3, 7)]}, "two categories have the same name"),
        ({"annotations": [{"id": 5, **BOXES[0]}] * 2}, "2 of the annotations have the id 5"),
        ({"annotations": [{"id": 5, "image_id": 9, "category_id": 3, "bbox": [0, 0, 1, 1]}]}, "of image 9"),
        ({"annotations": [{"id": 5, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1]}]}, "bbox"),
        ({"annotations": [{"id": 5, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1, float("nan")]}]}, "bbox.3"),
        ({"images": [{"id": n, "file_name": "../x.png"} for n in (1, 2, 3)]}, "leads out of this folder"),
        ({"images": [{"id": n, "file_name": "9.png"} for n in (1, 2, 3)]}, r"train/9\.png: no such file"),
        (
            {"images": [{"id": n, "file_name": f"{n}.png", "width": 9, "height": 6} for n in (1, 2, 3)]},
            r"train\.json: image 1: was made for 9 x 6 pixels and its picture has 8 x 6",
        ),
    ],
)
def test_what_is_wrong_is_named(pets: Path, more: dict[str, Any], words: str) -> None:
    written.coco(pets, "train", BOXES, **more)
    with pytest.raises(DataError, match=words):
        coco.detection(SHAPE, pets, **ARGS)


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"images": []})])
def test_a_broken_file_is_named(pets: Path, text: str) -> None:
    (pets / "test.json").write_text(text)
    with pytest.raises(DataError, match=r"test\.json: .*; mend or replace it"):
        coco.detection(SHAPE, pets, **ARGS)
