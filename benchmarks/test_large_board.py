"""A generated board: the time and the peak memory of reading it, computing its findings and rendering its site.

1,000 cells at nine seeds are some 10,000 records; PRETUNE_CELLS=10000 makes ten times as many.
"""

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from benchmarks.generated import write_board
from benchmarks.sizes import SIZES
from harness.board import Board
from harness.findings import FINDINGS, compute
from tests.boards import ROOT

CELLS = SIZES.cells
COMPUTED = """
import sys
from pathlib import Path
from benchmarks.test_large_board import board_in
from harness.findings import FINDINGS, compute
evidence = board_in(Path(sys.argv[1])).evidence("large")
for name in FINDINGS:
    compute(name, evidence)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
RENDERED = """
import sys
from pathlib import Path
from benchmarks.test_large_board import board_in
from harness.report.site import render
board = board_in(Path(sys.argv[1]))
render(board.evidence("large"), board.catalog, board.catalog.suite("large"), Path(sys.argv[1]) / "public")
"""


def board_in(folder: Path) -> Board:
    """The board whose registry and results are in a folder."""
    return Board(folder, folder / "registry", folder / "results", folder / "cache", folder / "data")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    write_board(folder, CELLS, SIZES.seeds)
    return folder


@pytest.mark.benchmark(group=f"a board of {CELLS:,} cells")
@pytest.mark.parametrize("what", ["read", *FINDINGS, "all"])
def test_findings(benchmark: Callable[..., object], what: str, large: Path) -> None:
    """Each finding alone, with the records, item scores and board rows computed before; `all` starts from the files."""
    board = board_in(large)

    def fresh() -> tuple[tuple[object, ...], dict[str, object]]:
        evidence = board.evidence("large")
        if what in FINDINGS:
            _ = evidence.rows
        return (evidence,), {}

    def everything(_: object) -> None:
        evidence = board.evidence("large")
        for name in FINDINGS:
            compute(name, evidence)

    calls: dict[str, Callable[..., object]] = {"read": lambda _: len(board.store), "all": everything}
    call = calls.get(what, lambda evidence: compute(what, evidence))
    benchmark.pedantic(call, setup=fresh, rounds=3)  # type: ignore[attr-defined]


@pytest.mark.benchmark(group=f"peak memory of a board of {CELLS:,} cells")
def test_memory(benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], large: Path) -> None:
    command = [sys.executable, "-c", COMPUTED, str(large)]
    done = benchmark.pedantic(  # type: ignore[attr-defined]
        lambda: subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT), rounds=1
    )
    peak = int(done.stdout) / 1e3  # `ru_maxrss` would be that of this process, where it is larger
    benchmark.extra_info["peak, in MB"] = peak  # type: ignore[attr-defined]
    with capsys.disabled():
        print(f"\npeak of {CELLS:,} cells, read and all findings computed: {peak:.0f} MB")


@pytest.mark.benchmark(group=f"the site of a board of {CELLS:,} cells, in a process of its own")
@pytest.mark.parametrize("what", ["from nothing", "after one more record"])
def test_site(benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], what: str, large: Path) -> None:
    """Peaks are of the largest process, and of all of them together, shared pages counted once."""
    public, peaks = large / "public", []

    def prepare() -> None:
        if what == "from nothing":
            shutil.rmtree(public, ignore_errors=True)
        else:
            _add_record(board_in(large))

    def render() -> None:
        process = subprocess.Popen([sys.executable, "-c", RENDERED, str(large)], cwd=ROOT)
        while process.poll() is None:
            peaks.append(_memory(process.pid))
            time.sleep(0.2)
        assert process.returncode == 0

    benchmark.pedantic(render, setup=prepare, rounds=3)  # type: ignore[attr-defined]
    largest, together = (max(each) / 1e6 for each in zip(*peaks, strict=True))
    with capsys.disabled():
        print(f"\nsite of {CELLS:,} cells {what}: peak of a process {largest:.0f} MB, of all {together:.0f} MB")


def _add_record(board: Board) -> None:
    """Records one trial once more, a little quicker."""
    record = next(each for each in board.store.all() if each.role == "reported" and each.status == "ok")
    environment = board.store.environment(record.environment) or {}
    with board.store.writer("large", environment) as writer:
        meters = {**record.meters, "train_s": record.meters["train_s"] * 0.99}
        again = record.updated(meters=meters, started="2026-12-01T00:00:00.000Z", environment=writer.environment)
        writer.append(again, board.store.sidecar(record))


def _memory(pid: int) -> tuple[float, float]:
    """The resident set of the largest of a process and its children, and the proportional sets of all, in bytes."""
    resident, shared = [0.0], [0.0]
    with contextlib.suppress(psutil.Error):
        own = psutil.Process(pid)
        for process in [own, *own.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                memory = process.memory_full_info()
                resident.append(memory.rss)
                shared.append(memory.pss)
    return max(resident), sum(shared)
