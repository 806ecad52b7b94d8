"""The registry's entries for data in files, on small data in the layout that they name."""

from pathlib import Path

import numpy as np

from harness.catalog.loading import resolve
from harness.data import TRAIN, CorpusArrays, TaskArrays
from tests.data import written
from tests.data.layouts.arrays import SHAPE, counts, sound
from tests.models.built import CATALOG


def task(name: str, folder: Path) -> TaskArrays:
    """A task of the registry on other files of its layout."""
    entry = CATALOG.tasks[name]
    result: TaskArrays = resolve(entry.entry, None)(SHAPE, folder=folder, **entry.args)
    return sound(result, entry.kind)


def corpus(name: str, folder: Path) -> CorpusArrays:
    """A corpus of the registry on other files of its layout."""
    entry = CATALOG.corpora[name]
    result: CorpusArrays = resolve(entry.entry, None)(SHAPE, folder=folder, **entry.args)
    return result


def test_cifar10_and_its_corpus(tmp_path: Path) -> None:
    for part, count in (("train", 20), ("test", 3)):
        written.classes(tmp_path / part, dict.fromkeys(("cat", "frog", "ship"), count))
    result = task("cifar10-files", tmp_path)
    assert counts(result) == [54, 6, 9]
    assert result.classes == ["cat", "frog", "ship"]
    unlabelled = corpus("cifar10-files-unlabelled", tmp_path)
    assert np.array_equal(unlabelled.examples, result.examples[result.split == TRAIN])
    assert np.array_equal(unlabelled.labels, result.labels[result.split == TRAIN])


def test_omniglot(tmp_path: Path) -> None:
    for alphabet in ("Greek", "Latin"):
        written.classes(tmp_path / alphabet, {f"character{n:02d}": 20 for n in range(3)})
    assert counts(task("omniglot-characters", tmp_path)) == [30, 30, 60]
    assert corpus("omniglot", tmp_path).classes == 6


def test_blood_cells(tmp_path: Path) -> None:
    boxes = [("WBC", 1, 1, 4, 4), ("RBC", 2, 2, 8, 6)]
    written.voc(tmp_path, {"train": ["a", "b", "c"], "val": ["d"], "test": ["e", "f"]}, boxes)
    result = task("blood-cells", tmp_path)
    assert counts(result) == [3, 1, 2]
    assert result.classes == ["RBC", "WBC"]


def test_penn_fudan(tmp_path: Path) -> None:
    for index in range(20):
        written.image(tmp_path / "PNGImages" / f"FudanPed{index:05d}.png", index)
        objects = np.zeros((6, 8))
        objects[1:5, 1:3], objects[2:6, 4:8] = 1, 2
        written.numbers(tmp_path / "PedMasks" / f"FudanPed{index:05d}_mask.png", objects)
    result = task("penn-fudan", tmp_path)
    assert counts(result) == [12, 3, 5]
    assert result.classes == ["pedestrian"]
    assert result.labels[0].tolist() == [[0, 1, 1, 3, 5], [0, 4, 2, 8, 6]]


def test_coco(tmp_path: Path) -> None:
    boxes = [{"image_id": n, "category_id": c, "bbox": [1, 1, 4, 4]} for n in range(1, 21) for c in (3, 7)]
    (tmp_path / "annotations").mkdir()
    for part in ("train2017", "val2017"):
        written.coco(tmp_path, part, boxes, count=20)
        (tmp_path / f"{part}.json").rename(tmp_path / "annotations" / f"instances_{part}.json")
    assert counts(task("coco-detection", tmp_path)) == [19, 1, 20]
