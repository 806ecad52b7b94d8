"""Real public data, where they are at hand."""

import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from harness.board import open_board
from harness.data.layouts import image_folder, voc
from harness.data.prepared import prepare_corpus, prepare_task
from harness.sweep.trials import resolve
from tests.boards import ROOT
from tests.data import written
from tests.data.layouts.arrays import counts, sound


def real(name: str) -> Path:
    """A file of real public data, where it is at hand."""
    path = written.REAL / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path


def test_blood_cells_in_the_layout_of_voc(tmp_path: Path) -> None:
    with tarfile.open(real("bccd-voc.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    result = sound(voc.detection((3, 30, 40), tmp_path), "object-detection", (3, 30, 40))
    assert result.classes == ["Platelets", "RBC", "WBC"]
    assert counts(result) == [205, 87, 72]
    assert result.facts == {"boxes_without_size_left_out": 2}
    assert (result.labels[:, :, 0] >= 0).sum() == 4888 - 2


def test_characters_named_by_two_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(real("images_background_small1.zip")) as archive:
        archive.extractall(tmp_path, [name for name in archive.namelist() if "/Greek/" in name])
    result = image_folder.corpus((1, 28, 28), tmp_path / "images_background_small1", depth=2)
    assert result.examples.shape == (480, 1, 28, 28)
    assert result.labels is not None
    assert np.bincount(result.labels).tolist() == [20] * 24
    assert 0.02 < (result.examples < 128).mean() < 0.2  # ink on white


def test_photographs_named_by_a_folder(tmp_path: Path) -> None:
    with tarfile.open(real("cifar10-imagefolder.tar.gz")) as archive:
        for member in archive:
            if member.name.startswith("test/") and member.name.endswith("00.jpg"):
                archive.extract(member, tmp_path, filter="data")
    result = image_folder.task((3, 32, 32), tmp_path / "test", train=".", validation=0.2, test=0.2)
    sound(result, "image-classification", (3, 32, 32))
    assert len(result.classes) == 10
    assert counts(result) == [60, 20, 20]


def test_two_archives_that_share_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("images_background_small1.zip", "images_background_small2.zip"):
        monkeypatch.setenv("PRETUNE_DATA", str(real(name).parent))
    board = open_board(ROOT, cache=tmp_path)
    trials = resolve(board.catalog.suite("natural"), board.catalog, board.fingerprint).values()
    pretrainings = [trial for trial in trials if trial.kind == "pretrain"]
    trial = next(trial for trial in pretrainings if trial.cell.pretraining.arm.corpus == "omniglot")
    corpus = trial.corpus | {"excludes": list(trial.excluded)}
    result = prepare_corpus(corpus, tmp_path, board.registry, board.sources())
    assert result.facts["overlap"] == {"omniglot-characters": 500}  # half of the shared images are for testing
    assert result.facts["examples"] == 156 * 20 - 500
    task = prepare_task(trial.excluded[0], tmp_path, board.registry, board.sources())
    assert (len(task.classes), len(task.examples)) == (136, 136 * 20)
    assert len([path for path in (tmp_path / "unpacked").iterdir() if path.is_dir()]) == 2
