"""The trusted side of a trial: reads what a worker sent, and scores its predictions against labels it never saw."""

import io
import json
import zipfile
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from harness.catalog.schemas import PUBLISHED, Digest, Schema
from harness.executors.base import Outcome
from harness.store.record import Status
from harness.sweep.trials import Trial

if TYPE_CHECKING:
    import numpy as np

    from harness.executors.local import Setting

MAX_JSON_BYTES = 1 << 20
MAX_ARRAY_BYTES = 1 << 30
LONGEST_NAME = 60
"""More of a class's name is not recorded."""


Word = Annotated[str, StringConstraints(max_length=60)]


class ResultError(Exception):
    """A worker's answer that is not of the protocol."""


class Overlap(Schema):
    """How many of a task's test examples lie in the corpus, exactly or nearly."""

    exact: int
    near: int
    of: int


class Answer(Schema):
    """What a worker may say. It runs an entry's code, so nothing of it is taken on trust."""

    status: Status
    message: str | None = None
    metrics: dict[Word, float | None] = Field(default_factory=dict, max_length=40)
    meters: dict[Word, float | Word | None] = Field(default_factory=dict, max_length=40)
    flags: list[Word] = Field(default_factory=list, max_length=8)
    checkpoint: Digest | None = None
    parent_checkpoint: Digest | None = None
    curve: dict[str, list[float | None]] = Field(default_factory=dict)
    data: dict[Word, int | dict[Word, int]] = Field(default_factory=dict, max_length=40)
    """Counts of the data: examples, what was left out and why."""
    overlap: Overlap | None = None
    layers: dict[Word, float | None] = Field(default_factory=dict, max_length=16)
    """How alike each layer is to what it was before fine-tuning, in the order in which they run."""


def outcome_of(trial: Trial, pipe: Connection, setting: "Setting", started: str, left_s: float) -> Outcome:
    """The outcome of a trial from its worker's two messages: JSON, then arrays as npz.

    Raises:
        EOFError: the worker died before it answered.
        ResultError: the answer is not of the protocol.
    """
    from harness.executors.local import now

    try:
        answer = _answer(pipe.recv_bytes(MAX_JSON_BYTES))
        if not pipe.poll(left_s):
            raise ResultError("the answer's arrays did not come in time")
        arrays = _arrays(pipe.recv_bytes(MAX_ARRAY_BYTES))
    except OSError as error:
        if isinstance(error, EOFError | ConnectionError):
            raise EOFError from error
        raise ResultError(f"the answer is larger than the protocol allows: {error}") from error
    metrics = {name: value for name, value in answer.metrics.items() if value is not None}
    beside: dict[str, Any] = {name: value for name in ("curve", "data") if (value := getattr(answer, name))}
    shared: dict[str, Any] = {}
    if answer.status == "ok" and trial.role == "reported":
        scores, evidence = score(trial, arrays, setting)
        metrics |= scores
        beside |= evidence
        if trial.spec.get("inspect"):
            found, shared = _inspected(trial, arrays, setting)
            beside["panel"] = found
            if answer.layers:
                beside["layers"] = [list(each) for each in answer.layers.items()]
    return Outcome(
        status=answer.status,
        started=started,
        ended=now(),
        message=answer.message,
        metrics=metrics,
        meters=answer.meters,
        flags=answer.flags,
        checkpoint=answer.checkpoint,
        parent_checkpoint=answer.parent_checkpoint,
        contamination=_contamination(trial, answer.overlap),
        beside=beside or None,
        shared=shared,
    )


def _inspected(trial: Trial, arrays: "Mapping[str, np.ndarray]", setting: "Setting") -> tuple[Any, dict[str, Any]]:
    from harness.executors.panels import panel_found

    try:
        return panel_found(arrays, trial.spec["task"], setting.cache)
    except ValueError as error:
        raise ResultError(str(error)) from error


def _contamination(trial: Trial, found: Overlap | None) -> dict[str, Any] | None:
    if trial.role == "reported" and trial.cell["pretraining"]["objective"] == PUBLISHED:
        return {"status": "unknown", "exact": 0, "near": 0, "of": 0}
    if found is None:
        return None
    status = "contaminated" if found.exact else "in-domain" if trial.in_domain else "clean"
    return {"status": status, **found.model_dump()}


def score(trial: Trial, arrays: "Mapping[str, np.ndarray]", setting: "Setting") -> tuple[dict[str, float], Any]:
    """The scores of a trial's predictions (draws, items, ...), averaged over draws, and what lies beside them.

    Predictions under a shift of the test examples are called `shift/<name>/<severity>`.

    Raises:
        ResultError: for what is no prediction of the task's kind.
    """
    import numpy as np

    from harness.data.prepared import test_labels
    from harness.metrics.kinds import evidence, kind_module

    task = trial.spec["task"]
    labels, groups, names = test_labels(task, setting.cache)
    classes = len(names)
    scored = kind_module(task["kind"])

    def means(predictions: np.ndarray) -> dict[str, float]:
        if predictions.ndim < 2 or not len(predictions):
            raise ResultError(f"predictions have shape {predictions.shape}, and have to be (draws, items, ...)")
        try:
            for drawn in predictions:
                scored.check(drawn, labels, classes)
        except ValueError as error:
            raise ResultError(str(error)) from error
        each = [scored.scores(drawn, labels, classes) for drawn in predictions]
        return {name: float(np.mean([one[name] for one in each])) for name in each[0]}

    if "predictions" not in arrays:
        raise ResultError("the answer holds no predictions")
    found = means(arrays["predictions"])
    beside = evidence(task["kind"], arrays["predictions"], labels, groups, task | {"classes": classes})
    beside["classes"] = [name[:LONGEST_NAME] for name in names]
    shifts: dict[str, dict[str, float]] = {}
    for name in sorted(arrays):
        if name.startswith("shift/"):
            _, shift, severity = name.split("/")
            shifts.setdefault(shift, {})[severity] = means(arrays[name])[task["metric"]]
    if shifts:
        values = [value for by_severity in shifts.values() for value in by_severity.values()]
        found["shifted"] = float(np.mean(values))
        beside["shifts"] = shifts
    return found, beside


def _answer(message: bytes) -> Answer:
    def refuse(word: str) -> float:
        raise ResultError(f"the answer holds {word}")

    try:
        return Answer.model_validate(json.loads(message, parse_constant=refuse))
    except ValidationError as error:
        first = error.errors()[0]
        raise ResultError(f"the answer's {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise ResultError(f"the answer is not JSON: {error}") from error


def _arrays(message: bytes) -> "dict[str, np.ndarray]":
    import numpy as np

    if not message:
        return {}
    try:
        with np.load(io.BytesIO(message), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ResultError(f"the answer's arrays cannot be read: {error}") from error
