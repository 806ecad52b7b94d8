"""Trials of the board `tiny`, its prepared data, and messages of workers."""

import io
from dataclasses import replace
from typing import Any

import numpy as np

from harness.board import Board
from harness.data.prepared import prepare_task
from harness.executors import Setting
from harness.sweep.trials import resolve
from harness.trial import Trial


def setting(board: Board, **changes: Any) -> Setting:
    """The setting of a board's executor: one worker on the CPU."""
    return replace(Setting(board.registry, board.cache, "cpu", 60.0, 1), **changes)


def trials(board: Board) -> list[Trial]:
    """All trials of the suite, parents first."""
    return list(resolve(board.catalog.suite("tiny"), board.catalog).values())


def reported_trial(board: Board, inspect: bool = False) -> Trial:
    """A reported trial whose task is prepared."""
    trial = next(each for each in trials(board) if each.role == "reported")
    prepare_task(trial.spec["task"], board.cache, board.registry)
    spec = {name: part for name, part in trial.spec.items() if name != "inspect"}
    return replace(trial, spec=spec | ({"inspect": True} if inspect else {}))


def npz(**arrays: np.ndarray) -> bytes:
    """A worker's second message."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def one_hot_predictions(draws: int = 1, items: int = 450, label: int = 0, classes: int = 10) -> np.ndarray:
    """Probabilities (draws, items, classes) of 1 for one class."""
    probabilities = np.zeros((draws, items, classes), dtype=np.float32)
    probabilities[:, :, label] = 1
    return probabilities
