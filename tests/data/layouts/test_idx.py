"""IDX files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.data import DataError
from harness.data.layouts import idx
from tests.data import written
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
    found = sound(idx.task((1, 6, 8), tmp_path), "image-classification", (1, 6, 8))
    assert counts(found) == [54, 6, 9]
    assert found.classes == ["0", "1", "2"]
    assert np.array_equal(found.examples[:60, 0], arrays["train-images-idx3-ubyte"])
    assert np.array_equal(found.labels[60:], arrays["t10k-labels-idx1-ubyte.gz"])


def test_a_corpus_of_one_file(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    found = idx.corpus(SHAPE, tmp_path)
    assert found.examples.shape == (60, *SHAPE)
    assert found.heldout.sum() == 6


def test_colour(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 3, 6, 8))
    written.idx(tmp_path / "colour", array)
    assert np.array_equal(idx.corpus(SHAPE, tmp_path, "colour", 0.2).examples, array)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-labels-idx1-ubyte", np.arange(59) % 3, r"train-labels.*: holds labels \(59,\) for 60 images"),
        ("train-labels-idx1-ubyte", np.arange(60) % 4, r"has the label 3, and args\.classes names 3"),
        ("train-images-idx3-ubyte", np.zeros((60, 8)), r"is \(60, 8\), and images are \(N, H, W\)"),
        ("train-images-idx3-ubyte", np.zeros((0, 6, 8)), r"is \(0, 6, 8\)"),
        ("train-images-idx3-ubyte", b"", "not an IDX file of bytes"),
        ("train-images-idx3-ubyte", b"\0\0\x0d\1\0\0\0\1\0\0\0\0", "not an IDX file of bytes"),
        ("train-images-idx3-ubyte", b"\0\0\x08\1\0\0\0\5ab", "holds 2 values, and its head says 5"),
        ("t10k-images-idx3-ubyte.gz", b"not packed", r"t10k-images-idx3-ubyte\.gz: cannot be unpacked"),
    ],
)
def test_what_is_wrong_is_named(
    arrays: dict[str, np.ndarray], name: str, content: Any, words: str, tmp_path: Path
) -> None:
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    else:
        written.idx(tmp_path / name, content)
    with pytest.raises(DataError, match=words):
        idx.task(SHAPE, tmp_path, classes=["a", "b", "c"])


def test_a_missing_file_is_named(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte: no such file or folder"):
        idx.task(SHAPE, tmp_path)
