"""The messages of a worker are validated: nothing in them is trusted."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.executors import receiving
from harness.executors.receiving import ResultError, parsed_arrays, parsed_result, receive
from harness.worker.protocol import WorkerResult, finite
from harness.worker.serve import npz as serialised
from tests.executors.trials import npz

OK = WorkerResult(status="ok", metrics={"validation": 0.5}, meters={"train_s": 1.0, "energy_j": None})


def sent(*messages: bytes) -> Any:
    """The executor's end of a pipe whose worker sent messages and died."""
    ours, theirs = multiprocessing.Pipe()
    for message in messages:
        theirs.send_bytes(message)
    theirs.close()
    return ours


def test_a_result_and_its_arrays_cross_the_pipe_unchanged() -> None:
    arrays = {"predictions": np.random.default_rng(0).random((2, 5, 3)), "shift/noise/1": np.zeros(3)}
    result, received = receive(sent(OK.model_dump_json(exclude_defaults=True).encode(), serialised(arrays)), 1.0)
    assert result == OK
    assert list(received) == list(arrays)
    assert all(np.array_equal(received[name], array) for name, array in arrays.items())


def test_a_result_without_arrays_is_complete() -> None:
    assert receive(sent(OK.model_dump_json().encode(), serialised({})), 1.0) == (OK, {})


@pytest.mark.parametrize("messages", [(), (OK.model_dump_json().encode(),)])
def test_a_worker_that_dies_before_its_last_message_is_an_end_of_file(messages: tuple[bytes, ...]) -> None:
    with pytest.raises(EOFError):
        receive(sent(*messages), 1.0)


def test_a_message_that_is_too_large_or_too_late_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.send_bytes(OK.model_dump_json().encode())
    with pytest.raises(ResultError) as error:
        receive(ours, 0.0)
    assert error.value.place == "worker's arrays"
    monkeypatch.setattr(receiving, "MAX_JSON_BYTES", 10)
    with pytest.raises(ResultError) as error:
        receive(sent(OK.model_dump_json().encode(), b""), 1.0)
    assert "10 bytes" in str(error.value.expected)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("", b"not JSON"), ("", b"[]"), ("", b"null"), ("", b"[" * 5000), ("", b"\xff\xfe"),
        (".status", b"{}"), (".status", b'{"status": "good"}'),
        (".metrics.loss", b'{"status": "ok", "metrics": {"loss": NaN}}'),
        (".metrics.loss", b'{"status": "ok", "metrics": {"loss": "low"}}'),
        (".metrics", b'{"status": "ok", "metrics": []}'), (".flags", b'{"status": "ok", "flags": "x"}'),
        (".checkpoint", b'{"status": "ok", "checkpoint": "../.."}'), (".more", b'{"status": "ok", "more": 1}'),
        (".curve.step", b'{"status": "ok", "curve": {"step": "x"}}'),
        (".meters.a", b'{"status": "ok", "meters": {"a": {"b": 1}}}'),
        (".message", b'{"status": "error", "message": 7}'),
    ],
)  # fmt: skip
def test_an_invalid_result_is_an_error_that_names_the_field(field: str, message: bytes) -> None:
    with pytest.raises(ResultError) as error:
        parsed_result(message)
    assert str(error.value.place).startswith(f"worker's result{field}")


@pytest.mark.parametrize("status", ["timeout", "crash", "interrupted"])
def test_a_worker_cannot_claim_a_status_that_only_its_executor_knows(status: str) -> None:
    """An `interrupted` trial is pending again: a worker that claimed it would run forever."""
    with pytest.raises(ResultError):
        parsed_result(json.dumps({"status": status}).encode())


def test_figures_that_json_lacks_are_null() -> None:
    figures = {"loss": float("nan"), "skill": -float("inf"), "rate": 1.0, "source": "RSS", "count": 3}
    assert finite(figures) == figures | {"loss": None, "skill": None}


@pytest.mark.parametrize("archive", [b"no archive", b"PK\x03\x04 no archive"])
def test_what_is_not_an_archive_is_an_error(archive: bytes) -> None:
    with pytest.raises(ResultError):
        parsed_arrays(archive)


def test_pickles_are_not_loaded(tmp_path: Path) -> None:
    trap = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str, str]]:
            return open, (str(trap), "w")

    hostile = np.empty((1, 450), dtype=object)
    hostile[0, 0] = Trap()
    with pytest.raises(ResultError):
        parsed_arrays(npz(predictions=hostile))
    assert not trap.exists()
