"""Boards with few or bad records: every page opens and names the missing ones."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.board import Board, open_board
from tests.boards import copy_of
from tests.report.browser import Watched
from tests.report.conftest import failed, forget, rendered
from tests.report.pages import rows_of

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
    again = [record for record in board.store.all() if getattr(record.cell, "protocol", "") == "knn"]
    with board.store.writer("tiny", {"hardware": "another machine"}) as writer:
        for record in again:
            writer.append(record.updated(environment=writer.environment, started="2099-01-01T00:00:00Z", location=None))


def without_a_protocol(board: Board) -> None:
    suite = board.registry / "suites" / "tiny.toml"
    text = suite.read_text()
    suite.write_text(re.sub(r'adaptations = \["knn", "finetune"\]', 'adaptations = ["knn"]', text))


Change = Callable[[Board], None]
CASES: list[tuple[Change, list[str]]] = [
    (nothing, ["No comparison with scratch", "missing"]),
    (one_record, ["No comparison with scratch", "missing"]),
    (all_failures, ["Cells with failed trials: 4 of 4"]),
    (one_seed, ["1 missing"]),
    (two_machines, ["another machine"]),
    (without_a_protocol, ["k-NN"]),
]


@pytest.mark.parametrize(("change", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_every_page_opens(chromium: object, swept: Board, tmp_path: Path, change: Change, words: list[str]) -> None:
    board = copy_of(swept, tmp_path / "copy")
    change(board)
    out = rendered(open_board(board.root, results=board.results, cache=board.cache), tmp_path / "public")
    for path in out.rglob("*.html"):
        text = re.sub(r"<[^>]*>", " ", path.read_text())
        assert not {"None", "nan", "inf"} & set(text.split()), path.name
    text = re.sub(r"<[^>]*>", "", (out / "index.html").read_text())
    assert all(each in text for each in words)
    watched = Watched(chromium)
    for path in sorted(out.rglob("*.html")):
        watched.open(path)
        watched.page.wait_for_load_state("load")
        assert watched.page.locator("h1").count() == 1, path.name
    assert watched.wrong == []


def test_meters_of_two_machines_are_never_mixed(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    two_machines(board)
    machines = {row["protocol_label"]: row["machine"] for row in rows_of(rendered(board, tmp_path / "public"))}
    assert machines["k-NN"].startswith("another machine")
    assert not machines["fine-tuning"].startswith("another machine")
