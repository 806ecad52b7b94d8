"""Local workers: the server that they are forked from, timeouts, and signals to the whole process group."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.board import Board
from harness.executors.local import PRELOAD, LocalExecutor
from tests.boards import NET, add_model, environment, use_model
from tests.executors.trials import setting, trials

FORKED = """
import importlib, os, sys, torch
for name in sys.argv[1:]:
    importlib.import_module(name)
if not os.fork():
    os._exit(torch.cuda._is_in_bad_fork())
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
SWEEP = "import os; from harness.board import open_board; open_board(os.getcwd()).sweep('tiny', workers=2)"


def test_the_modules_of_the_server_do_not_initialise_cuda() -> None:
    """A process whose parent has counted its GPUs cannot use one."""
    done = subprocess.run([sys.executable, "-c", FORKED, *PRELOAD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def add_waiting_model(board: Board, started: Path) -> None:
    """A model that writes its process's id and never returns."""
    code = NET.replace(
        "return self",
        f"import os, pathlib, threading; pathlib.Path({str(started)!r}).write_text(str(os.getpid()))\n"
        "        threading.Event().wait()\n        return self",
    )
    add_model(board.registry, "waits", code)
    use_model(board.registry, "waits")


def test_a_trial_ends_at_its_timeout(board: Board, tmp_path: Path) -> None:
    add_waiting_model(board, tmp_path / "started")
    pending = trials(board)[:1]
    executor = LocalExecutor(setting(board, timeout_s=0.5))
    ((_, outcome),) = executor.run(lambda: pending.pop() if pending else None)
    assert outcome.status == "timeout"


@pytest.mark.parametrize("code", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_whole_group_is_no_crash(board: Board, tmp_path: Path, code: signal.Signals) -> None:
    started = tmp_path / "started"
    add_waiting_model(board, started)
    process = subprocess.Popen(
        [sys.executable, "-c", SWEEP], cwd=board.root, env=environment(board), start_new_session=True,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and not (started.exists() and started.read_text()):
        time.sleep(0.01)
    os.killpg(process.pid, code)
    _, text = process.communicate(timeout=60)
    assert process.returncode, text
    assert {record.status for record in board.store.all()} <= {"interrupted"}, text
