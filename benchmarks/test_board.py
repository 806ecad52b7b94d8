"""Reading the committed results, computing their findings, and rendering their site."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.sizes import SIZES
from harness.board import open_board
from harness.findings import FINDINGS, compute
from harness.report.site import render
from tests.boards import ROOT

SUITE = SIZES.committed


@pytest.mark.benchmark(group=f"the committed results of {SUITE}: read, findings computed, site rendered")
@pytest.mark.parametrize("what", ["read", "findings", "site"])
def test_board(benchmark: Callable[..., object], what: str, tmp_path: Path) -> None:
    board = open_board(ROOT)

    def findings() -> None:
        evidence = board.evidence(SUITE)
        for name in FINDINGS:
            compute(name, evidence)

    def site() -> list[str]:
        return render(board.evidence(SUITE), board.catalog, board.catalog.suite(SUITE), tmp_path / "public")

    calls: dict[str, Callable[[], object]] = {"read": lambda: len(board.store), "findings": findings, "site": site}
    benchmark.pedantic(calls[what], rounds=5, warmup_rounds=1)  # type: ignore[attr-defined]
