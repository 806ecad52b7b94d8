"""Bad data fails its own trials only, and the error has a fix. Trials whose data cannot be hashed are skipped."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.board import Board
from tests.boards import TINY, pretune, tiny_board
from tests.data import written

CORPUS = """
name = "{name}"
title = "Bad"
modality = "image"
entry = "harness.data.layouts.{source}"
version = 1
source = "bad"
files = "{files}"
"""
TASK = CORPUS + 'kind = "image-classification"\n'


def truncated(folder: Path) -> None:
    path = folder / "rose" / "003.png"
    path.write_bytes(path.read_bytes()[:-30])


def no_image(folder: Path) -> None:
    (folder / "rose" / "003.png").write_text("roses are red")


def deep(folder: Path) -> None:
    Image.fromarray(np.zeros((6, 8), dtype=np.uint16)).save(folder / "rose" / "003.png")


def outside(folder: Path) -> None:
    written.image(folder / "stray.png")


def empty_class(folder: Path) -> None:
    (folder / "lily").mkdir()


def nothing(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.unlink()


def no_file_at_all(folder: Path) -> None:
    nothing(folder)
    for path in folder.iterdir():
        path.rmdir()


def unreadable(folder: Path) -> None:
    os.mkfifo(folder / "rose" / "pipe")


def link_to_nothing(folder: Path) -> None:
    (folder / "rose" / "link").symlink_to(folder / "lily")


FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (truncated, "truncated/rose/003.png"),
    "no-image": (no_image, "no-image/rose/003.png"),
    "deep": (deep, "deep/rose/003.png"),
    "outside": (outside, "outside/stray.png"),
    "empty-class": (empty_class, "empty-class/lily"),
    "nothing": (nothing, "nothing"),
    "no-file-at-all": (no_file_at_all, "no-file-at-all"),
    "unreadable": (unreadable, "unreadable/rose/pipe"),
    "link-to-nothing": (link_to_nothing, "link-to-nothing/rose/link"),
}
"""How a sound folder of classes is damaged, and the place of the error."""


def two_channels(path: Path) -> None:
    written.idx(path / "images", np.zeros((9, 2, 6, 8)))


def zero_length(path: Path) -> None:
    written.idx(path / "images", np.zeros((0, 6, 8)))


def broken_archive(path: Path) -> None:
    path.write_bytes(b"x")


def absent(path: Path) -> None:
    assert not path.exists()


FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "two-channels": ("two", two_channels, "two/images"),
    "zero-length": ("none", zero_length, "none/images"),
    "broken-archive": ("broken.tar.gz", broken_archive, "broken.tar.gz"),
    "absent": ("absent", absent, "absent"),
}
"""Bad files: their path, how they are written, and the place of the error."""

SUITE = """
[arms]
scratch = {{ objective = "scratch", corpus = "digits-unlabelled" }}
simclr = {{ objective = "simclr", corpus = "digits-unlabelled" }}
{arms}

[adaptations]
knn = {{ task = "digits", protocol = "knn", shots = 5 }}
labels = {{ task = "labels", protocol = "knn", shots = 2 }}

[[matrix]]
models = ["net"]
arms = ["scratch", "simclr", {names}]
adaptations = ["knn"]

[[matrix]]
models = ["net"]
arms = ["scratch"]
adaptations = ["labels"]
"""


SKIPPED = re.compile(r"^pretune: corpus (\S+): (.*); its trials are skipped$", re.MULTILINE)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """The suite `tiny` with a sound corpus, one that is bad in each way, and a task whose labels are out of range."""
    board = tiny_board(tmp_path_factory.mktemp("bad"))
    data = board.root / "data"
    for name, (damage, _) in FOLDERS.items():
        written.classes(data / name, {"aster": 20, "rose": 20})
        damage(data / name)
        entry = CORPUS.format(name=name, source="image_folder:corpus", files=name) + "args = { depth = 1 }\n"
        (board.registry / "corpora" / f"{name}.toml").write_text(entry)
    for name, (files, write, _) in FILES.items():
        write(data / files)
        args = 'args = { images = "images" }\n' if name in ("two-channels", "zero-length") else ""
        entry = CORPUS.format(name=name, source="idx:corpus", files=files) + args
        (board.registry / "corpora" / f"{name}.toml").write_text(entry)
    for part in ("train", "t10k"):
        written.idx(data / "labels" / f"{part}-images-idx3-ubyte", np.arange(40 * 48).reshape(40, 6, 8) % 256)
        written.idx(data / "labels" / f"{part}-labels-idx1-ubyte", np.arange(40) % 4)
    entry = TASK.format(name="labels", source="idx:task", files="labels") + 'args = { classes = ["a", "b", "c"] }\n'
    (board.registry / "tasks" / "labels.toml").write_text(entry)
    names = [*FOLDERS, *FILES]
    arms = "\n".join(f'{name} = {{ objective = "autoencoder", corpus = "{name}" }}' for name in names)
    suite = SUITE.format(arms=arms, names=", ".join(f'"{name}"' for name in names))
    (board.registry / "suites" / "tiny.toml").write_text(TINY.partition("[arms]")[0] + suite)
    return board


@pytest.fixture(scope="module")
def messages(board: Board) -> dict[str, str]:
    """The error of each bad corpus and task after a sweep, from its record or, for skipped trials, from the sweep."""
    done = pretune("sweep", "tiny", "--seeds", "1", "--workers", "2", board=board)
    assert done.returncode == 1, done.stderr
    failed = [record for record in board.store.all() if record.status != "ok"]
    assert {record.status for record in failed} == {"data"}
    skipped = dict(SKIPPED.findall(done.stderr))
    assert skipped.keys() == {"nothing", "no-file-at-all", "unreadable", "link-to-nothing", "absent"}
    return skipped | {getattr(r.cell, "task", r.cell.pretraining.arm.corpus): str(r.message) for r in failed}


def test_every_bad_corpus_and_task_failed_and_nothing_else(board: Board, messages: dict[str, str]) -> None:
    assert messages.keys() == {*FOLDERS, *FILES, "labels"}
    sound = [(r.kind, getattr(r.cell, "task", None)) for r in board.store.all() if r.status == "ok"]
    assert sorted(sound, key=str) == [("adapt", "digits")] * 2 + [("pretrain", None)] * 2


@pytest.mark.parametrize(("name", "place"), [(n, place) for n, (*_, place) in (FOLDERS | FILES).items()])
def test_an_error_has_its_file_and_its_fix(board: Board, messages: dict[str, str], name: str, place: str) -> None:
    path = re.escape(str(board.root / "data" / place))
    assert re.fullmatch(rf"{path}( \(of '{name}'\))?: expected .+, got .+\. [A-Z].+", messages[name], re.DOTALL)


def test_labels_out_of_range_are_named(board: Board, messages: dict[str, str]) -> None:
    folder = board.root / "data" / "labels"
    assert messages["labels"].startswith(str(folder))
    assert "got the label 3" in messages["labels"]


@pytest.mark.heavy
def test_repaired_data_runs_and_the_rest_stays_as_it_is(board: Board, messages: dict[str, str]) -> None:
    written.image(board.root / "data" / "truncated" / "rose" / "003.png")
    done = pretune("sweep", "tiny", "--seeds", "1", "--workers", "2", board=board)
    assert done.returncode == 1
    repaired = [r for r in board.store.all() if r.cell.pretraining.arm.corpus == "truncated"]
    assert [record.status for record in repaired if record.status == "ok"] == ["ok", "ok"]
    assert len([record for record in board.store.all() if record.status == "data"]) == len(messages) - 5
