"""The trusted side takes nothing that a worker says on trust."""

import dataclasses
import io
import json
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.board import Board
from harness.cells import Trial
from harness.executors.local import Setting, job, now
from harness.executors.scoring import ResultError, outcome_of
from harness.metrics.image_classification import unpacked
from harness.sweep.trials import resolve

OK: dict[str, Any] = {"status": "ok", "metrics": {"validation": 0.5}, "meters": {"train_s": 1.0}}


@pytest.fixture
def trial(swept: Board) -> Trial:
    """A reported trial of a board whose data are prepared."""
    trials = resolve(swept.catalog.suite("tiny"), swept.catalog).values()
    found = next(trial for trial in trials if trial.role == "reported")
    return dataclasses.replace(found, spec={name: part for name, part in found.spec.items() if name != "inspect"})


@pytest.fixture
def inspecting(trial: Trial) -> Trial:
    """One that also looks at the panel."""
    return dataclasses.replace(trial, spec=trial.spec | {"inspect": True})


GRAM = np.arange(64 * 63 // 2).astype(np.int8)
NEIGHBOURS = np.arange(60, dtype=np.uint16).reshape(12, 5)


def setting(board: Board) -> Setting:
    return Setting(board.registry, board.cache, "cpu", 60.0, 1)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def certain(draws: int = 1, items: int = 450, said: int = 0, classes: int = 10) -> np.ndarray:
    """Probabilities that put all on one class."""
    chances = np.zeros((draws, items, classes), dtype=np.float32)
    chances[:, :, said] = 1
    return chances


def outcome(trial: Trial, board: Board, first: bytes, second: bytes) -> Any:
    ours, theirs = multiprocessing.Pipe()
    theirs.send_bytes(first)
    theirs.send_bytes(second)
    return outcome_of(trial, ours, setting(board), now(), 1.0)


def test_predictions_are_scored_here(trial: Trial, swept: Board) -> None:
    found = outcome(trial, swept, json.dumps(OK).encode(), npz(predictions=certain(2)))
    assert 0.05 < found.metrics["accuracy"] < 0.15
    assert found.beside["correct"]["draws"] == 2


def test_what_a_reader_needs_lies_beside(trial: Trial, swept: Board) -> None:
    shifts = {f"shift/noise/{severity}": certain(said=severity) for severity in (1, 2)}
    answer = OK | {"overlap": {"exact": 0, "near": 3, "of": 450}, "data": {"examples": 7, "overlap": {"digits": 2}}}
    found = outcome(trial, swept, json.dumps(answer).encode(), npz(predictions=certain(), **shifts))
    assert found.beside["data"] == answer["data"]
    assert found.contamination == {"status": "clean", **answer["overlap"]}
    assert sorted(found.beside["per_class"]["recall"]) == [0.0] * 9 + [1.0]
    counts = unpacked(found.beside["confusion"])
    assert counts.sum() == counts[:, 0].sum() == 450
    assert found.beside["classes"] == list("0123456789")
    assert set(found.beside["shifts"]["noise"]) == {"1", "2"}
    assert found.metrics["shifted"] == pytest.approx(np.mean(list(found.beside["shifts"]["noise"].values())))


@pytest.mark.parametrize("same", [True, False])
def test_a_copy_of_a_test_example_is_contamination_whatever_the_source(trial: Trial, swept: Board, same: bool) -> None:
    known = dataclasses.replace(trial, in_domain=same)
    for exact, status in ((1, "contaminated"), (0, "in-domain" if same else "clean")):
        answer = OK | {"overlap": {"exact": exact, "near": 0, "of": 450}}
        found = outcome(known, swept, json.dumps(answer).encode(), npz(predictions=certain()))
        assert found.contamination["status"] == status


def test_a_worker_cannot_score_itself(trial: Trial, swept: Board) -> None:
    claimed = OK | {"metrics": {"accuracy": 1.0, "f1_macro": 1.0}}
    found = outcome(trial, swept, json.dumps(claimed).encode(), npz(predictions=certain()))
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
        outcome(trial, swept, answer, npz(predictions=certain()))


@pytest.mark.parametrize(
    "arrays",
    [
        b"no archive",
        b"PK\x03\x04 no archive",
        npz(predictions=certain()[0]),
        npz(predictions=certain(items=449)),
        npz(predictions=certain(classes=9)),
        npz(predictions=certain().astype(np.int64)),
        npz(predictions=certain() * 2),
        npz(predictions=certain() - 0.5),
        npz(predictions=np.full((1, 450, 10), np.nan, dtype=np.float32)),
        npz(predictions=np.zeros((1, 450), dtype=np.int64)),
        npz(predictions=certain(0)),
        npz(**{"predictions": certain(), "shift/noise/1": certain(items=3)}),
        npz(other=np.zeros(3)),
    ],
)
def test_predictions_of_a_wrong_form_are_an_error(trial: Trial, swept: Board, arrays: bytes) -> None:
    with pytest.raises(ResultError):
        outcome(trial, swept, json.dumps(OK).encode(), arrays)


def test_what_a_worker_saw_in_the_panel_lies_beside_and_the_panel_is_our_own(inspecting: Trial, swept: Board) -> None:
    arrays = {"predictions": certain(), "panel/gram": GRAM, "panel/neighbours": NEIGHBOURS}
    found = outcome(inspecting, swept, json.dumps(OK | {"layers": {"b": 0.5, "a": None}}).encode(), npz(**arrays))
    panel, ((name, shown),) = found.beside["panel"], found.shared.items()
    assert panel["examples"] == name
    assert panel["neighbours"] == NEIGHBOURS.tolist()
    assert found.beside["layers"] == [["b", 0.5], ["a", None]]
    assert (len(shown["queries"]), len(shown["gallery"]), len(shown["classes"])) == (12, 510, 10)
    assert set(shown["queries"] + shown["gallery"]) == set(range(10))


@pytest.mark.parametrize(
    "wrong",
    [
        {"panel/gram": GRAM[1:]},
        {"panel/gram": GRAM.astype(np.float32)},
        {"panel/neighbours": NEIGHBOURS + np.uint16(460)},
        {"panel/neighbours": NEIGHBOURS.astype(np.int16) - 1},
        {"panel/neighbours": NEIGHBOURS[:, :4]},
    ],
)
def test_a_panel_of_a_wrong_form_is_an_error(inspecting: Trial, swept: Board, wrong: dict[str, np.ndarray]) -> None:
    arrays = {"predictions": certain(), "panel/gram": GRAM, "panel/neighbours": NEIGHBOURS}
    for changed in (arrays | wrong, {name: each for name, each in arrays.items() if name not in wrong}):
        with pytest.raises(ResultError, match="the panel's"):
            outcome(inspecting, swept, json.dumps(OK).encode(), npz(**changed))


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
