"""Data in files from an entry to a record: what they hold is part of the key, where they lie is not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.cli.progress import Lines
from harness.data import locations
from harness.errors import BoardError
from harness.sweep.forecast import rows
from harness.sweep.plan import Plan
from harness.sweep.run import make_plan
from harness.sweep.trials import resolve
from tests.boards import TINY, pretune, tiny_board
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


def add(board: Board, kind: str, name: str, source: str, files: str, more: str = "") -> None:
    """An entry on files; a task is of image classification."""
    text = FLOWERS.format(name=name, source=source, files=files, more=more)
    (board.registry / kind / f"{name}.toml").write_text(text)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The suite `tiny` on a folder of flowers, as task and, without the test part, as corpus."""
    monkeypatch.delenv("PRETUNE_DATA", raising=False)
    board = tiny_board(tmp_path / "board")
    for part, count in (("train", 30), ("test", 6)):
        written.classes(board.root / "data" / "flowers" / part, {"aster": count, "rose": count})
    add(board, "tasks", "flowers", "task", "flowers", 'kind = "image-classification"')
    add(board, "corpora", "flowers-unlabelled", "corpus", "flowers/train", 'excludes = ["flowers"]')
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text().replace("digits-unlabelled", "flowers-unlabelled").replace('"digits"', '"flowers"')
    suite.write_text(text)
    return board


def use_archive(board: Board, name: str) -> None:
    """The flowers of both entries out of one archive."""
    written.archive(board.root / "data" / name, board.root / "data" / "flowers")
    add(board, "tasks", "flowers", "task", name, 'kind = "image-classification"')
    more = 'args = { train = "train" }\nexcludes = ["flowers"]'
    add(board, "corpora", "flowers-unlabelled", "corpus", name, more)


def keys(board: Board) -> set[str]:
    return set(resolve(board.catalog.suite("tiny"), board.catalog, board.fingerprint))


def scores(board: Board) -> dict[str, str]:
    """What each trial of a small part of the suite came to, by its key."""
    board = open_board(board.root, results=board.results, cache=board.cache)
    before = board.store.keys()
    assert set(board.sweep("tiny", only="protocol=knn", seeds=1, workers=2)) == {"done"}
    return {r.key: f"{r.kind} {r.cell} {r.metrics}" for r in board.store.all() if r.key not in before}


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


def test_a_plan_says_which_files_are_not_there(board: Board) -> None:
    assert pretune("plan", "tiny", board=board).stderr.strip().endswith("their cost is not known")
    (board.root / "data").rename(board.root / "elsewhere")
    said = pretune("plan", "tiny", board=board)
    assert said.returncode == 0
    assert said.stderr.startswith("nothing to run\n")
    for name, files in (("corpus flowers-unlabelled", "data/flowers/train"), ("task flowers", "data/flowers")):
        assert f"pretune: {name}: {board.root / files}: expected a file or folder, got nothing" in said.stderr
    assert said.stderr.count("; its trials are skipped\n") == 2
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    assert {(row["status"], row["why"]) for row in rows} == {
        ("skipped", "cannot read corpus flowers-unlabelled, task flowers")
    }
    explained = pretune("why", rows[0]["trial"], board=board).stdout
    assert (
        f"cannot read task flowers: {board.root / 'data' / 'flowers'}: expected a file or folder, got nothing"
        in explained
    )


def appear(folder: Path) -> None:
    written.image(folder / "rose" / "more.png")


def change(folder: Path) -> None:
    written.image(folder / "rose" / "000.png", seed=1)


def vanish(folder: Path) -> None:
    (folder / "rose" / "000.png").unlink()


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("happens", [appear, change, vanish])
def test_what_they_hold_is_part_of_the_keys(board: Board, happens: Callable[[Path], None], part: str) -> None:
    before = keys(board)
    happens(board.root / "data" / "flowers" / part)
    assert not keys(board) & before  # a task's test part is part of the corpus that leaves it out


@pytest.mark.parametrize("happens", [appear, change, vanish])
def test_what_an_archive_holds_is_part_of_the_keys(board: Board, happens: Callable[[Path], None]) -> None:
    data = board.root / "data"
    use_archive(board, "flowers.zip")
    before = keys(board)
    happens(data / "flowers" / "test")
    assert keys(board) == before
    written.archive(data / "flowers.zip", data / "flowers")
    assert not keys(board) & before


