"""Data in files from an entry to a record: their content is part of the key, their path is not."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.data import locations
from harness.errors import BoardError
from harness.store.record import Outcome
from harness.sweep.forecast import rows
from harness.sweep.plan import Plan
from harness.sweep.run import make_plan
from harness.sweep.trials import resolve
from harness.trial import Trial
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
    """The metrics of each trial of a small part of the suite, by its key."""
    board = open_board(board.root, results=board.results, cache=board.cache)
    before = board.store.keys()
    assert set(board.sweep("tiny", only="protocol=knn", seeds=1, workers=2)) == {"done"}
    return {r.key: f"{r.kind} {r.cell} {r.metrics}" for r in board.store.all() if r.key not in before}


def test_a_folder_of_ones_own_is_swept(board: Board) -> None:
    only = "protocol=knn"
    assert set(board.sweep("tiny", only=only, workers=2)) == {"done"}
    frame = board.frame("tiny")
    assert frame[frame["protocol"] == "knn"]["score"].notna().all()
    assert set(make_plan(board, board.catalog.suite("tiny"), only).counts()) == {"done"}


def test_paths_are_no_part_of_the_keys(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(board)
    elsewhere = board.root / "elsewhere"
    shutil.copytree(board.root / "data", elsewhere)
    shutil.rmtree(board.root / "data")
    monkeypatch.setenv("PRETUNE_DATA", str(elsewhere))
    assert keys(open_board(board.root)) == before


def test_a_plan_names_missing_files(board: Board) -> None:
    assert pretune("plan", "tiny", board=board).stderr.startswith("18 trials")
    (board.root / "data").rename(board.root / "elsewhere")
    said = pretune("plan", "tiny", board=board)
    assert said.returncode == 0
    for name, files in (("corpus flowers-unlabelled", "data/flowers/train"), ("task flowers", "data/flowers")):
        assert said.stderr.count(f"pretune: {name}: {board.root / files}: ") == 1
    rows = json.loads(pretune("plan", "tiny", "--format", "json", board=board).stdout)
    assert {(row["status"], row["why"]) for row in rows} == {
        ("skipped", "cannot read corpus flowers-unlabelled, task flowers")
    }
    explained = pretune("why", rows[0]["trial"], board=board).stdout
    assert f"task flowers: {board.root / 'data' / 'flowers'}: " in explained


def appear(folder: Path) -> None:
    written.image(folder / "rose" / "more.png")


def change(folder: Path) -> None:
    written.image(folder / "rose" / "000.png", seed=1)


def vanish(folder: Path) -> None:
    (folder / "rose" / "000.png").unlink()


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("happens", [appear, change, vanish])
def test_content_is_part_of_the_keys(board: Board, happens: Callable[[Path], None], part: str) -> None:
    before = keys(board)
    happens(board.root / "data" / "flowers" / part)
    assert not keys(board) & before  # the test part counts for the corpus that excludes it


@pytest.mark.parametrize("happens", [appear, change, vanish])
def test_the_content_of_an_archive_is_part_of_the_keys(board: Board, happens: Callable[[Path], None]) -> None:
    data = board.root / "data"
    use_archive(board, "flowers.zip")
    before = keys(board)
    happens(data / "flowers" / "test")
    assert keys(board) == before
    written.archive(data / "flowers.zip", data / "flowers")
    assert not keys(board) & before


def test_an_archive_gives_the_metrics_of_its_folder(board: Board) -> None:
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


def test_a_sweep_skips_trials_without_data_and_runs_the_rest(partly: Board) -> None:
    (partly.root / "data").rename(partly.root / "elsewhere")
    plan = make_plan(partly, partly.catalog.suite("tiny"), seeds=1)
    assert plan.counts() == {"pending": 2, "skipped": 5}
    said = pretune("sweep", "tiny", "--seeds", "1", "--workers", "2", board=partly)
    assert said.returncode == 1, said.stderr
    for name, files in (("corpus flowers-unlabelled", "data/flowers/train"), ("task flowers", "data/flowers")):
        assert said.stderr.count(f"pretune: {name}: {partly.root / files}: ") == 1
    assert re.match("2 done, 0 failed, 0 blocked, 0 not run, 5 skipped", said.stderr.splitlines()[-1])
    assert [record.status for record in partly.store.all()] == ["ok", "ok"]
    again = pretune("sweep", "tiny", "--seeds", "1", board=partly)
    assert (again.returncode, again.stderr.count("2 done")) == (1, 2)
    (partly.root / "elsewhere").rename(partly.root / "data")
    assert open_board(partly.root, results=partly.results, cache=partly.cache).sweep("tiny", seeds=1) == {"done": 7}


def test_missing_data_are_those_of_the_selected_trials(partly: Board) -> None:
    (partly.root / "data").rename(partly.root / "elsewhere")
    entry = partly.catalog.suite("tiny")
    assert make_plan(partly, entry, "task=digits,objective=scratch").unreadable() == {}
    assert make_plan(partly, entry, "arm=flowers").unreadable().keys() == {"corpus flowers-unlabelled", "task flowers"}
    assert make_plan(partly, entry, "arm=simclr").unreadable().keys() == {"task flowers"}
    reasons = {row["objective"]: row["why"] for row in rows(make_plan(partly, entry, "arm=simclr"))}
    assert reasons == {"simclr": "cannot read task flowers"}


def test_a_sweep_without_any_data_is_bad_input(board: Board) -> None:
    train = board.root / "data" / "flowers" / "train"
    train.rename(board.root / "elsewhere")
    said = pretune("sweep", "tiny", "--only", "protocol=knn", "--seeds", "1", board=board)
    assert said.returncode == 2
    assert said.stderr.count(f"corpus flowers-unlabelled: {train}: ") == 1
    assert not board.results.exists()
    with pytest.raises(BoardError, match="corpus flowers-unlabelled"):
        board.sweep("tiny")
    (board.root / "elsewhere").rename(train)
    assert set(board.sweep("tiny", only="protocol=knn", seeds=1)) == {"done"}


class Vanishing:
    """A progress that moves the data away when the trials are planned and none has begun."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def begin(self, plan: Plan) -> None:
        self.data.rename(self.data.with_name("elsewhere"))

    def started(self, trial: Trial) -> None:
        pass

    def ended(self, trial: Trial, outcome: Outcome, plan: Plan) -> None:
        pass

    def close(self, plan: Plan) -> None:
        pass


