"""The progress of a sweep on stderr."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from harness.board import Board
from harness.cli.progress import Bar, Lines, progress
from harness.store.record import Outcome
from harness.sweep.run import make_plan
from tests.boards import copy_of

TIMES = {"started": "2026-01-01T00:00:00.000Z", "ended": "2026-01-01T00:00:01.000Z"}
TRIAL_S = 4.0


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("harness.cli.progress.time", clock)
    return clock


def outcomes(shown: Lines, board: Board, clock: Clock, failing: str = "") -> Iterator[Any]:
    """Runs all trials of `tiny` one after the other, each in TRIAL_S; those of a protocol fail."""
    plan = make_plan(board, board.catalog.suite("tiny"))
    shown.begin(plan)
    while trial := plan.ready():
        shown.started(trial)
        clock.now += TRIAL_S
        failed = getattr(trial.cell, "protocol", None) == failing
        outcome = Outcome(
            status="crash" if failed else "ok",
            message="RuntimeError: \x1b[31mred" if failed else None,
            metrics={} if failed else {"validation": 0.5},
            meters={} if failed else {"total_s": TRIAL_S},
            **TIMES,
        )
        plan.settle(trial, outcome)
        shown.ended(trial, outcome, plan)
        yield plan
    shown.close(plan)


def test_lines_count_trials_and_the_time_left(board: Board, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    shown = Lines(board, "tiny")
    list(outcomes(shown, board, clock))
    first, *lines, last = capsys.readouterr().err.splitlines()
    assert first == "18 trials: 0 done, 18 to run"
    for number, line in enumerate(lines, 1):
        ran = 3 * number  # a line every ten seconds, at the end of a trial
        assert line == f"{ran}/18 run, 0 failed, about {TRIAL_S * (18 - ran):.0f} s left"
    assert len(lines) == 6
    assert last == "18 done, 0 failed, 0 blocked, 0 not run; 72.0 s"


def test_each_failure_has_a_printable_line(board: Board, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    shown = Lines(board, "tiny")
    list(outcomes(shown, board, clock, failing="knn"))
    lines = capsys.readouterr().err.splitlines()
    failures = [line for line in lines if line.startswith("crash: ")]
    assert len(failures) == 4
    assert all(line.isprintable() and re.search(r"seed \d \([0-9a-f]{12}\): ", line) for line in failures)
    assert "4 failed" in lines[-2]


def test_the_time_left_is_unknown_before_a_trial_has_ended_well(board: Board, clock: Clock) -> None:
    shown = Lines(board, "tiny")
    plan = make_plan(board, board.catalog.suite("tiny"))
    shown.begin(plan)
    assert shown.time_left() == "unknown time"
    clock.now += 1.0
    assert shown.time_left() == "unknown time"


def test_long_times_are_in_minutes(board: Board, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.cli.test_progress.TRIAL_S", 60.0)
    shown = Lines(board, "tiny")
    next(outcomes(shown, board, clock))
    assert shown.time_left() == "about 17 min"


def test_the_bar_has_the_state_of_the_sweep(
    board: Board, clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = Bar(board, "tiny")
    for plan in outcomes(shown, board, clock, failing="knn"):
        shown.bar.refresh()
        assert shown.bar.tasks[0].completed == sum(plan.counts()[name] for name in ("done", "failed"))
    error = capsys.readouterr().err
    assert error.count("crash: ") == 4
    assert "18/18" in error
    assert "0 running, 4 failed, about 0 s left" in error


def test_nothing_to_run_has_no_bar(swept: Board, capsys: pytest.CaptureFixture[str]) -> None:
    shown = Bar(swept, "tiny")
    plan = make_plan(swept, swept.catalog.suite("tiny"))
    shown.begin(plan)
    shown.close(plan)
    assert shown.bar is None
    assert capsys.readouterr().err.splitlines()[0] == "18 trials: 18 done, 0 to run"


def test_trials_that_run_again_or_are_blocked_are_counted(
    swept: Board, tmp_path: Any, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    board = copy_of(swept, tmp_path / "copy")
    for path in (board.cache / "checkpoints").rglob("*"):
        if path.is_file():
            path.unlink()
    suite = board.registry / "suites" / "tiny.toml"
    suite.write_text(suite.read_text().replace("shots = 5", "shots = 3"))
    Lines(board, "tiny").begin(make_plan(board, board.catalog.suite("tiny")))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("8 to run")
    assert second.startswith("4 pretraining trials run again")


def test_stderr_that_is_no_terminal_has_lines(board: Board) -> None:
    assert type(progress(board, "tiny")) is Lines
