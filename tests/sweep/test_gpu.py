"""The same sweep on a GPU, where there is one."""

import pytest

from harness.board import Board

pytestmark = pytest.mark.gpu


def test_a_sweep_on_the_gpu_is_recorded_with_its_meters(board: Board) -> None:
    board.sweep("tiny", device="cuda", workers=1)
    records = board.store.all()
    assert [record.status for record in records] == ["ok"] * 18
    for record in records:
        assert record.meters["energy_j"] is not None
        assert record.meters["memory_source"] != "process RSS peak"
    environment = board.store.environment(records[0].environment)
    assert environment is not None
    assert environment["hardware"] == environment["gpu"]


def test_both_devices_show_the_same_board(swept: Board, board: Board) -> None:
    board.sweep("tiny", device="cuda", workers=4)
    assert {record.meters["energy_j"] for record in board.store.all()} == {None}  # the counter is the whole GPU's
    here, there = swept.frame("tiny"), board.frame("tiny")
    assert list(here["id"]) == list(there["id"])
    assert (here["score"] - there["score"]).abs().max() < 0.05


def test_compiled_training_learns_the_same(swept: Board, board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("timeout_s", "compiled = true\ntimeout_s"))
    board.sweep("tiny", device="cuda", workers=4)
    assert [record.status for record in board.store.all()] == ["ok"] * 18
    here, there = swept.frame("tiny"), board.frame("tiny")
    assert (here["score"] - there["score"]).abs().max() < 0.05
