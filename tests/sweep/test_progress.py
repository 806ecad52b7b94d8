"""Checkpoints along one run: the same pretraining, taken on the way."""

import dataclasses
import hashlib
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


def taken_on_the_way(board: Board, progress: str, adaptation: str = "knn") -> Board:
    """The board with a further block."""
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text() + BLOCK.format(adaptation=adaptation, progress=progress))
    return dataclasses.replace(board)


def trials(board: Board) -> dict[str, Trial]:
    catalog = Catalog(board.registry)
    return resolve(catalog.suite("tiny"), catalog)


def early(found: dict[str, Trial]) -> list[Trial]:
    return [trial for trial in found.values() if trial.progress < 1]


def test_what_is_whole_keeps_its_key_and_the_parent_is_the_same(board: Board) -> None:
    before = trials(board)
    after = trials(taken_on_the_way(board, "0.4, 0.7"))
    new = [after[key] for key in after.keys() - before.keys()]
    assert before.keys() <= after.keys()
    assert sorted(trial.progress for trial in new) == [0.4, 0.4, 0.7, 0.7]  # two seeds; scratch has no way
    assert {trial.parent for trial in new} <= before.keys()
    assert {after[trial.parent or ""].saved for trial in new} == {(0.4, 0.7)}
    assert len({trial.variant for trial in new}) == 2
    assert not {trial.variant for trial in new} & {trial.variant for trial in before.values()}


def test_the_end_may_be_named_beside_and_is_the_whole_run(board: Board) -> None:
    before = trials(board)
    assert trials(taken_on_the_way(board, "1")).keys() == before.keys()
    assert len(trials(taken_on_the_way(board, "0.4, 1.0"))) == len(before) + 2


def test_fine_tuning_on_the_way_is_tuned_there(board: Board) -> None:
    before = trials(board)
    new = [t for t in trials(taken_on_the_way(board, "0.4", "finetune")).values() if t.key not in before]
    assert sorted(trial.role for trial in new) == ["reported"] * 2 + ["tuning"] * 2
    tuning = {trial.key for trial in new if trial.role == "tuning"}
    assert all(set(trial.tuning) == tuning for trial in new if trial.role == "reported")


def test_cells_name_the_point_where_it_is_not_the_end(board: Board) -> None:
    found = cells(taken_on_the_way(board, "0.4").catalog.suite("tiny"))
    assert [cell.get("progress") for cell in found] == [None] * 4 + [0.4]
    assert "progress" not in found[-1]["pretraining"]


def test_points_can_be_asked_for_alone(board: Board) -> None:
    taken_on_the_way(board, "0.4, 0.7")
    suite = Catalog(board.registry).suite("tiny")
    only = selector("progress=0.4", suite)
    assert {trial.progress for trial in trials(board).values() if trial.role == "reported" and only(trial)} == {0.4}
    with pytest.raises(BoardError, match=r"no progress '0.5'.*did you mean '0.[47]'"):
        selector("progress=0.5", suite)


def test_a_parent_is_made_again_only_where_a_point_is_not_at_hand(board: Board) -> None:
    taken_on_the_way(board, "0.4, 0.7")
    catalog = Catalog(board.registry)

    def plan(**more: object) -> Plan:
        return Plan.of(catalog.suite("tiny"), catalog, board.store, **more)  # type: ignore[arg-type]

    from tests.sweep.test_plan import run

    run(plan(), board)
    child = next(trial for trial in early(trials(board)) if trial.progress == 0.4)
    board.store.retract([child.key], "to be run again")
    assert plan(cached=lambda trial: trial.progress == 0.4).rerun == []
    remade = plan(cached=lambda trial: trial.progress != 0.4)
    assert [trial.key for trial in remade.pending()] == [child.parent, child.key]


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory, prepared_data: Path) -> Board:
    """A swept board, then swept again with points on the way of an encoder with BatchNorm and dropout."""
    board = tiny_board(tmp_path_factory.mktemp("looked"))
    add_model(board.registry, "net", NORMALISED)
    board.sweep("tiny", workers=2)
    board = taken_on_the_way(board, "0.4, 0.7")
    board.sweep("tiny", workers=2)
    return board


def attempts(board: Board, key: str) -> list[Record]:
    return sorted((record for record in board.store.attempts() if record.key == key), key=lambda each: each.started)


def test_a_run_that_is_looked_at_goes_on_bit_for_bit(looked_at: Board) -> None:
    parents = {trial.parent or "" for trial in early(trials(looked_at))}
    assert len(parents) == 2
    for key in parents:
        first, again = attempts(looked_at, key)
        assert (first.metrics, first.checkpoint) == (again.metrics, again.checkpoint)
        assert looked_at.store.sidecar(first)["curve"] == looked_at.store.sidecar(again)["curve"]  # type: ignore[index]


def test_nothing_is_pretrained_twice_once_its_points_are_there(looked_at: Board) -> None:
    assert make_plan(looked_at, looked_at.catalog.suite("tiny")).pending() == []
    child = early(trials(looked_at))[0]
    assert len(attempts(looked_at, child.parent or "")) == 2


def test_an_adaptation_names_the_checkpoint_that_it_began_from(looked_at: Board) -> None:
    digests = set()
    for trial in early(trials(looked_at)):
        (record,) = attempts(looked_at, trial.key)
        content = checkpoint(looked_at.cache, trial.parent or "", trial.progress).read_bytes()
        assert record.parent_checkpoint == hashlib.sha256(content).hexdigest()
        digests |= {record.parent_checkpoint, attempts(looked_at, trial.parent or "")[0].checkpoint}
    assert len(digests) == 2 * 3  # two seeds, two points and the end


def test_which_points_are_saved_does_not_matter_to_any(looked_at: Board, tmp_path: Path) -> None:
    board = tiny_board(tmp_path)
    add_model(board.registry, "net", NORMALISED)
    board = taken_on_the_way(board, "0.7")
    board.sweep("tiny", only="progress=0.7", workers=2)
    for trial in early(trials(board)):
        places = [checkpoint(each.cache, trial.parent or "", 0.7) for each in (board, looked_at)]
        assert places[0].read_bytes() == places[1].read_bytes()
