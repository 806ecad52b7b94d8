"""The forecast of a sweep's remaining time, on a simulated sweep of `quick` with the durations of its records."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from harness.board import Board, open_board
from harness.catalog.schemas import SuiteEntry
from harness.store import Record, Store
from harness.store.record import Outcome, Status
from harness.sweep.forecast import Estimate
from harness.sweep.plan import Plan
from harness.trial import Trial
from tests.boards import ROOT

WORKERS = 2
START_S = 0.07
"""The time in which a worker starts."""
NEGLIGIBLE = 0.02
"""An error of less than this share of the sweep's time is none."""


@cache
def committed() -> tuple[Board, SuiteEntry, list[Record]]:
    board = open_board(ROOT, results=ROOT / "results")
    records = [record for record in board.store.all() if record.status == "ok"]
    return board, board.catalog.suite("quick"), records


@cache
def one_sweep() -> dict[object, Record]:
    """The records of a whole sweep of `quick` on one machine, by trial."""
    records = [record for record in committed()[2] if record.suite == "quick"]
    ((environment, _),) = Counter(record.environment for record in records).most_common(1)
    return {(each.cell, each.seed): each for each in records if each.environment == environment}


def others() -> list[Record]:
    """The records of `quick` on other machines."""
    own = {record.environment for record in one_sweep().values()}
    return [each for each in committed()[2] if each.suite == "quick" and each.environment not in own]


def elapsed(record: Record) -> float:
    """The seconds between start and end, preparation of data included."""
    return (datetime.fromisoformat(record.ended) - datetime.fromisoformat(record.started)).total_seconds()


@dataclass(frozen=True)
class Moment:
    """A forecast of the remaining time at the end of a trial, and the actual one, as shares of the sweep's time."""

    forecast: float
    actual: float

    @property
    def share(self) -> float:
        return 1 - self.actual

    @property
    def factor(self) -> float:
        """The ratio of the longer to the shorter time."""
        if abs(self.forecast - self.actual) < NEGLIGIBLE:
            return 1.0
        shorter, longer = sorted((self.forecast, self.actual))
        return longer / max(shorter, 1e-9)


def simulated(recorded: Iterable[Record], prepared: bool, folder: Path, slower: float = 1.0) -> list[Moment]:
    """The forecasts of a sweep from an empty store by two workers.

    `prepared`: data are in the cache, so trials take their own time and a start; else all that they took, waiting for
    data included.
    """
    board, suite, _ = committed()
    plan = Plan.of(suite, board.catalog, Store(folder), fingerprint=board.fingerprint)
    estimate = Estimate(plan.pending(), recorded, suite)
    now, numbers, running = 0.0, count(), list[tuple[float, int, Trial, Record]]()
    forecasts: list[tuple[float, float]] = []
    while True:
        while len(running) < WORKERS and (trial := plan.ready()):
            record = one_sweep()[trial.cell, trial.seed]
            seconds = slower * (record.meters["total_s"] + START_S if prepared else elapsed(record))
            estimate.started(trial, now)
            heapq.heappush(running, (now + seconds, next(numbers), trial, record))
        if not running:
            break
        now, _, trial, record = heapq.heappop(running)
        plan.settle(trial, Outcome(status="ok", started="", ended="", metrics=record.metrics))
        estimate.ended(trial, slower * record.meters["total_s"], now)
        forecasts.append((now, estimate.seconds_left(now) or 0.0))
    assert set(plan.counts()) == {"done"}
    return [Moment(left / now, 1 - at / now) for at, left in forecasts]


def worst(moments: Sequence[Moment], since: float) -> float:
    return max(moment.factor for moment in moments if moment.share >= since)


@pytest.mark.parametrize("prepared", [True, False])
def test_with_records_the_forecast_is_within_a_factor(prepared: bool, tmp_path: Path) -> None:
    moments = simulated(others(), prepared, tmp_path)
    assert worst(moments, since=0.2) < 1.5
    assert worst(moments, since=0.5) < 1.35


@pytest.mark.parametrize("prepared", [True, False])
def test_without_records_the_forecast_is_within_a_factor_after_half(prepared: bool, tmp_path: Path) -> None:
    moments = simulated([], prepared, tmp_path)
    assert worst(moments, since=0.2) < 2.0
    assert worst(moments, since=0.5) < 1.4


@pytest.mark.parametrize("slower", [0.1, 10.0])
def test_records_of_another_kind_of_machine_are_scaled(slower: float, tmp_path: Path) -> None:
    assert worst(simulated(others(), True, tmp_path, slower), since=0.2) < 1.5


@pytest.fixture
def estimate(board: Board) -> tuple[Estimate, list[Trial]]:
    trials = Plan.of(board.catalog.suite("tiny"), board.catalog, board.store).pending()
    return Estimate(trials, [], board.catalog.suite("tiny").model_copy(update={"core_hours": 1 / 360})), trials


def test_nothing_is_forecast_before_a_trial_has_ended(estimate: tuple[Estimate, list[Trial]]) -> None:
    made, trials = estimate
    made.started(trials[0], 0.0)
    assert made.seconds_left(1.0) is None
    made.ended(trials[0], None, 2.0)
    assert made.seconds_left(2.0) is None, "a failed trial has no duration"


def test_time_that_running_trials_have_taken_is_not_left(estimate: tuple[Estimate, list[Trial]]) -> None:
    made, trials = estimate
    first, second, *_ = (trial for trial in trials if trial.cell == trials[0].cell)
    made.wait_for([])
    for at, trial in ((0.0, first), (10.0, second)):
        made.started(trial, at)
        if trial is first:
            made.ended(trial, 8.0, 10.0)
    assert made.seconds_left(10.0) == 10.0
    assert made.seconds_left(16.0) == 4.0
    assert made.seconds_left(30.0) == 0.0


def test_a_blocked_trial_is_not_waited_for(board: Board) -> None:
    plan = Plan.of(board.catalog.suite("tiny"), board.catalog, board.store)
    made = Estimate(plan.pending(), [], board.catalog.suite("tiny"))
    now = 0.0
    while trial := plan.ready():
        status: Status = "crash" if trial.kind == "pretrain" and trial.seed == 1 else "ok"
        made.started(trial, now)
        now += 1.0
        made.ended(trial, 1.0 if status == "ok" else None, now)
        plan.settle(trial, Outcome(status=status, started="", ended="", metrics={"validation": 0.5}))
        made.wait_for(plan.pending())
    assert plan.counts()["blocked"] > 0
    assert made.seconds_left(now) == 0.0


def test_a_shape_without_a_record_gets_what_the_suite_declares(estimate: tuple[Estimate, list[Trial]]) -> None:
    """Ten seconds are declared; one of 18 trials took 0.1 s, so the others are at most as long."""
    made, trials = estimate
    made.started(trials[0], 0.0)
    made.ended(trials[0], 0.1, 0.1)
    left = made.seconds_left(0.1)
    assert left == pytest.approx(17 * 0.1)


def test_failed_and_unfinished_records_have_no_duration(board: Board) -> None:
    plan = Plan.of(board.catalog.suite("tiny"), board.catalog, board.store)
    trial = plan.pending()[0]
    record = next(iter(one_sweep().values())).updated(cell=trial.cell)
    made = [record.updated(meters={"total_s": 2.0}), record.updated(meters={"total_s": 90.0}, status="timeout")]
    assert Estimate([trial], made, board.catalog.suite("tiny")).of_shape(trial) == 2.0
    assert Estimate([trial], [record.updated(meters={})], board.catalog.suite("tiny")).of_shape(trial) is None
