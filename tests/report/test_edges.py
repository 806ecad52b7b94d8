"""Boards with little, or little good, on them: every page says the sensible thing."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.board import Board
from harness.report.site import render
from tests.boards import copy_of
from tests.report.browser import Watched
from tests.report.conftest import failed, forget
from tests.report.test_site import board_rows

pytestmark = pytest.mark.browser


def nothing(board: Board) -> None:
    for record in board.store.all():
        forget(record)


def one_record(board: Board) -> None:
    kept = next(record for record in board.store.all() if record.role == "reported")
    for record in board.store.all():
        if record.key != kept.key:
            forget(record)


def all_failures(board: Board) -> None:
    records = board.store.all()
    for record in records:
        forget(record)
    with board.store.writer("tiny", {"hardware": "a machine"}) as writer:
        for record in records:
            writer.append(failed(record, writer.environment))


def one_seed(board: Board) -> None:
    for record in board.store.all():
        if record.seed == 1:
            forget(record)


def two_machines(board: Board) -> None:
    again = [record for record in board.store.all() if record.cell.get("protocol") == "knn"]
    with board.store.writer("tiny", {"hardware": "another machine"}) as writer:
        for record in again:
            writer.append(record.but(environment=writer.environment, started="2099-01-01T00:00:00Z"))


def lost_a_task(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text()
    suite.write_text(re.sub(r'adaptations = \["knn", "finetune"\]', 'adaptations = ["knn"]', text))


Change = Callable[[Board], None]
CASES: list[tuple[Change, list[str], list[str]]] = [
    (nothing, ["No comparison with scratch", "4 cells have no record yet"], ["Nothing to relate yet"]),
    (one_record, ["No comparison with scratch", "3 cells have no record yet"], ["Nothing to relate yet"]),
    (all_failures, ["4 cells have failed trials", "No comparison"], ["Nothing to relate yet"]),
    (one_seed, ["4 cells lack some of their seeds", "No comparison"], ["Nothing to relate yet"]),
    (two_machines, ["another machine", "compare them within one of these only"], ["too few to say"]),
    (lost_a_task, ["No trial failed"], ["Too few pretrainings to pick among"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said", "related"), CASES, ids=[case[0].__name__ for case in CASES])
def test_every_page_says_the_sensible_thing(
    chromium: object, swept: Board, tmp_path: Path, change: Change, said: list[str], related: list[str]
) -> None:
    board = copy_of(swept, tmp_path / "copy")
    change(board)
    out = tmp_path / "public"
    render(board, Board(**vars(board)).catalog.suite("tiny"), out)
    for name, sentences in (("index", said), ("relation", related)):
        text = re.sub(r"<[^>]*>", "", (out / f"{name}.html").read_text())
        for sentence in sentences:
            assert sentence in text, f"{name}: {sentence}"
        assert "None" not in text
        assert "nan" not in text.split()
    watched = Watched(chromium)
    for path in sorted(out.rglob("*.html")):
        watched.open(path)
        watched.page.wait_for_load_state("load")
        assert watched.page.locator("h1").count() == 1, path.name
    assert watched.wrong == []


def test_meters_of_two_machines_are_never_mixed(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    two_machines(board)
    render(board, board.catalog.suite("tiny"), tmp_path / "public")
    machines = {row["protocol"]: row["machine"] for row in board_rows(tmp_path / "public")}
    assert machines["k-NN"].startswith("another machine")
    assert not machines["fine-tuning"].startswith("another machine")
