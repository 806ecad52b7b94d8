"""Every way of stopping a sweep: finished trials are recorded, and continuing gives the same results."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.board import Board
from tests.boards import NET, add_model, environment, use_model
from tests.sweep.test_sweep import metrics

KILLS = int(os.environ.get("PRETUNE_KILLS", "2"))


def started(board: Board, *args: str) -> subprocess.Popen[str]:
    """A sweep in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "sweep", "tiny", "--workers", "2", *args],
        cwd=board.root, env=environment(board), stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def wait_for_records(board: Board, count: int, process: subprocess.Popen[str]) -> None:
    """Until `count` records are on disk, or the sweep has ended."""
    while process.poll() is None and len(board.store) < count:
        time.sleep(0.005)


def test_a_sweep_killed_at_any_moment_continues_to_the_same_records(swept: Board, board: Board) -> None:
    """`kill -9` of the whole process group, `PRETUNE_KILLS` times, each followed by a resume."""
    random.seed(os.environ.get("PRETUNE_KILL_SEED", "7"))
    for each in range(KILLS):
        process = started(board)
        wait_for_records(board, random.randint(0, 17 * (each + 1) // KILLS), process)
        time.sleep(random.random() * 0.2)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    process = started(board)
    _, said = process.communicate()
    assert process.returncode == 0, said
    oks = [record.key for record in board.store.all() if record.status == "ok"]
    assert sorted(oks) == sorted(set(oks)) == sorted(swept.store.keys())
    assert not any(problem.harmful for problem in board.store.check())
    assert metrics(board.store) == metrics(swept.store)


def test_an_interrupt_lets_running_trials_end(swept: Board, board: Board) -> None:
    process = started(board)
    wait_for_records(board, 1, process)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert said.splitlines()[-1].startswith("pretune: interrupted")
    assert "Traceback" not in said
    store = board.store
    assert 1 <= len(store) < 18
    assert {record.status for record in store.all()} == {"ok"}
    assert started(board).wait() == 0
    assert metrics(board.store) == metrics(swept.store)


@pytest.mark.parametrize("after", [0.0, 0.7])
def test_an_interrupt_before_the_first_trial_stops_the_sweep(board: Board, after: float) -> None:
    """A terminal sends it to the whole group, the server that workers are forked from included."""
    process = started(board)
    assert process.stderr is not None
    assert "to run" in process.stderr.readline()
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert {record.status for record in board.store.all()} <= {"ok"}


def waiting(board: Board, noted: Path) -> tuple[subprocess.Popen[str], int]:
    """A sweep whose first worker never ends, and that worker's number."""
    code = NET.replace(
        "return self",
        f"import os, pathlib, threading; pathlib.Path({str(noted)!r}).write_text(str(os.getpid()))\n"
        "        threading.Event().wait()\n        return self",
    )
    add_model(board.registry, "waits", code)
    use_model(board.registry, "waits")
    process = started(board)
    while not (noted.exists() and noted.read_text()):
        time.sleep(0.01)
    return process, int(noted.read_text())


def test_a_second_interrupt_stops_at_once(board: Board, tmp_path: Path) -> None:
    process, _ = waiting(board, tmp_path / "worker")
    os.kill(process.pid, signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert {record.status for record in board.store.all()} <= {"interrupted"}


def test_workers_end_with_their_sweep(board: Board, tmp_path: Path) -> None:
    process, worker = waiting(board, tmp_path / "worker")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(worker)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet buried does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
