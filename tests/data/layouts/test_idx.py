"""IDX files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.data.layouts import idx
from tests.data import written
from tests.data.errors import refused
from tests.data.layouts.arrays import SHAPE, counts, sound


@pytest.fixture
def arrays(tmp_path: Path) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    files = {
        "train-images-idx3-ubyte": random.integers(0, 256, (60, 6, 8)),
        "train-labels-idx1-ubyte": np.arange(60) % 3,
        "t10k-images-idx3-ubyte.gz": random.integers(0, 256, (9, 6, 8)),
        "t10k-labels-idx1-ubyte.gz": np.arange(9) % 3,
    }
    for name, array in files.items():
        written.idx(tmp_path / name, array)
    return files


def test_files_as_they_are_and_compressed(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    result = sound(idx.task((1, 6, 8), tmp_path), "image-classification", (1, 6, 8))
    assert counts(result) == [54, 6, 9]
    assert result.classes == ["0", "1", "2"]
    assert np.array_equal(result.examples[:60, 0], arrays["train-images-idx3-ubyte"])
    assert np.array_equal(result.labels[60:], arrays["t10k-labels-idx1-ubyte.gz"])


def test_a_corpus_of_one_file(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    result = idx.corpus(SHAPE, tmp_path)
    assert result.examples.shape == (60, *SHAPE)
    assert result.heldout.sum() == 6


def test_colour(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 3, 6, 8))
    written.idx(tmp_path / "colour", array)
    assert np.array_equal(idx.corpus(SHAPE, tmp_path, "colour", 0.2).examples, array)


@pytest.mark.parametrize(
    ("name", "content", "fields"),
    [
        ("train-labels-idx1-ubyte", np.arange(59) % 3, {"expected": "labels for 60 images", "got": "(59,)"}),
        ("train-labels-idx1-ubyte", np.arange(60) % 4, {"place": "", "got": "the label 3", "fix": "args.classes"}),
        ("train-images-idx3-ubyte", np.zeros((60, 8)), {"expected": "(N, H, W)", "got": "(60, 8)"}),
        ("train-images-idx3-ubyte", np.zeros((0, 6, 8)), {"got": "(0, 6, 8)"}),
        ("train-images-idx3-ubyte", b"", {"expected": "an IDX file of uint8"}),
        ("train-images-idx3-ubyte", b"\0\0\x0d\1\0\0\0\1\0\0\0\0", {"expected": "an IDX file of uint8"}),
        ("train-images-idx3-ubyte", b"\0\0\x08\1\0\0\0\5ab", {"expected": "5 values", "got": "2 values"}),
        ("t10k-images-idx3-ubyte.gz", b"not packed", {"expected": "gzip"}),
    ],
)
def test_bad_files_are_named(
    arrays: dict[str, np.ndarray], name: str, content: Any, fields: dict[str, str], tmp_path: Path
) -> None:
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    else:
        written.idx(tmp_path / name, content)
    with refused(**({"place": name} | fields)):
        idx.task(SHAPE, tmp_path, classes=["a", "b", "c"])


def test_a_missing_file_is_named(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with refused(place="t10k-labels-idx1-ubyte", got="nothing"):
        idx.task(SHAPE, tmp_path)
