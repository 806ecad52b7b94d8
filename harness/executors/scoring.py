"""The trusted side of a trial: reads what a worker sent, and scores its predictions against labels it never saw."""

import base64
import io
import json
import zipfile
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from harness.executors.base import Outcome
from harness.spec import Schema
from harness.store.record import Digest, Status
from harness.sweep.trials import Trial

if TYPE_CHECKING:
    import numpy as np

    from harness.executors.local import Setting

MAX_JSON_BYTES = 1 << 20
MAX_ARRAY_BYTES = 1 << 30


Word = Annotated[str, StringConstraints(max_length=60)]


class ResultError(Exception):
    """A worker's answer that is not of the protocol."""


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
    beside: dict[str, Any] = {"curve": answer.curve} if answer.curve else {}
    if answer.status == "ok" and trial.role == "reported":
        if "predictions" not in arrays:
            raise ResultError("the answer holds no predictions")
        scores, correct = score(trial, arrays["predictions"], setting)
        metrics |= scores
        beside["correct"] = correct
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
        beside=beside or None,
    )


def score(trial: Trial, predictions: "np.ndarray", setting: "Setting") -> tuple[dict[str, float], dict[str, Any]]:
    """Scores, averaged over draws, and which test examples were right. Predictions are (draws, items) class numbers."""
    import numpy as np

    from harness.data.prepared import test_labels
    from harness.metrics.scores import classification_scores

    labels, groups = test_labels(trial.spec["task"], setting.cache)
    if predictions.ndim != 2 or not len(predictions) or predictions.shape[1] != len(labels):
        raise ResultError(f"predictions have shape {predictions.shape}, and the test split has {len(labels)} examples")
    if not np.issubdtype(predictions.dtype, np.integer):
        raise ResultError(f"predictions are {predictions.dtype}, not class numbers")
    classes = int(labels.max()) + 1
    if predictions.min() < 0 or predictions.max() >= classes:
        raise ResultError(f"predictions lie outside the classes 0 to {classes - 1}")
    each = [classification_scores(labels, drawn, classes) for drawn in predictions]
    scores = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
    right = predictions == labels
    correct = {
        "draws": len(predictions),
        "items": len(labels),
        "bits": base64.b64encode(np.packbits(right, axis=None).tobytes()).decode(),
        "groups": _group_runs(groups),
    }
    return scores, correct


def _group_runs(groups: "np.ndarray") -> list[list[int]] | None:
    """Each test example's cluster, as runs of [cluster, length]; None where every example is its own."""
    import numpy as np

    _, numbers = np.unique(groups, return_inverse=True)
    if numbers.max() + 1 == len(groups):
        return None
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    lengths = np.diff(starts, append=len(numbers))
    return [[int(numbers[start]), int(length)] for start, length in zip(starts, lengths, strict=True)]


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
