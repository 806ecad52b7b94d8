"""Reading and analysing a generated board: how long it takes, and the peak memory of a process that does nothing else.

1,000 cells at nine seeds, some 10,000 records; PRETUNE_CELLS=10000 asks for ten times as many.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.generated import write_board
from harness.board import Board

CELLS = int(os.environ.get("PRETUNE_CELLS", "1000"))
FINDINGS = ("frame", "trials", "relations", "curves", "across")
ANALYSED = f"""
import resource, sys
from pathlib import Path
from benchmarks.test_large_board import board_in
analysis = board_in(Path(sys.argv[1])).analysis("large")
for name in {FINDINGS}:
    getattr(analysis, name)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def board_in(folder: Path) -> Board:
    return Board(folder, folder / "registry", folder / "results", folder / "cache", folder / "data")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    write_board(folder, CELLS, seeds=9)
    return folder


@pytest.mark.benchmark(group=f"a board of {CELLS:,} cells")
@pytest.mark.parametrize("what", ["read", *FINDINGS, "all"])
def test_analysis(benchmark: Callable[..., object], what: str, large: Path) -> None:
    """Each finding on records and evidence that are read; `all` begins with nothing."""
    board = board_in(large)

    def fresh() -> tuple[tuple[object, ...], dict[str, object]]:
        analysis = board.analysis("large")
        if what in FINDINGS:
            for record in analysis.store.all():
                if record.role == "reported":
                    analysis.reader.of(record)
            if what == "relations":
                analysis.frame  # noqa: B018 - they are made of its rows
        return (analysis,), {}

    def everything(_: object) -> None:
        analysis = board.analysis("large")
        for name in FINDINGS:
            getattr(analysis, name)

    calls: dict[str, Callable[..., object]] = {"read": lambda analysis: len(analysis.store), "all": everything}
    call = calls.get(what, lambda analysis: getattr(analysis, what))
    benchmark.pedantic(call, setup=fresh, rounds=3)  # type: ignore[attr-defined]


@pytest.mark.benchmark(group=f"peak memory of a board of {CELLS:,} cells")
def test_memory(benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], large: Path) -> None:
    command = [sys.executable, "-c", ANALYSED, str(large)]
    root = str(Path(__file__).parents[1])
    done = benchmark.pedantic(  # type: ignore[attr-defined]
        lambda: subprocess.run(command, capture_output=True, text=True, check=True, cwd=root), rounds=1
    )
    peak = int(done.stdout) / 1e6
    benchmark.extra_info["peak, in MB"] = peak  # type: ignore[attr-defined]
    with capsys.disabled():
        print(f"\npeak of {CELLS:,} cells, read and analysed: {peak:.0f} MB")
