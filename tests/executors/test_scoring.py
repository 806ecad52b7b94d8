"""The trusted side takes nothing that a worker says on trust."""

import io
import json
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.board import Board
from harness.executors.local import Setting, job, now
from harness.executors.scoring import ResultError, outcome_of
from harness.sweep.trials import Trial, resolve

OK: dict[str, Any] = {"status": "ok", "metrics": {"validation_accuracy": 0.5}, "meters": {"train_s": 1.0}}


@pytest.fixture
def trial(swept: Board) -> Trial:
    """A reported trial of a board whose data are prepared."""
    return next(t for t in resolve(swept.catalog.suite("tiny"), swept.catalog).values() if t.role == "reported")


def setting(board: Board) -> Setting:
    return Setting(board.registry, board.cache, "cpu", 60.0, 1)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def outcome(trial: Trial, board: Board, first: bytes, second: bytes) -> Any:
    ours, theirs = multiprocessing.Pipe()
    theirs.send_bytes(first)
    theirs.send_bytes(second)
    return outcome_of(trial, ours, setting(board), now(), 1.0)


def test_predictions_are_scored_here(trial: Trial, swept: Board) -> None:
    found = outcome(trial, swept, json.dumps(OK).encode(), npz(predictions=np.zeros((2, 450), dtype=np.int64)))
    assert 0.05 < found.metrics["accuracy"] < 0.15
    assert found.beside["correct"]["draws"] == 2


def test_a_worker_cannot_score_itself(trial: Trial, swept: Board) -> None:
    claimed = OK | {"metrics": {"accuracy": 1.0, "f1_macro": 1.0}}
    found = outcome(trial, swept, json.dumps(claimed).encode(), npz(predictions=np.zeros((1, 450), dtype=np.int64)))
    assert found.metrics["accuracy"] < 0.2
    assert found.metrics["f1_macro"] < 0.2
    with pytest.raises(ResultError, match="no predictions"):
        outcome(trial, swept, json.dumps(claimed).encode(), b"")


@pytest.mark.parametrize(
    "answer",
    [
        b"not JSON", b"[]", b"{}", b"null", b'{"status": "good"}', b'{"status": "ok", "metrics": {"loss": NaN}}',
        b'{"status": "ok", "metrics": {"loss": "low"}}', b'{"status": "ok", "metrics": []}', b"[" * 5000,
        b'{"status": "ok", "flags": "x"}', b'{"status": "ok", "checkpoint": "../.."}', b'{"status": "ok", "more": 1}',
        b'{"status": "ok", "curve": {"step": "x"}}', b'{"status": "ok", "meters": {"a": {"b": 1}}}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_an_answer_that_is_not_of_the_protocol_is_an_error(trial: Trial, swept: Board, answer: bytes) -> None:
    with pytest.raises(ResultError):
        outcome(trial, swept, answer, npz(predictions=np.zeros((1, 450), dtype=np.int64)))


@pytest.mark.parametrize(
    "arrays",
    [
        b"no archive",
        b"PK\x03\x04 no archive",
        npz(predictions=np.zeros(450, dtype=np.int64)),
        npz(predictions=np.zeros((1, 449), dtype=np.int64)),
        npz(predictions=np.zeros((1, 450))),
        npz(predictions=np.full((1, 450), 10)),
        npz(predictions=np.full((1, 450), -1)),
        npz(predictions=np.zeros((0, 450), dtype=np.int64)),
        npz(other=np.zeros(3)),
    ],
)
def test_predictions_of_a_wrong_form_are_an_error(trial: Trial, swept: Board, arrays: bytes) -> None:
    with pytest.raises(ResultError):
        outcome(trial, swept, json.dumps(OK).encode(), arrays)


def test_pickles_are_not_loaded(trial: Trial, swept: Board, tmp_path: Path) -> None:
    trap = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str, str]]:
            return open, (str(trap), "w")

    hostile = np.empty((1, 450), dtype=object)
    hostile[0, 0] = Trap()
    with pytest.raises(ResultError):
        outcome(trial, swept, json.dumps(OK).encode(), npz(predictions=hostile))
    assert not trap.exists()


def test_a_job_names_no_test_label(trial: Trial, swept: Board) -> None:
    told = json.dumps(job(trial, setting(swept)))
    assert "label" not in told.replace('"labels": false', "")