def test_an_archive_comes_to_what_its_folder_comes_to(board: Board) -> None:
    folder = scores(board)
    use_archive(board, "flowers.tar.gz")
    packed = scores(board)
    assert len(folder) == len(packed) == 4
    assert not folder.keys() & packed.keys()
    assert sorted(folder.values()) == sorted(packed.values())
    (unpacked,) = (path for path in (board.cache / "unpacked").iterdir() if path.is_dir())
    assert unpacked.name == board.fingerprint("flowers.tar.gz")


def test_a_plan_unpacks_nothing(board: Board) -> None:
    use_archive(board, "flowers.zip")
    assert set(make_plan(board, board.catalog.suite("tiny")).counts()) == {"pending"}
    assert not (board.cache / "unpacked").exists()


PARTLY = """
[arms]
scratch = { objective = "scratch", corpus = "digits-unlabelled" }
simclr = { objective = "simclr", corpus = "digits-unlabelled" }
flowers = { objective = "simclr", corpus = "flowers-unlabelled" }

[adaptations]
digits = { task = "digits", protocol = "knn", shots = 5 }
flowers = { task = "flowers", protocol = "knn", shots = 5 }

[[matrix]]
models = ["net"]
arms = ["scratch", "flowers"]
adaptations = ["digits"]

[[matrix]]
models = ["net"]
arms = ["scratch", "simclr"]
adaptations = ["flowers"]
"""
"""Digits from scratch need no flowers; of the rest each needs them as its corpus or as its task, and the pretraining
`simclr` on digits is for flowers alone."""


@pytest.fixture
def partly(board: Board) -> Board:
    """The board, with a suite of which a part needs the flowers."""
    (board.registry / "suites" / "tiny.toml").write_text(TINY.partition("[arms]")[0] + PARTLY)
    return board


def test_a_sweep_leaves_out_what_lacks_its_data_and_runs_the_rest(partly: Board) -> None:
    (partly.root / "data").rename(partly.root / "elsewhere")
    plan = make_plan(partly, partly.catalog.suite("tiny"), seeds=1)
    assert plan.counts() == {"pending": 2, "skipped": 5}
    said = pretune("sweep", "tiny", "--seeds", "1", "--workers", "2", board=partly)
    assert said.returncode == 1, said.stderr
    for name, files in (("corpus flowers-unlabelled", "data/flowers/train"), ("task flowers", "data/flowers")):
        told = f"pretune: {name}: {partly.root / files}: expected a file or folder, got nothing"
        assert said.stderr.count(told) == 1
    assert "7 trials: 0 done, 2 to run, 5 left out for lack of data" in said.stderr
    assert "2 done, 0 failed, 0 blocked, 0 not run, 5 left out for lack of data; " in said.stderr.splitlines()[-1]
    assert [record.status for record in partly.store.all()] == ["ok", "ok"]
    again = pretune("sweep", "tiny", "--seeds", "1", board=partly)
    assert (again.returncode, again.stderr.count("2 done")) == (1, 2)
    (partly.root / "elsewhere").rename(partly.root / "data")
    assert open_board(partly.root, results=partly.results, cache=partly.cache).sweep("tiny", seeds=1) == {"done": 7}


def test_what_is_said_of_absent_data_is_of_the_trials_that_are_asked_for(partly: Board) -> None:
    (partly.root / "data").rename(partly.root / "elsewhere")
    entry = partly.catalog.suite("tiny")
    assert make_plan(partly, entry, "task=digits,objective=scratch").unreadable() == {}
    assert make_plan(partly, entry, "arm=flowers").unreadable().keys() == {"corpus flowers-unlabelled", "task flowers"}
    assert make_plan(partly, entry, "arm=simclr").unreadable().keys() == {"task flowers"}
    reasons = {row["objective"]: row["why"] for row in rows(make_plan(partly, entry, "arm=simclr"), partly.store)}
    assert reasons == {"simclr": "cannot read task flowers"}


def test_where_nothing_can_run_it_is_bad_input(board: Board) -> None:
    train = board.root / "data" / "flowers" / "train"
    train.rename(board.root / "elsewhere")
    said = pretune("sweep", "tiny", "--only", "protocol=knn", "--seeds", "1", board=board)
    assert said.returncode == 2
    assert "pretune: no trial of 'tiny' can run without its data\n" in said.stderr
    assert said.stderr.count(f"corpus flowers-unlabelled: {train}: expected a file or folder, got nothing") == 1
    assert not board.results.exists()
    with pytest.raises(BoardError, match="corpus flowers-unlabelled"):
        board.sweep("tiny")
    (board.root / "elsewhere").rename(train)
    assert set(board.sweep("tiny", only="protocol=knn", seeds=1)) == {"done"}


