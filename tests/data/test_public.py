"""Published sets through torchvision's classes, on small files in their real layouts."""

import hashlib
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torchvision

from harness.data import TEST, TRAIN, locations, public, torchvision_sets
from harness.data.rows import digests
from tests.data import written
from tests.data.errors import refused
from tests.data.layouts.arrays import counts, sound

RANDOM = np.random.default_rng(0)
PIXELS = {
    "MNIST": RANDOM.integers(0, 256, (50, 1, 28, 28), dtype=np.uint8),
    "CIFAR10": RANDOM.integers(0, 256, (60, 3, 32, 32), dtype=np.uint8),
    "STL10": RANDOM.integers(0, 256, (50, 3, 96, 96), dtype=np.uint8),
}
PIXELS |= {"FashionMNIST": PIXELS["MNIST"], "CIFAR100": PIXELS["CIFAR10"]}
LABELS = np.arange(60) % 10
SHAPES = {"MNIST": (1, 28, 28), "CIFAR10": (3, 32, 32), "STL10": (3, 96, 96)}
SHAPES |= {"FashionMNIST": SHAPES["MNIST"], "CIFAR100": SHAPES["CIFAR10"]}
TRAINED = {"MNIST": 40, "FashionMNIST": 40, "CIFAR10": 50, "CIFAR100": 50, "STL10": 40}
"""The number of images in the training part; the rest is the test part."""

Patch = pytest.MonkeyPatch


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def write_mnist(root: Path, name: str, patch: Patch) -> None:
    """The four unpacked files, and their sums in the place of the published ones."""
    place, cut = root / name / "raw", TRAINED[name]
    for part, rows in (("train", slice(cut)), ("t10k", slice(cut, 50))):
        written.idx(place / f"{part}-images-idx3-ubyte", PIXELS[name][rows, 0])
        written.idx(place / f"{part}-labels-idx1-ubyte", LABELS[:50][rows])
    patch.setitem(torchvision_sets.UNPACKED_MD5, name, {path.name: md5(path) for path in place.iterdir()})


def write_cifar(root: Path, name: str, patch: Patch) -> None:
    """Pickles as they are in the archive, and their sums in the place of the published ones."""
    kind: Any = getattr(torchvision.datasets, name)
    place, key = root / kind.base_folder, {"CIFAR10": "labels", "CIFAR100": "fine_labels"}[name]
    place.mkdir(parents=True)
    files = [file for file, _ in kind.train_list]
    rows = [np.arange(start, TRAINED[name], len(files)) for start in range(len(files))] + [np.arange(50, 60)]
    for file, taken in zip([*files, kind.test_list[0][0]], rows, strict=True):
        batch = {"data": PIXELS[name][taken].reshape(len(taken), -1), key: LABELS[taken].tolist()}
        (place / file).write_bytes(pickle.dumps(batch))
    (place / kind.meta["filename"]).write_bytes(pickle.dumps({kind.meta["key"]: [f"class {n}" for n in range(10)]}))
    for field in ("train_list", "test_list"):
        patch.setattr(kind, field, [[file, md5(place / file)] for file, _ in getattr(kind, field)])
    patch.setattr(kind, "meta", kind.meta | {"md5": md5(place / kind.meta["filename"])})


def write_stl10(root: Path, name: str, patch: Patch) -> None:
    """Columns first, labels from 1, as the binary files have them."""
    kind = torchvision.datasets.STL10
    place, cut = root / "stl10_binary", TRAINED[name]
    place.mkdir(parents=True)
    for part, rows in (("train", slice(cut)), ("test", slice(cut, 50))):
        (place / f"{part}_X.bin").write_bytes(PIXELS[name][rows].transpose(0, 1, 3, 2).tobytes())
        (place / f"{part}_y.bin").write_bytes((LABELS[:50][rows] + 1).astype(np.uint8).tobytes())
    (place / "unlabeled_X.bin").write_bytes(PIXELS[name][:20].transpose(0, 1, 3, 2).tobytes())
    written.lines(place / "class_names.txt", [f"class {n}" for n in range(10)])
    for field in ("train_list", "test_list"):
        patch.setattr(kind, field, [[file, md5(place / file)] for file, _ in getattr(kind, field)])


WRITE: dict[str, Callable[[Path, str, Patch], None]] = {
    "MNIST": write_mnist,
    "FashionMNIST": write_mnist,
    "CIFAR10": write_cifar,
    "CIFAR100": write_cifar,
    "STL10": write_stl10,
}
every_set = pytest.mark.parametrize("name", WRITE)


