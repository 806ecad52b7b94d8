"""Executors are registered by name, and give the same outcomes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.board import Board
from harness.errors import BoardError
from harness.executors import EXECUTORS, Executor, Setting, executor_class
from harness.executors.base import Ready, now
from harness.store.record import Outcome
from harness.trial import Trial
from tests.executors.trials import setting, trials


class Toy:
    """An executor that fails every trial."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.stopping = setting, False

    def run(self, ready: Ready) -> Iterator[tuple[Trial, Outcome]]:
        while not self.stopping and (trial := ready()):
            yield trial, Outcome(status="oom", started=now(), ended=now())

    def stop(self) -> None:
        self.stopping = True

    def kill(self) -> None:
        self.stopping = True


@pytest.fixture(autouse=True)
def _entries_unloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Unloads the modules of a board's entries, which an inline executor imports into this process."""
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


def test_an_unknown_executor_is_named_with_the_nearest_one() -> None:
    with pytest.raises(BoardError) as error:
        executor_class("locl")
    assert (error.value.place, error.value.got) == ("executor", "'locl'")
    assert "'local'" in str(error.value.fix)


def test_an_executor_is_one_class_and_one_line(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXECUTORS, "toy", f"{__name__}:Toy")
    board.sweep("tiny", executor="toy")
    assert {record.status for record in board.store.all()} == {"oom"}


def test_the_list_of_executors_imports_no_torch() -> None:
    code = (
        "import sys; from harness.executors import EXECUTORS, executor_class\n"
        "[executor_class(name) for name in EXECUTORS]\n"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_inline_trials_have_the_bits_of_those_in_workers(swept: Board, board: Board) -> None:
    board.sweep("tiny", executor="inline")
    one, other = (
        {record.key: (record.status, record.metrics, record.checkpoint) for record in each.store.all()}
        for each in (swept, board)
    )
    assert one == other


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_stopped_executor_starts_no_further_trial(name: str, board: Board) -> None:
    executor: Executor = executor_class(name)(setting(board))
    pending = [trial for trial in trials(board) if trial.kind == "pretrain"]
    ended = []
    for trial, outcome in executor.run(lambda: pending.pop(0) if pending else None):
        ended.append((trial.kind, outcome.status))
        executor.stop()
    assert ended == [("pretrain", "ok")]
    assert len(pending) == 5


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_trial_whose_parent_is_missing_is_an_error_and_the_run_goes_on(name: str, board: Board) -> None:
    executor: Executor = executor_class(name)(setting(board))
    pending = [trial for trial in trials(board) if trial.role == "reported" and trial.chosen is None][:2]
    outcomes = [outcome for _, outcome in executor.run(lambda: pending.pop(0) if pending else None)]
    assert [outcome.status for outcome in outcomes] == ["error", "error"]
    assert all("checkpoint" in (outcome.message or "") for outcome in outcomes)
