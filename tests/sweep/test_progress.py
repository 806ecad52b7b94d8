"""Checkpoints within a run: encoders taken before the end of one pretraining."""

import dataclasses
import hashlib
import re
from pathlib import Path

import pytest

from harness.board import Board
from harness.cache import checkpoint
from harness.catalog import Catalog
from harness.errors import BoardError
from harness.matrix import cells
from harness.store import Record
from harness.sweep.plan import Plan
from harness.sweep.run import make_plan, selector
from harness.sweep.trials import resolve
from harness.trial import Trial
from tests.boards import add_model, tiny_board

NORMALISED = """
from torch import nn


class Net(nn.Sequential):
    def __init__(self, in_shape):
        super().__init__(nn.Conv2d(in_shape[0], 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5))
"""
BLOCK = """
[[matrix]]
models = ["net"]
arms = ["scratch", "simclr"]
adaptations = ["{adaptation}"]
progress = [{progress}]
"""


def with_checkpoints(board: Board, progress: str, adaptation: str = "knn") -> Board:
    """The board with a further block."""
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text() + BLOCK.format(adaptation=adaptation, progress=progress))
    return dataclasses.replace(board)


def trials(board: Board) -> dict[str, Trial]:
    catalog = Catalog(board.registry)
    return resolve(catalog.suite("tiny"), catalog)


def early(trials: dict[str, Trial]) -> list[Trial]:
    return [trial for trial in trials.values() if trial.progress < 1]


def test_whole_runs_keep_their_keys_and_checkpoints_share_their_parent(board: Board) -> None:
    before = trials(board)
    after = trials(with_checkpoints(board, "0.4, 0.7"))
    new = [after[key] for key in after.keys() - before.keys()]
    assert before.keys() <= after.keys()
    assert sorted(trial.progress for trial in new) == [0.4, 0.4, 0.7, 0.7]  # two seeds; scratch has no steps
    assert {trial.parent for trial in new} <= before.keys()
    assert {after[trial.parent or ""].saved for trial in new} == {(0.4, 0.7)}
    assert len({trial.variant for trial in new}) == 2
    assert not {trial.variant for trial in new} & {trial.variant for trial in before.values()}


def test_progress_one_is_the_whole_run(board: Board) -> None:
    before = trials(board)
    assert trials(with_checkpoints(board, "1")).keys() == before.keys()
    assert len(trials(with_checkpoints(board, "0.4, 1.0"))) == len(before) + 2


def test_fine_tuning_of_a_checkpoint_is_tuned_on_it(board: Board) -> None:
    before = trials(board)
    new = [t for t in trials(with_checkpoints(board, "0.4", "finetune")).values() if t.key not in before]
    assert sorted(trial.role for trial in new) == ["reported"] * 2 + ["tuning"] * 2
    tuning = {trial.key for trial in new if trial.role == "tuning"}
    assert all(set(trial.tuning) == tuning for trial in new if trial.role == "reported")


def test_cells_name_the_progress_where_it_is_not_the_end(board: Board) -> None:
    planned = cells(with_checkpoints(board, "0.4").catalog.suite("tiny"))
    assert [cell.as_dict().get("progress") for cell in planned] == [None] * 4 + [0.4]
    assert "progress" not in planned[-1].pretraining.as_dict()


def test_a_progress_can_be_selected(board: Board) -> None:
    with_checkpoints(board, "0.4, 0.7")
    suite = Catalog(board.registry).suite("tiny")
    only = selector("progress=0.4", suite)
    assert {trial.progress for trial in trials(board).values() if trial.role == "reported" and only(trial)} == {0.4}
    with pytest.raises(BoardError) as error:
        selector("progress=0.5", suite)
    assert (error.value.place, error.value.got) == ("--only", "'0.5'")
    assert re.search("'0.[47]'", error.value.fix or "")


def test_a_parent_is_run_again_only_where_a_checkpoint_is_missing(board: Board) -> None:
    with_checkpoints(board, "0.4, 0.7")
    catalog = Catalog(board.registry)

    def plan(**more: object) -> Plan:
        return Plan.of(catalog.suite("tiny"), catalog, board.store, **more)  # type: ignore[arg-type]

    from tests.sweep.test_plan import run

    run(plan(), board)
    child = next(trial for trial in early(trials(board)) if trial.progress == 0.4)
    board.store.retract([child.key], "to be run again")
    assert plan(cached=lambda trial: trial.progress == 0.4).rerun == []
    again = plan(cached=lambda trial: trial.progress != 0.4)
    assert [trial.key for trial in again.pending()] == [child.parent, child.key]


@pytest.fixture(scope="module")
def twice_swept(tmp_path_factory: pytest.TempPathFactory, prepared_data: Path) -> Board:
    """A swept board, swept again with checkpoints of an encoder with BatchNorm and dropout."""
    board = tiny_board(tmp_path_factory.mktemp("twice"))
    add_model(board.registry, "net", NORMALISED)
    board.sweep("tiny", workers=2)
    board = with_checkpoints(board, "0.4, 0.7")
    board.sweep("tiny", workers=2)
    return board


def attempts(board: Board, key: str) -> list[Record]:
    return sorted((record for record in board.store.attempts() if record.key == key), key=lambda each: each.started)


def test_saving_checkpoints_changes_no_bit_of_a_run(twice_swept: Board) -> None:
    parents = {trial.parent or "" for trial in early(trials(twice_swept))}
    assert len(parents) == 2
    for key in parents:
        first, again = attempts(twice_swept, key)
        assert (first.metrics, first.checkpoint) == (again.metrics, again.checkpoint)
        assert twice_swept.store.sidecar(first)["curve"] == twice_swept.store.sidecar(again)["curve"]  # type: ignore[index]


def test_nothing_is_pretrained_again_once_its_checkpoints_exist(twice_swept: Board) -> None:
    assert make_plan(twice_swept, twice_swept.catalog.suite("tiny")).pending() == []
    child = early(trials(twice_swept))[0]
    assert len(attempts(twice_swept, child.parent or "")) == 2


def test_an_adaptation_names_the_checkpoint_that_it_began_from(twice_swept: Board) -> None:
    digests = set()
    for trial in early(trials(twice_swept)):
        (record,) = attempts(twice_swept, trial.key)
        content = checkpoint(twice_swept.cache, trial.parent or "", trial.progress).read_bytes()
        assert record.parent_checkpoint == hashlib.sha256(content).hexdigest()
        digests |= {record.parent_checkpoint, attempts(twice_swept, trial.parent or "")[0].checkpoint}
    assert len(digests) == 2 * 3  # two seeds, two points and the end


def test_a_checkpoint_does_not_depend_on_which_others_are_saved(twice_swept: Board, tmp_path: Path) -> None:
    board = tiny_board(tmp_path)
    add_model(board.registry, "net", NORMALISED)
    board = with_checkpoints(board, "0.7")
    board.sweep("tiny", only="progress=0.7", workers=2)
    for trial in early(trials(board)):
        paths = [checkpoint(each.cache, trial.parent or "", 0.7) for each in (board, twice_swept)]
        assert paths[0].read_bytes() == paths[1].read_bytes()