def in_files(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The pixels and labels in the order of the files."""
    cut, count = TRAINED[name], len(PIXELS[name])
    order = np.arange(count)
    if name == "CIFAR10":
        order[:cut] = np.concatenate([np.arange(start, cut, 5) for start in range(5)])
    return PIXELS[name][order], LABELS[order]


@every_set
def test_a_set_comes_with_its_pixels_labels_and_test_part(name: str, tmp_path: Path, monkeypatch: Patch) -> None:
    WRITE[name](tmp_path, name, monkeypatch)
    result = public.classification(SHAPES[name], tmp_path, False, name, validation=0.25)
    sound(result, "image-classification", SHAPES[name])
    pixels, labels = in_files(name)
    assert np.array_equal(result.examples, pixels)
    assert np.array_equal(result.labels, labels)
    cut = TRAINED[name]
    assert counts(result) == [cut - 10, 10, len(pixels) - cut]
    assert (result.split[cut:] == TEST).all()
    assert result.classes[3] == {"MNIST": "3", "FashionMNIST": "Dress"}.get(name, "class 3")


@every_set
@pytest.mark.parametrize("shape", [(1, 14, 14), (3, 20, 24)])
def test_a_set_comes_in_the_shape_of_the_suite(
    name: str, shape: tuple[int, int, int], tmp_path: Path, monkeypatch: Patch
) -> None:
    WRITE[name](tmp_path, name, monkeypatch)
    result = sound(public.classification(shape, tmp_path, False, name), "image-classification", shape)
    ours, theirs = (images.mean(axis=(1, 2, 3)) for images in (result.examples.astype(float), in_files(name)[0]))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.8


@pytest.mark.parametrize("name", [name for name in WRITE if name != "STL10"])
def test_a_corpus_has_the_training_part_of_its_task(name: str, tmp_path: Path, monkeypatch: Patch) -> None:
    WRITE[name](tmp_path, name, monkeypatch)
    task = public.classification(SHAPES[name], tmp_path, False, name, validation=0.25)
    result = public.corpus(SHAPES[name], tmp_path, False, name, validation=0.25)
    assert np.array_equal(digests(result.examples), digests(task.examples[task.split == TRAIN]))
    assert np.array_equal(result.labels, task.labels[task.split == TRAIN])  # type: ignore[arg-type]
    assert result.classes == 10
    assert 0 < result.heldout.sum() < len(result.examples) / 2


def test_the_unlabelled_part_of_stl10_is_a_corpus(tmp_path: Path, monkeypatch: Patch) -> None:
    write_stl10(tmp_path, "STL10", monkeypatch)
    result = public.stl10_unlabelled((3, 96, 96), tmp_path, False)
    assert np.array_equal(result.examples, PIXELS["STL10"][:20])
    assert result.labels is None
    assert result.heldout.sum() == 2


@every_set
def test_a_missing_set_is_named_with_its_fix(name: str, tmp_path: Path) -> None:
    folder, fix = locations.TORCHVISION_FOLDERS[name], "`pretune sweep SUITE --download`"
    with refused(place=folder, expected=f"{name} as published", fix=fix):
        public.classification(SHAPES[name], tmp_path, False, name)


@every_set
def test_a_changed_set_is_refused(name: str, tmp_path: Path, monkeypatch: Patch) -> None:
    WRITE[name](tmp_path, name, monkeypatch)
    file = next(
        path for path in sorted((tmp_path / locations.TORCHVISION_FOLDERS[name]).iterdir()) if "t" in path.name[:2]
    )
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with refused(place=locations.TORCHVISION_FOLDERS[name], expected=f"{name} as published"):
        public.classification(SHAPES[name], tmp_path, False, name)


def test_nothing_is_fetched_unless_it_is_allowed(tmp_path: Path, monkeypatch: Patch) -> None:
    fetched: list[str] = []

    def fetch(dataset: Any) -> None:
        fetched.append("MNIST")
        write_mnist(tmp_path, "MNIST", monkeypatch)

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", fetch)
    with refused():
        public.classification((1, 28, 28), tmp_path, False, "MNIST")
    assert fetched == []
    public.classification((1, 28, 28), tmp_path, True, "MNIST")
    public.corpus((1, 28, 28), tmp_path, True, "MNIST")
    assert fetched == ["MNIST"]  # complete files are not downloaded again


def test_a_failed_download_is_an_error(tmp_path: Path, monkeypatch: Patch) -> None:
    def fail(dataset: Any) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(torchvision.datasets.CIFAR10, "download", fail)
    with refused(got="Network is unreachable", fix="network"):
        public.classification((3, 32, 32), tmp_path, True, "CIFAR10")


@pytest.mark.parametrize("function", [public.classification, public.corpus])
def test_an_unknown_set_is_named(function: Callable[..., object], tmp_path: Path) -> None:
    with refused(place="args.dataset", expected="CIFAR100", got="'CIFAR'", fix="'CIFAR10'"):
        function((3, 32, 32), tmp_path, False, "CIFAR")


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: Patch) -> Iterator[Path]:
    """Two breeds, ten pictures of each for training and four for testing."""
    place = tmp_path / "oxford-iiit-pet"
    for part, numbers in (("trainval", range(10)), ("test", range(10, 14))):
        names = [(f"{breed}_{n}", label) for label, breed in enumerate(("Maine_Coon", "beagle"), 1) for n in numbers]
        for name, label in names:
            written.image(place / "images" / f"{name}.jpg", label * 100 + len(name), (12, 6))
            written.numbers(place / "annotations" / "trimaps" / f"{name}.png", np.tile([2, 3, 1, 1], (6, 3)))
        lines = [f"{name} {label} {label} 1" for name, label in names]
        written.lines(place / "annotations" / f"{part}.txt", lines)
        monkeypatch.setitem(torchvision_sets.COUNTS, ("OxfordIIITPet", part), len(names))
    return tmp_path


def test_pets_by_breed(pets: Path) -> None:
    result = sound(public.pet_classification((3, 6, 6), pets, False), "image-classification", (3, 6, 6))
    assert result.classes == ["Maine Coon", "Beagle"]
    assert counts(result) == [18, 2, 8]


def test_pets_by_outline(pets: Path) -> None:
    result = sound(public.pet_segmentation((3, 6, 12), pets, False), "semantic-segmentation", (3, 6, 12))
    assert result.classes == ["background", "pet"]
    assert result.labels[0, 0, :4].tolist() == [0, -1, 1, 1]
    assert counts(result) == [18, 2, 8]


@pytest.fixture
def pascal(tmp_path: Path, monkeypatch: Patch) -> Path:
    """Pascal VOC 2012 and 2007 of a few pictures, each with an object of every class."""
    boxes = [(name, 1 + n % 7, 1, 2 + n % 7, 6) for n, name in enumerate(public.VOC_CLASSES)]
    for year, sizes in (("2012", {"train": 6, "val": 4}), ("2007", {"train": 3, "val": 2, "test": 4})):
        place = tmp_path / "VOCdevkit" / f"VOC{year}"
        names = {part: [f"{year}_{part}_{n}" for n in range(count)] for part, count in sizes.items()}
        written.voc(place, names, boxes)
        written.voc(place, names, boxes, "Segmentation")
        for part, count in sizes.items():
            for name in names[part]:
                values = np.resize([*range(21), 255], (6, 8))
                written.numbers(place / "SegmentationClass" / f"{name}.png", values)
            monkeypatch.setitem(torchvision_sets.COUNTS, ("VOCDetection", year, part), count)
            monkeypatch.setitem(torchvision_sets.COUNTS, ("VOCSegmentation", year, part), count)
    return tmp_path


@pytest.mark.parametrize(("year", "wanted"), [("2012", [5, 1, 4]), ("2007", [3, 2, 4])])
def test_pascal_by_boxes(pascal: Path, year: str, wanted: list[int]) -> None:
    result = sound(public.voc_detection((3, 6, 8), pascal, False, year), "object-detection", (3, 6, 8))
    assert counts(result) == wanted
    assert result.labels[0, 8].tolist() == [public.VOC_CLASSES.index("chair"), 1, 0, 3, 6]


@pytest.mark.parametrize(("year", "wanted"), [("2012", [5, 1, 4]), ("2007", [3, 2, 4])])
def test_pascal_by_class_maps(pascal: Path, year: str, wanted: list[int]) -> None:
    result = sound(public.voc_segmentation((3, 6, 8), pascal, False, year), "semantic-segmentation", (3, 6, 8))
    assert counts(result) == wanted
    assert result.classes[0] == "background"
    assert result.labels[0].ravel()[:23].tolist() == [*range(21), -1, 0]


def test_an_unknown_year_is_named(tmp_path: Path) -> None:
    with refused(place="args.year", got="'2013'", fix="'2012'"):
        public.voc_detection((3, 6, 8), tmp_path, False, "2013")


@pytest.mark.parametrize("source", [public.pet_classification, public.pet_segmentation])
def test_half_a_set_is_refused(pets: Path, source: Callable[..., object], monkeypatch: Patch) -> None:
    monkeypatch.setitem(torchvision_sets.COUNTS, ("OxfordIIITPet", "test"), 9)
    with refused(place="oxford-iiit-pet", got="8 of 9 examples in 'test'", fix="--download"):
        source((3, 6, 6), pets, False)


def test_torchvision_still_means_the_releases_that_the_recipes_were_written_for() -> None:
    """A set is known by its name and its recipe's version: of another release the version has to be raised."""
    sets: Any = torchvision.datasets
    assert sets.CIFAR10.tgz_md5 == "c58f30108f718f92721af3b95e74349a"
    assert sets.CIFAR100.tgz_md5 == "eb9058c3a382ffc7106e4002c42a8d85"
    assert sets.STL10.tgz_md5 == "91f7769df0f17e558f3565bffb0c7dfb"
    assert [md5 for _, md5 in sets.MNIST.resources] == [
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ]
    assert [md5 for _, md5 in sets.FashionMNIST.resources] == [
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ]
    assert [md5 for _, md5 in sets.OxfordIIITPet._RESOURCES] == [
        "5c4f3ee8e5d25df40f4fd59a7f44e54c",
        "95a8c909bbe2e81eed6a22bccdf3f68f",
    ]
    years = sets.voc.DATASET_YEAR_DICT
    assert [years[year]["md5"] for year in ("2007", "2007-test", "2012")] == [
        "c52e279531787c972589f7e41ab4ae64",
        "b6e924de25625d8de591ea690078ad9f",
        "6cd6e144f989b92b3379bac3b3de84fd",
    ]
