"""The interquartile mean over tasks and the coverage of its interval."""

import numpy as np
import pytest
from scipy import stats

from harness.stats.iqm import iqm


@pytest.mark.parametrize("heavy", [False, True])
def test_new_tasks_are_covered(heavy: bool) -> None:
    rng = np.random.default_rng(int(heavy))
    hits, runs = 0, 300
    for _ in range(runs):
        effects = rng.standard_t(3, (8, 1)) if heavy else rng.normal(0, 1, (8, 1))
        _, low, high = iqm(effects + rng.normal(0, 0.5, (8, 3)))
        assert low is not None
        assert high is not None
        hits += low <= 0 <= high
    assert hits / runs >= 0.91


def test_it_is_scipys_trimmed_mean_and_repeats() -> None:
    lifts = np.random.default_rng(0).normal(0, 1, (9, 4))
    assert iqm(lifts)[0] == pytest.approx(stats.trim_mean(lifts.mean(axis=1), 0.25))
    assert iqm(lifts) == iqm(lifts.copy())


def test_one_task_has_no_interval() -> None:
    assert iqm(np.ones((1, 3))) == (1.0, None, None)
