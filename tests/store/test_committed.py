"""The committed results are real, complete records of this registry."""

from pathlib import Path

from harness.board import open_board
from harness.store.record import LINE_BYTES
from harness.store.segments import SIDECAR, sidecar_file
from harness.sweep.trials import resolve
from tests.boards import ROOT

BOARD = open_board(ROOT, results=ROOT / "results")


def test_the_store_reports_no_problem() -> None:
    assert [str(problem) for problem in BOARD.store.check()] == []


def test_every_cell_of_quick_has_all_its_seeds() -> None:
    frame = BOARD.frame("quick")
    assert set(frame["status"]) == {"ok"}
    assert set(frame["n"]) == {3}


def test_their_lines_are_short() -> None:
    segments = [path for path in Path(BOARD.results).glob("*/*.jsonl") if not path.name.endswith(SIDECAR)]
    assert segments
    for path in segments:
        assert max(len(line) for line in path.read_bytes().splitlines()) <= LINE_BYTES
        assert sidecar_file(path).is_file()


def test_the_network_for_digits_is_good_from_scratch() -> None:
    frame = BOARD.frame("quick")
    rows = frame[(frame["task"] == "digits") & (frame["protocol"] == "finetune") & (frame["objective"] == "scratch")]
    assert rows["score"].max() >= 0.985


def test_they_cost_what_the_suite_declares() -> None:
    suite, store = BOARD.catalog.suite("quick"), BOARD.store
    ok = [[each for each in store.records(key) if each.status == "ok"] for key in resolve(suite, BOARD.catalog)]
    hours = sum(records[-1].meters["total_s"] for records in ok if records) / 3600  # meters are the latest's
    assert 0 < hours <= suite.core_hours
