"""Data that are bad end their own trials with what to mend, and no others; those that cannot even be hashed are left
out, as absent ones are."""

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
    "truncated": (truncated, "truncated/rose/003.png: cannot be read as an image"),
    "no-image": (no_image, "no-image/rose/003.png: cannot be read as an image"),
    "deep": (deep, "deep/rose/003.png: has more than 8 bits a channel"),
    "outside": (outside, "outside/stray.png: lies in no class's folder"),
    "empty-class": (empty_class, "empty-class/lily: is a class's folder without images"),
    "nothing": (nothing, "nothing: holds no files"),
    "no-file-at-all": (no_file_at_all, "no-file-at-all: holds no files"),
    "unreadable": (unreadable, "unreadable/rose/pipe: neither a file nor a folder"),
    "link-to-nothing": (link_to_nothing, "link-to-nothing/rose/link: cannot be read: No such file"),
}
"""What is done to a sound folder of classes, and what is said of it."""


def two_channels(path: Path) -> None:
    written.idx(path / "images", np.zeros((9, 2, 6, 8)))


def zero_length(path: Path) -> None:
    written.idx(path / "images", np.zeros((0, 6, 8)))


def broken_archive(path: Path) -> None:
    path.write_bytes(b"x")


def absent(path: Path) -> None:
    assert not path.exists()


FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "two-channels": ("two", two_channels, "two/images: is (9, 2, 6, 8), and images are (N, H, W)"),
    "zero-length": ("none", zero_length, "none/images: is (0, 6, 8), and images are (N, H, W)"),
    "broken-archive": ("broken.tar.gz", broken_archive, "broken.tar.gz: cannot be unpacked"),
    "absent": ("absent", absent, "absent: no such file or folder; put the data there"),
}
"""Files that are bad as they come: where they lie, how they come, and what is said of them."""

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


SKIPPED = re.compile(r"^pretune: corpus (\S+): (.*); till then its trials are left out$", re.MULTILINE)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """The suite `tiny` with a sound corpus, one that is bad in each way, and a task whose labels are out of range."""
    board = tiny_board(tmp_path_factory.mktemp("bad"))
    data = board.root / "data"
    for name, (spoil, _) in FOLDERS.items():
        written.classes(data / name, {"aster": 20, "rose": 20})
        spoil(data / name)
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
def said(board: Board) -> dict[str, str]:
    """What is said of each corpus and task that is bad, after a sweep that went on to its end: by records, or of those
    left out by the sweep."""
    done = pretune("sweep", "tiny", "--seeds", "1", "--workers", "2", board=board)
    assert done.returncode == 1, done.stderr
    failed = [record for record in board.store.all() if record.status != "ok"]
    assert {record.status for record in failed} == {"data"}
    left_out = dict(SKIPPED.findall(done.stderr))
    assert left_out.keys() == {"nothing", "no-file-at-all", "unreadable", "link-to-nothing", "absent"}
    return left_out | {getattr(r.cell, "task", r.cell.pretraining.arm.corpus): str(r.message) for r in failed}


def test_every_bad_corpus_and_task_failed_and_nothing_else(board: Board, said: dict[str, str]) -> None:
    assert said.keys() == {*FOLDERS, *FILES, "labels"}
    sound = [(r.kind, getattr(r.cell, "task", None)) for r in board.store.all() if r.status == "ok"]
    assert sorted(sound, key=str) == [("adapt", "digits")] * 2 + [("pretrain", None)] * 2


@pytest.mark.parametrize(("name", "words"), [(n, w) for n, (*_, w) in (FOLDERS | FILES).items()])
def test_what_is_said_names_the_file_and_the_mend(board: Board, said: dict[str, str], name: str, words: str) -> None:
    assert said[name].startswith(str(board.root / "data"))
    assert words in said[name]
    assert re.search(r"; (replace|put|remove|choose|move|add|mend)", said[name])


def test_labels_out_of_range_are_named(board: Board, said: dict[str, str]) -> None:
    folder = board.root / "data" / "labels"
    assert said["labels"] == f"{folder}: has the label 3, and args.classes names 3; name them all"


def test_what_was_mended_runs_and_the_rest_stays_as_it_is(board: Board, said: dict[str, str]) -> None:
    written.image(board.root / "data" / "truncated" / "rose" / "003.png")
    done = pretune("sweep", "tiny", "--seeds", "1", "--workers", "2", board=board)
    assert done.returncode == 1
    mended = [r for r in board.store.all() if r.cell.pretraining.arm.corpus == "truncated"]
    assert [record.status for record in mended if record.status == "ok"] == ["ok", "ok"]
    assert len([record for record in board.store.all() if record.status == "data"]) == len(said) - 5
