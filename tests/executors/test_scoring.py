"""The trusted side scores predictions itself, against labels that no worker has."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from harness.board import Board
from harness.executors.base import job_of, now
from harness.executors.receiving import ResultError
from harness.executors.scoring import outcome_of
from harness.metrics.image_classification import unpacked
from harness.store.record import Contamination, Outcome
from harness.trial import Trial
from harness.worker.protocol import Arrays, Overlap, WorkerResult
from tests.boards import tiny_board
from tests.executors.trials import one_hot_predictions, reported_trial, setting

OK = WorkerResult(status="ok", metrics={"validation": 0.5}, meters={"train_s": 1.0})
GRAM = np.arange(64 * 63 // 2).astype(np.int8)
NEIGHBOURS = np.arange(60, dtype=np.uint16).reshape(12, 5)


@pytest.fixture(scope="module")
def shared_board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """A board whose task is prepared; the tests here only read it."""
    return tiny_board(tmp_path_factory.mktemp("board"))


@pytest.fixture
def trial(shared_board: Board) -> Trial:
    return reported_trial(shared_board)


@pytest.fixture
def inspecting(shared_board: Board) -> Trial:
    return reported_trial(shared_board, inspect=True)


def outcome(trial: Trial, board: Board, result: WorkerResult, **arrays: np.ndarray) -> Outcome:
    return outcome_of(trial, result, arrays, setting(board), now())


def test_predictions_are_scored(trial: Trial, shared_board: Board) -> None:
    ended = outcome(trial, shared_board, OK, predictions=one_hot_predictions(2))
    assert ended.sidecar is not None
    assert 0.05 < ended.metrics["accuracy"] < 0.15
    assert ended.metrics["validation"] == 0.5
    assert ended.sidecar["correct"]["draws"] == 2


def test_the_sidecar_holds_the_evidence(trial: Trial, shared_board: Board) -> None:
    shifts = {f"shift/noise/{severity}": one_hot_predictions(label=severity) for severity in (1, 2)}
    data = {"examples": 7, "overlap": {"digits": 2}}
    result = OK.model_copy(update={"overlap": Overlap(exact=0, near=3, of=450), "data": data})
    ended = outcome(trial, shared_board, result, predictions=one_hot_predictions(), **shifts)
    assert ended.sidecar is not None
    assert ended.sidecar["data"] == data
    assert ended.contamination == Contamination(status="clean", exact=0, near=3, of=450)
    assert sorted(ended.sidecar["per_class"]["recall"]) == [0.0] * 9 + [1.0]
    counts = unpacked(ended.sidecar["confusion"])
    assert counts.sum() == counts[:, 0].sum() == 450
    assert ended.sidecar["classes"] == list("0123456789")
    assert set(ended.sidecar["shifts"]["noise"]) == {"1", "2"}
    assert ended.metrics["shifted"] == pytest.approx(np.mean(list(ended.sidecar["shifts"]["noise"].values())))


@pytest.mark.parametrize("in_domain", [True, False])
def test_an_exact_copy_of_a_test_example_is_contamination_from_any_source(
    trial: Trial, shared_board: Board, in_domain: bool
) -> None:
    sourced = dataclasses.replace(trial, in_domain=in_domain)
    for exact, status in ((1, "contaminated"), (0, "in-domain" if in_domain else "clean")):
        result = OK.model_copy(update={"overlap": Overlap(exact=exact, near=0, of=450)})
        ended = outcome(sourced, shared_board, result, predictions=one_hot_predictions())
        assert ended.contamination == Contamination(status=status, exact=exact, near=0, of=450)  # type: ignore[arg-type]


def test_published_weights_have_unknown_contamination(trial: Trial, shared_board: Board) -> None:
    arm = dataclasses.replace(trial.cell.pretraining.arm, objective="published")
    cell = dataclasses.replace(trial.cell, pretraining=dataclasses.replace(trial.cell.pretraining, arm=arm))  # type: ignore[type-var]
    published = dataclasses.replace(trial, cell=cell)
    ended = outcome(published, shared_board, OK, predictions=one_hot_predictions())
    assert ended.contamination == Contamination(status="unknown", exact=0, near=0, of=0)


def test_a_worker_cannot_score_itself(trial: Trial, shared_board: Board) -> None:
    claimed = OK.model_copy(update={"metrics": {"accuracy": 1.0, "f1_macro": 1.0}})
    ended = outcome(trial, shared_board, claimed, predictions=one_hot_predictions())
    assert ended.metrics["accuracy"] < 0.2
    assert ended.metrics["f1_macro"] < 0.2


def test_a_failure_is_not_scored(trial: Trial, shared_board: Board) -> None:
    failed = WorkerResult(status="oom", message="out of memory")
    ended = outcome(trial, shared_board, failed, predictions=one_hot_predictions())
    assert (ended.status, ended.message, ended.metrics, ended.sidecar) == ("oom", "out of memory", {}, None)


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("predictions", {}),
        ("predictions", {"other": np.zeros(3)}),
        ("predictions", {"predictions": one_hot_predictions()[0]}),
        ("predictions", {"predictions": one_hot_predictions(items=449)}),
        ("predictions", {"predictions": one_hot_predictions(classes=9)}),
        ("predictions", {"predictions": one_hot_predictions().astype(np.int64)}),
        ("predictions", {"predictions": one_hot_predictions() * 2}),
        ("predictions", {"predictions": one_hot_predictions() - 0.5}),
        ("predictions", {"predictions": np.full((1, 450, 10), np.nan, dtype=np.float32)}),
        ("predictions", {"predictions": np.zeros((1, 450), dtype=np.int64)}),
        ("predictions", {"predictions": one_hot_predictions(0)}),
        ("shift/noise/1", {"predictions": one_hot_predictions(), "shift/noise/1": one_hot_predictions(items=3)}),
    ],
)
def test_invalid_predictions_are_an_error_that_names_the_array(
    trial: Trial, shared_board: Board, name: str, arrays: Arrays
) -> None:
    with pytest.raises(ResultError) as error:
        outcome(trial, shared_board, OK, **arrays)
    assert error.value.place == f"worker's arrays.{name}"


def test_the_panel_is_the_executors_and_its_gram_the_workers(inspecting: Trial, shared_board: Board) -> None:
    arrays = {"predictions": one_hot_predictions(), "panel/gram": GRAM, "panel/neighbours": NEIGHBOURS}
    ended = outcome(inspecting, shared_board, OK.model_copy(update={"layers": {"b": 0.5, "a": None}}), **arrays)
    assert ended.sidecar is not None
    panel, ((name, examples),) = ended.sidecar["panel"], ended.shared.items()
    assert panel["examples"] == name
    assert panel["neighbours"] == NEIGHBOURS.tolist()
    assert ended.sidecar["layers"] == [["b", 0.5], ["a", None]]
    assert (len(examples["queries"]), len(examples["gallery"]), len(examples["classes"])) == (12, 510, 10)
    assert set(examples["queries"] + examples["gallery"]) == set(range(10))


@pytest.mark.parametrize(
    "invalid",
    [
        {"panel/gram": GRAM[1:]},
        {"panel/gram": GRAM.astype(np.float32)},
        {"panel/neighbours": NEIGHBOURS + np.uint16(460)},
        {"panel/neighbours": NEIGHBOURS.astype(np.int16) - 1},
        {"panel/neighbours": NEIGHBOURS[:, :4]},
    ],
)
def test_an_invalid_panel_is_an_error(inspecting: Trial, shared_board: Board, invalid: Arrays) -> None:
    arrays = {"predictions": one_hot_predictions(), "panel/gram": GRAM, "panel/neighbours": NEIGHBOURS}
    for changed in (arrays | invalid, {name: array for name, array in arrays.items() if name not in invalid}):
        with pytest.raises(ResultError) as error:
            outcome(inspecting, shared_board, OK, **changed)
        assert error.value.place == "worker's arrays.panel"


def test_a_job_has_no_test_labels(trial: Trial, shared_board: Board) -> None:
    def as_text(path: Path) -> str:
        return str(path)

    text = json.dumps(dataclasses.asdict(job_of(trial, setting(shared_board))), default=as_text)
    assert "label" not in text.replace('"labels": false', "")
