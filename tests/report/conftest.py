"""The site of the committed results, a board with failures, and a browser."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.report.site import render
from harness.store import Record
from tests.boards import ROOT, copy_of
from tests.report.chromium import FLAGS, executable


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the committed results."""
    return rendered(open_board(ROOT), tmp_path_factory.mktemp("site") / "public", "quick")


def rendered(board: Board, out: Path, suite: str = "tiny") -> Path:
    """The site of a suite."""
    render(board.evidence(suite), board.catalog, board.catalog.suite(suite), out)
    return out


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    path = executable()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: run python -m tests.report.chromium")
        pytest.skip("no Chromium: run python -m tests.report.chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def troubled(swept: Board, tmp_path_factory: pytest.TempPathFactory) -> Board:
    """The board `tiny` with a hostile failure, a blocked cell and a flag."""
    board = copy_of(swept, tmp_path_factory.mktemp("troubled") / "copy")
    store = board.store
    victims = [r for r in store.all() if r.cell.pretraining.arm.objective == "simclr"]
    for record in victims:
        if record.seed == 1 or getattr(record.cell, "protocol", None) == "finetune":
            forget(record)
    with board.store.writer("tiny", {"hardware": "a <b>machine</b> \u202e", "gpu": "\x1b[31mred"}) as writer:
        for record in victims:
            if (record.seed == 1 and record.kind == "pretrain") or (
                record.role == "reported" and record.cell.protocol == "finetune" and record.seed == 0
            ):
                writer.append(failed(record, writer.environment))
    return dataclasses.replace(board)


def forget(record: Record) -> None:
    """Removes a record's line from its segment, as if the trial had never been run."""
    assert record.location is not None
    segment = record.location.segment
    lines = segment.read_text().splitlines(keepends=True)
    segment.write_text("".join(line for line in lines if record.location.sum not in line))


def failed(record: Record, environment: str) -> Record:
    """The same trial with an error whose message and flags are hostile."""
    return record.updated(
        status="error",
        message='RuntimeError: <script>alert(1)</script> \x1b[31mred\x1b[0m \u202eevil & "quoted"',
        metrics={},
        flags=["<i>collapsed</i> \u202e\x1b[0m"],
        checkpoint=None,
        environment=environment,
        location=None,
    )
