"""The analysis and the site on the committed results."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.board import open_board
from harness.report.site import render
from tests.boards import ROOT


@pytest.mark.benchmark(group="the committed results: read, analysed, rendered")
@pytest.mark.parametrize("what", ["read", "analysed", "rendered"])
def test_board(benchmark: Callable[..., object], what: str, tmp_path: Path) -> None:
    board = open_board(ROOT)
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: len(board.store),
        "analysed": lambda: board.frame("quick"),
        "rendered": lambda: render(board, board.catalog.suite("quick"), tmp_path / "public"),
    }
    benchmark.pedantic(calls[what], rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