class Vanishing(Lines):
    """Takes the data away when the trials are planned and none has begun."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def begin(self, plan: Plan) -> None:
        super().begin(plan)
        self.data.rename(self.data.with_name("elsewhere"))


def test_what_vanishes_during_a_sweep_is_recorded(board: Board) -> None:
    data = board.root / "data"
    written.image(data / "flowers" / "train" / "rose" / "of-no-other-test.png", seed=2)  # so that no cache has them
    counts = board.sweep("tiny", only="protocol=knn", seeds=1, progress=Vanishing(data))
    assert set(counts) == {"failed", "blocked"}
    for record in board.store.all():
        assert record.status == "data"
        assert f"{data / 'flowers' / 'train'}" in str(record.message)


def use_mnist(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("flowers", "mnist"))


def test_public_data_that_are_not_there_are_asked_for_and_fetched_where_that_is_allowed(board: Board) -> None:
    use_mnist(board)
    suite = board.catalog.suite("tiny")
    assert set(make_plan(board, suite).counts()) == {"skipped"}
    assert set(make_plan(board, suite, download=True).counts()) == {"pending"}
    said = pretune("sweep", "tiny", board=board)
    assert said.returncode == 2
    place = board.root / "data" / locations.TORCHVISION_FOLDERS["MNIST"]
    assert (
        f"task mnist: {place}: expected a published data set, got nothing. Run `pretune sweep SUITE --download`"
        in said.stderr
    )
    assert not board.results.exists()


def test_public_data_that_are_not_whole_are_said_by_their_trials(board: Board) -> None:
    use_mnist(board)
    written.lines(board.root / "data" / locations.TORCHVISION_FOLDERS["MNIST"] / "train-images-idx3-ubyte", ["torn"])
    assert set(board.sweep("tiny", workers=2)) == {"failed", "blocked"}
    for record in board.store.all():
        assert record.status == "data"
        assert locations.TORCHVISION_FOLDERS["MNIST"] in str(record.message)
        assert "pretune sweep SUITE --download" in str(record.message)


def test_sources_are_given_what_their_entries_ask_for(board: Board) -> None:
    given = board.sources(download=True)
    assert given["tasks/flowers"] == {"folder": str(board.root / "data" / "flowers"), "note": None}
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


def test_a_board_on_files_knows_which_records_are_stale(board: Board) -> None:
    train = board.root / "data" / "flowers" / "train"
    board.sweep("tiny", only="protocol=knn", workers=2)
    assert board.analysis("tiny").stale == 0
    picture = train / "rose" / "000.png"
    before, content = board.frame("tiny")[["score", "lift"]], picture.read_bytes()
    change(train)
    assert board.analysis("tiny").stale == 2
    board.sweep("tiny", only="protocol=knn,objective=scratch", workers=2)
    picture.write_bytes(content)
    assert board.analysis("tiny").stale == 0
    assert board.frame("tiny")[["score", "lift"]].equals(before)


def test_without_its_data_a_board_is_the_same_and_nothing_is_called_stale(board: Board) -> None:
    board.sweep("tiny", only="protocol=knn", workers=2)
    before = board.frame("tiny")[["score", "lift"]]
    shutil.rmtree(board.root / "data")
    assert board.analysis("tiny").stale == 0
    assert board.frame("tiny")[["score", "lift"]].equals(before)


def test_a_sweep_without_its_data_takes_nothing_from_the_board(board: Board) -> None:
    board.sweep("tiny", only="protocol=knn", workers=2)
    before = board.frame("tiny")[["score", "lift", "status"]]
    (board.root / "data").rename(board.root / "elsewhere")
    with pytest.raises(BoardError, match="no trial of 'tiny' can run"):
        board.sweep("tiny", only="protocol=knn", workers=2)
    assert board.frame("tiny")[["score", "lift", "status"]].equals(before)
    (board.root / "elsewhere").rename(board.root / "data")
    assert board.frame("tiny")[["score", "lift", "status"]].equals(before)
