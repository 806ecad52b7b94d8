"""Boards that are recorded night after night, for tests of trends."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.cells import Cell, Coordinates
from tests.findings.records import ENVIRONMENT, Recorder, cell, pretraining_cell

CELLS = [cell(pretraining_cell(f"m{number}"), "finetune") for number in range(4)]


def night(recorder: Recorder, day: int, commit: str | None = "a", **environment: Any) -> Recorder:
    """Sets the day of January and the commit of the records that are added next."""
    recorder.environment = {**ENVIRONMENT, "commit": commit and commit * 40, "changed": False, **environment}
    recorder.clock = max(recorder.clock, day * 1000)
    recorder.day = day  # type: ignore[attr-defined]
    return recorder


def started(recorder: Recorder) -> str:
    """The start of the next record."""
    return f"2026-01-{recorder.day:02}T00:{recorder.clock % 1000 // 60:02}:{recorder.clock % 60:02}.000Z"  # type: ignore[attr-defined]


def add(recorder: Recorder, where: Coordinates, seed: int = 0, right: Any = None, **more: Any) -> None:
    """A record of the night."""
    recorder.add(where, seed, right, started=started(recorder), **more)


def measured(
    speeds: Sequence[float], commits: str | None = None, cells: Sequence[Cell] = CELLS, **environment: Any
) -> Recorder:
    """Nights in which all cells run at one speed each, times the number of the cell."""
    recorder = Recorder()
    for day, speed in enumerate(speeds, 1):
        night(recorder, day, commits[day - 1] if commits else "a", **environment)
        for number, where in enumerate(cells, 1):
            meters = {"examples_per_s": speed * number, "peak_memory_bytes": 1e6 * number, "workers": 2.0}
            add(recorder, where, metrics={"accuracy": 0.5}, meters=meters)
    return recorder


def answers(share: float, seed: int) -> np.ndarray:
    """Which of 300 test items are right (1, items)."""
    return np.random.default_rng(seed).random((1, 300)) < share
