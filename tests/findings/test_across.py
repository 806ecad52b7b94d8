"""One figure over tasks: what is summed up, and that its interval covers."""

import numpy as np
import pytest
from scipy import stats

from harness.findings.across import MANY, Across, iqm
from harness.findings.evidence import Analysis
from harness.stats.intervals import interval, interval_of, parts_of
from tests.findings.records import Recorder, cell, pretraining_cell

SCRATCH = pretraining_cell(objective="scratch")
SEEDS, ITEMS = 3, 300


def answers(share: float, seed: int, task: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, task]).random((1, ITEMS)) < share


def board(tasks: int, lift: float = 0.1, without: tuple[int, ...] = ()) -> list[Across]:
    """A pretraining that adds `lift` to each task, but for those without a record."""
    recorder, cells = Recorder(), []
    for task in range(tasks):
        for pretraining, share in ((SCRATCH, 0.5), (pretraining_cell(), 0.5 + lift)):
            cells.append(cell(pretraining, task=f"task-{task}"))
            if pretraining is SCRATCH or task not in without:
                for seed in range(SEEDS):
                    recorder.add(cells[-1], seed, answers(share, seed, task))
    return Analysis(recorder.store, cells).across


def test_few_tasks_are_fixed_and_their_lifts_averaged() -> None:
    (found,) = board(3)
    shares = [[answers(share, seed, task).mean() for seed in range(SEEDS)] for task in range(3) for share in (0.5, 0.6)]
    means = np.array(shares).reshape(3, 2, SEEDS).mean(axis=2)
    assert found.lift == pytest.approx(float((means[:, 1] - means[:, 0]).mean()))
    assert (found.kind, found.n, found.tasks, found.verdict) == ("mean", 3, ["task-0", "task-1", "task-2"], "helps")
    assert found.low < found.lift < found.high


def test_what_is_missing_is_said_and_not_averaged_away() -> None:
    (found,) = board(3, without=(1,))
    assert found.lacking == ["task-1"]
    assert (found.lift, found.low, found.high, found.verdict) == (None, None, None, "undecided")


def test_one_task_is_no_summary() -> None:
    assert board(1) == []


def test_many_tasks_stand_for_others() -> None:
    (found,) = board(MANY)
    assert found.kind == "iqm"
    assert found.low < found.lift < found.high


def test_of_one_task_it_is_the_interval_of_the_task() -> None:
    values = np.random.default_rng(0).normal(0, 1, (4, 30))
    parts = parts_of(values)
    assert parts is not None
    assert interval_of([parts]) == interval(values)


@pytest.mark.parametrize("tasks", [2, 7])
@pytest.mark.parametrize("shared", [0.0, 0.02])
def test_fixed_tasks_are_covered(tasks: int, shared: float) -> None:
    """Also where a seed does the same to all tasks, as a pretraining that they share may."""
    rng = np.random.default_rng(tasks)
    hits, runs, seeds, items = 0, 400, 5, 200
    for _ in range(runs):
        of_seed = rng.normal(0, shared, (1, seeds, 1)) + rng.normal(0, 0.02, (tasks, seeds, 1))
        values = of_seed + rng.normal(0, 0.2, (tasks, 1, items)) + rng.normal(0, 0.3, (tasks, seeds, items))
        found = interval_of([parts for each in values if (parts := parts_of(each))])
        assert found is not None
        hits += found.low <= 0 <= found.high
    assert 0.925 <= hits / runs <= 0.99


@pytest.mark.parametrize("heavy", [False, True])
def test_new_tasks_are_covered(heavy: bool) -> None:
    rng = np.random.default_rng(int(heavy))
    hits, runs = 0, 300
    for _ in range(runs):
        effects = rng.standard_t(3, (8, 1)) if heavy else rng.normal(0, 1, (8, 1))
        _, low, high = iqm(effects + rng.normal(0, 0.5, (8, 3)))
        hits += low <= 0 <= high
    assert hits / runs >= 0.91


def test_the_interquartile_mean_is_scipys_and_repeats() -> None:
    lifts = np.random.default_rng(0).normal(0, 1, (9, 4))
    assert iqm(lifts)[0] == pytest.approx(stats.trim_mean(lifts.mean(axis=1), 0.25))
    assert iqm(lifts) == iqm(lifts.copy())
