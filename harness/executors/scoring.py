"""The trusted side of a trial: reads what a worker sent, and scores its predictions against labels it never saw."""

import base64
import io
import json
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from harness.executors.base import Outcome
from harness.sweep.trials import Trial

if TYPE_CHECKING:
    import numpy as np

    from harness.executors.local import Setting

MAX_JSON_BYTES = 1 << 20
MAX_ARRAY_BYTES = 1 << 30


class ResultError(Exception):
    """A worker's answer that is not of the protocol."""


def outcome_of(trial: Trial, pipe: Connection, setting: "Setting", started: str, left_s: float) -> Outcome:
    """The outcome of a trial from its worker's two messages: JSON, then arrays as npz.

    Raises:
        EOFError: the worker died before it answered.
        ResultError: the answer is not of the protocol.
    """
    from harness.executors.local import now

    try:
        answer = _json(pipe.recv_bytes(MAX_JSON_BYTES))
        if not pipe.poll(left_s):
            raise ResultError("the answer's arrays did not come in time")
        arrays = _arrays(pipe.recv_bytes(MAX_ARRAY_BYTES))
    except OSError as error:
        if isinstance(error, EOFError | ConnectionError):
            raise EOFError from error
        raise ResultError(f"the answer is larger than the protocol allows: {error}") from error
    metrics = dict(answer.get("metrics", {}))
    beside: dict[str, Any] = {"curve": answer["curve"]} if answer.get("curve") else {}
    if answer["status"] == "ok" and "predictions" in arrays:
        scores, correct = score(trial, arrays["predictions"], setting)
        metrics |= scores
        beside["correct"] = correct
    return Outcome(
        status=answer["status"],
        started=started,
        ended=now(),
        message=answer.get("message"),
        metrics=metrics,
        meters=answer.get("meters", {}),
        flags=answer.get("flags", []),
        checkpoint=answer.get("checkpoint"),
        parent_checkpoint=answer.get("parent_checkpoint"),
        beside=beside or None,
    )


def score(trial: Trial, predictions: "np.ndarray", setting: "Setting") -> tuple[dict[str, float], dict[str, Any]]:
    """Scores, averaged over draws, and which test examples were right. Predictions are (draws, items) class numbers."""
    import numpy as np

    from harness.data.prepared import test_labels
    from harness.metrics.scores import classification_scores

    labels, groups = test_labels(trial.spec["task"], setting.cache)
    if predictions.ndim != 2 or predictions.shape[1] != len(labels):
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


def _json(message: bytes) -> dict[str, Any]:
    def refuse(word: str) -> float:
        raise ResultError(f"the answer holds {word}")

    try:
        answer = json.loads(message, parse_constant=refuse)
    except ValueError as error:
        raise ResultError(f"the answer is not JSON: {error}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("status"), str):
        raise ResultError("the answer has no status")
    return answer


def _arrays(message: bytes) -> "dict[str, np.ndarray]":
    import numpy as np

    if not message:
        return {}
    try:
        with np.load(io.BytesIO(message), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, OSError) as error:
        raise ResultError(f"the answer's arrays cannot be read: {error}") from error
