"""Data in files from an entry to a record: what they hold is part of the key, where they lie is not."""

import shutil
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.data import DataError, published
from harness.sweep.run import make_plan
from harness.sweep.trials import resolve
from tests.boards import tiny_board
from tests.data import written

FLOWERS = """
name = "{name}"
title = "Flowers"
modality = "image"
entry = "harness.data.layouts.image_folder:{source}"
version = 1
source = "flowers"
files = "{files}"
{more}
"""


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The suite `tiny` on a folder of flowers, as task and, without the test part, as corpus."""
    monkeypatch.delenv("PRETUNE_DATA", raising=False)
    board = tiny_board(tmp_path / "board")
    for part, count in (("train", 30), ("test", 6)):
        written.classes(board.root / "data" / "flowers" / part, {"aster": count, "rose": count})
    task = FLOWERS.format(name="flowers", source="task", files="flowers", more='kind = "image-classification"')
    (board.registry / "tasks" / "flowers.toml").write_text(task)
    corpus = FLOWERS.format(
        name="flowers-unlabelled", source="corpus", files="flowers/train", more='excludes = ["flowers"]'
    )
    (board.registry / "corpora" / "flowers-unlabelled.toml").write_text(corpus)
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text().replace("digits-unlabelled", "flowers-unlabelled").replace('"digits"', '"flowers"')
    suite.write_text(text)
    return board


def keys(board: Board) -> set[str]:
    return set(resolve(board.catalog.suite("tiny"), board.catalog, board.fingerprint))


def test_a_folder_of_ones_own_is_swept(board: Board) -> None:
    counts = board.sweep("tiny", workers=2)
    assert set(counts) == {"done"}
    assert board.frame("tiny")["score"].notna().all()
    assert set(make_plan(board, board.catalog.suite("tiny")).counts()) == {"done"}


def test_where_they_lie_is_no_part_of_the_keys(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(board)
    elsewhere = board.root / "elsewhere"
    shutil.copytree(board.root / "data", elsewhere)
    shutil.rmtree(board.root / "data")
    monkeypatch.setenv("PRETUNE_DATA", str(elsewhere))
    assert keys(open_board(board.root)) == before


def test_what_they_hold_is_part_of_the_keys(board: Board) -> None:
    before = keys(board)
    written.image(board.root / "data" / "flowers" / "test" / "rose" / "000.png", seed=1)
    assert not keys(board) & before  # a task's test part is part of the corpus that leaves it out


def test_what_is_missing_is_said_by_the_plan(board: Board) -> None:
    shutil.rmtree(board.root / "data" / "flowers" / "train")
    with pytest.raises(DataError, match="flowers/train: no such file or folder"):
        keys(board)


def test_a_plan_of_public_data_needs_none_and_their_trials_say_what_to_do(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("flowers", "mnist"))
    assert set(make_plan(board, board.catalog.suite("tiny")).counts()) == {"pending"}
    assert set(board.sweep("tiny", workers=2)) == {"failed", "blocked"}
    for record in board.store.all():
        assert record.status == "data"
        assert published.PLACES["MNIST"] in str(record.message)
        assert "pretune sweep SUITE --download" in str(record.message)


def test_sources_are_given_what_their_entries_ask_for(board: Board) -> None:
    given = board.sources(download=True)
    assert given["tasks/flowers"] == {"folder": str(board.root / "data" / "flowers")}
    assert given["tasks/mnist"] == {"folder": str(board.root / "data"), "download": True}
    assert board.sources()["corpora/stl10-unlabelled"]["download"] is False
    assert "tasks/digits" not in given


def test_the_registry_validates_on_what_its_corpora_leave_out(board: Board) -> None:
    catalog = board.catalog
    public = [corpus for corpus in catalog.corpora.values() if corpus.entry == "harness.data.public:corpus"]
    assert public
    for corpus in public:
        (task,) = corpus.excludes
        assert catalog.tasks[task].args == corpus.args
