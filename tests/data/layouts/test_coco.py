"""COCO's layout."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.data.layouts import coco
from tests.data import written
from tests.data.errors import refused
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
    result = sound(coco.detection(SHAPE, pets, **ARGS), "object-detection")
    assert result.classes == ["dog", "cat"]
    assert result.labels[0].tolist() == [[1, 0, 0, 4, 3], [0, 2.5, 1.5, 4.5, 3.5]]
    assert result.labels[2].tolist() == [[1, 6, 4, 8, 6], [0, 1, 1, 3, 3]]
    assert (result.labels[3, :, 0] == -1).all()
    assert result.facts == {"crowds_left_out": 3, "boxes_cut_at_the_edge": 3}
    assert np.array_equal(result.examples[0].transpose(1, 2, 0), np.asarray(Image.open(pets / "train" / "1.png")))


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
        result = [tuple(box) for box in ours.labels[index].tolist() if box[0] >= 0]
        assert sorted(result) == sorted(wanted)


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"images": {}}, {"place": "train.json: images"}),
        ({"images": [{"id": 1}]}, {"place": "train.json: images.0.file_name", "got": "Field required"}),
        ({"categories": []}, {"place": "train.json: annotation 1", "got": "image 1 and category 7"}),
        ({"categories": [{"id": n, "name": "cat"} for n in (3, 7)]}, {"expected": "categories of different names"}),
        ({"annotations": [{"id": 5, **BOXES[0]}] * 2}, {"expected": "annotations", "got": "2 of the id 5"}),
        ({"annotations": [{"id": 5, "image_id": 9, "category_id": 3, "bbox": [0, 0, 1, 1]}]}, {"got": "image 9"}),
        ({"annotations": [{"id": 5, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1]}]}, {"place": "bbox"}),
        (
            {"annotations": [{"id": 5, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1, float("nan")]}]},
            {"place": "bbox.3"},
        ),
        ({"images": [{"id": n, "file_name": "../x.png"} for n in (1, 2, 3)]}, {"place": "train", "got": "'../x.png'"}),
        ({"images": [{"id": n, "file_name": "9.png"} for n in (1, 2, 3)]}, {"place": "9.png", "got": "no such file"}),
        (
            {"images": [{"id": n, "file_name": f"{n}.png", "width": 9, "height": 6} for n in (1, 2, 3)]},
            {"place": "train.json: image 1", "expected": "9 x 6 pixels", "got": "8 x 6 pixels"},
        ),
    ],
)
def test_bad_annotations_are_named(pets: Path, more: dict[str, Any], fields: dict[str, str]) -> None:
    written.coco(pets, "train", BOXES, **more)
    with refused(**fields):
        coco.detection(SHAPE, pets, **ARGS)


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"images": []})])
def test_a_broken_file_is_named(pets: Path, text: str) -> None:
    (pets / "test.json").write_text(text)
    with refused(place="test.json"):
        coco.detection(SHAPE, pets, **ARGS)
