"""Reading, analysing and rendering a generated board: how long it takes, and how much memory at most.

1,000 cells at nine seeds, some 10,000 records; PRETUNE_CELLS=10000 asks for ten times as many.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
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
RENDERED = """
import sys
from pathlib import Path
from benchmarks.test_large_board import board_in
from harness.report.site import render
board = board_in(Path(sys.argv[1]))
render(board, board.catalog.suite("large"), Path(sys.argv[1]) / "public")
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


@pytest.mark.benchmark(group=f"the site of a board of {CELLS:,} cells, in a process of its own")
@pytest.mark.parametrize("what", ["from nothing", "after one more record"])
def test_site(benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], what: str, large: Path) -> None:
    """Peaks are of the largest process, and of all of them together, pages that they share counted once."""
    public, peaks = large / "public", []

    def prepare() -> None:
        if what == "from nothing":
            shutil.rmtree(public, ignore_errors=True)
        else:
            _again(board_in(large))

    def render() -> None:
        root = str(Path(__file__).parents[1])
        process = subprocess.Popen([sys.executable, "-c", RENDERED, str(large)], cwd=root)
        while process.poll() is None:
            peaks.append(_memory(process.pid))
            time.sleep(0.2)
        assert process.returncode == 0

    benchmark.pedantic(render, setup=prepare, rounds=3)  # type: ignore[attr-defined]
    told = [max(each) / 1e6 for each in zip(*peaks, strict=True)]
    with capsys.disabled():
        print(f"\nsite of {CELLS:,} cells {what}: peak of a process {told[0]:.0f} MB, of all {told[1]:.0f} MB")


def _again(board: Board) -> None:
    """One trial is recorded once more, a little quicker."""
    record = next(each for each in board.store.all() if each.role == "reported" and each.status == "ok")
    environment = board.store.environment(record.environment) or {}
    with board.store.writer("large", environment) as writer:
        meters = {**record.meters, "train_s": record.meters["train_s"] * 0.99}
        writer.append(record.but(meters=meters, started="2026-12-01T00:00:00.000Z"), board.store.beside(record))


def _memory(pid: int) -> tuple[float, float]:
    """The resident set of the largest of a process and its children, and the proportional sets of all, in bytes."""
    own = psutil.Process(pid)
    resident, shared = [0.0], [0.0]
    for process in [own, *own.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            found = process.memory_full_info()
            resident.append(found.rss)
            shared.append(found.pss)
    return max(resident), sum(shared)