def test_data_that_vanish_during_a_sweep_are_recorded_as_failures(board: Board) -> None:
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


def test_missing_public_data_are_an_error_except_with_download(board: Board) -> None:
    use_mnist(board)
    suite = board.catalog.suite("tiny")
    assert set(make_plan(board, suite).counts()) == {"skipped"}
    assert set(make_plan(board, suite, download=True).counts()) == {"pending"}
    said = pretune("sweep", "tiny", board=board)
    assert said.returncode == 2
    folder = board.root / "data" / locations.TORCHVISION_FOLDERS["MNIST"]
    (line,) = (line for line in said.stderr.splitlines() if f"task mnist: {folder}: " in line)
    assert "`pretune sweep SUITE --download`" in line
    assert not board.results.exists()


def test_incomplete_public_data_fail_their_trials(board: Board) -> None:
    use_mnist(board)
    written.lines(board.root / "data" / locations.TORCHVISION_FOLDERS["MNIST"] / "train-images-idx3-ubyte", ["cut"])
    assert set(board.sweep("tiny", workers=2)) == {"failed", "blocked"}
    for record in board.store.all():
        assert record.status == "data"
        assert locations.TORCHVISION_FOLDERS["MNIST"] in str(record.message)
        assert "pretune sweep SUITE --download" in str(record.message)


def test_sources_have_the_arguments_of_their_entries(board: Board) -> None:
    given = board.sources(download=True)
    assert given["tasks/flowers"] == {"folder": str(board.root / "data" / "flowers"), "note": None}
    assert given["tasks/mnist"] == {"folder": str(board.root / "data"), "download": True}
    assert board.sources()["corpora/stl10-unlabelled"]["download"] is False
    assert "tasks/digits" not in given


def test_public_corpora_exclude_the_task_of_their_data(board: Board) -> None:
    catalog = board.catalog
    public = [corpus for corpus in catalog.corpora.values() if corpus.entry == "harness.data.public:corpus"]
    assert public
    for corpus in public:
        (task,) = corpus.excludes
        assert catalog.tasks[task].args == corpus.args


def test_a_board_on_files_knows_which_records_are_stale(board: Board) -> None:
    train = board.root / "data" / "flowers" / "train"
    board.sweep("tiny", only="protocol=knn", workers=2)
    assert board.evidence("tiny").stale == 0
    picture = train / "rose" / "000.png"
    before, content = board.frame("tiny")[["score", "lift"]], picture.read_bytes()
    change(train)
    assert board.evidence("tiny").stale == 2
    board.sweep("tiny", only="protocol=knn,objective=scratch", workers=2)
    picture.write_bytes(content)
    assert board.evidence("tiny").stale == 0
    assert board.frame("tiny")[["score", "lift"]].equals(before)


def test_without_its_data_a_board_is_the_same_and_nothing_is_stale(board: Board) -> None:
    board.sweep("tiny", only="protocol=knn", workers=2)
    before = board.frame("tiny")[["score", "lift"]]
    shutil.rmtree(board.root / "data")
    assert board.evidence("tiny").stale == 0
    assert board.frame("tiny")[["score", "lift"]].equals(before)


def test_a_sweep_without_its_data_changes_nothing_on_the_board(board: Board) -> None:
    board.sweep("tiny", only="protocol=knn", workers=2)
    before = board.frame("tiny")[["score", "lift", "status"]]
    (board.root / "data").rename(board.root / "elsewhere")
    with pytest.raises(BoardError, match="task flowers: "):
        board.sweep("tiny", only="protocol=knn", workers=2)
    assert board.frame("tiny")[["score", "lift", "status"]].equals(before)
    (board.root / "elsewhere").rename(board.root / "data")
    assert board.frame("tiny")[["score", "lift", "status"]].equals(before)
