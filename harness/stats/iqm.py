"""The interquartile mean over tasks with a hierarchical bootstrap (Agarwal 2021, 2108.13264).

The bootstrap draws tasks and, within each, seeds. Percentiles of few tasks are too narrow: they are widened by the root
of T / (T - 1).
"""

import zlib

import numpy as np

from harness.stats.intervals import LEVEL, Floats

REDRAWS = 2000
QUARTER = 0.25


def iqm(lifts: Floats) -> tuple[float, float | None, float | None]:
    """The interquartile mean over the task means of lifts (tasks, seeds), and its 0.95 interval for new tasks and new
    seeds; no interval with one task."""
    tasks, seeds = lifts.shape
    value = float(trimmed_mean(lifts.mean(axis=1)))
    if tasks < 2:
        return value, None, None
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(lifts).tobytes()))
    drawn = rng.integers(tasks, size=(REDRAWS, tasks, 1))
    means = lifts[drawn, rng.integers(seeds, size=(REDRAWS, tasks, seeds))].mean(axis=2)
    low, high = np.quantile(trimmed_mean(means), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    wider = np.sqrt(tasks / (tasks - 1))
    return value, value + wider * float(low - value), value + wider * float(high - value)


def trimmed_mean(values: Floats) -> Floats:
    """The mean (...) of values (..., tasks) without the lowest and the highest quarter."""
    tasks = values.shape[-1]
    cut = int(QUARTER * tasks)
    return np.asarray(np.sort(values, axis=-1)[..., cut : tasks - cut].mean(axis=-1))
