"""The trusted side of a trial: scores a worker's predictions against test labels that the worker never sees."""

from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import PUBLISHED
from harness.executors.base import Setting, now
from harness.executors.receiving import ResultError
from harness.store.record import Contamination, Outcome
from harness.trial import Trial
from harness.worker.protocol import Arrays, Overlap, WorkerResult

if TYPE_CHECKING:
    import numpy as np

MAX_CLASS_NAME = 60
"""Characters of a class name in a sidecar."""


def outcome_of(trial: Trial, result: WorkerResult, arrays: Arrays, setting: Setting, started: str) -> Outcome:
    """The outcome of a trial from its worker's result and arrays.

    Raises:
        ResultError: the arrays break the protocol.
        DataError: the prepared data of the task are gone.
    """
    metrics = {name: value for name, value in result.metrics.items() if value is not None}
    sidecar: dict[str, Any] = {name: value for name in ("curve", "data") if (value := getattr(result, name))}
    shared: dict[str, Any] = {}
    if result.status == "ok" and trial.role == "reported":
        scores, evidence = score(trial, arrays, setting)
        metrics |= scores
        sidecar |= evidence
        if trial.spec.get("inspect"):
            sidecar["panel"], shared = _panel(trial, arrays, setting)
            if result.layers:
                sidecar["layers"] = [list(layer) for layer in result.layers.items()]
    return Outcome(
        status=result.status,
        started=started,
        ended=now(),
        message=result.message,
        metrics=metrics,
        meters=result.meters,
        flags=result.flags,
        checkpoint=result.checkpoint,
        parent_checkpoint=result.parent_checkpoint,
        contamination=_contamination(trial, result.overlap),
        sidecar=sidecar or None,
        shared=shared,
    )


def score(trial: Trial, arrays: Arrays, setting: Setting) -> tuple[dict[str, float], dict[str, Any]]:
    """The metrics of predictions, averaged over draws; and their sidecar data.

    Raises:
        ResultError: the predictions are missing, or invalid for the task's kind.
        DataError: the prepared data of the task are gone.
    """
    import numpy as np

    from harness.data.prepared import test_labels
    from harness.metrics.kinds import evidence, kind_module

    task = trial.spec["task"]
    labels, groups, names = test_labels(task, setting.cache)
    kind, classes = kind_module(task["kind"]), len(names)

    def means(name: str) -> dict[str, float]:
        predictions = _predictions(arrays, name)
        try:
            for draw in predictions:
                kind.check(draw, labels, classes)
        except ValueError as error:
            raise ResultError(str(error), place=f"worker's arrays.{name}") from error
        draws = [kind.scores(draw, labels, classes) for draw in predictions]
        return {metric: float(np.mean([scores[metric] for scores in draws])) for metric in draws[0]}

    metrics = means("predictions")
    sidecar = evidence(task["kind"], arrays["predictions"], labels, groups, task | {"classes": classes})
    sidecar["classes"] = [name[:MAX_CLASS_NAME] for name in names]
    shifts: dict[str, dict[str, float]] = {}
    for name in sorted(arrays):
        if name.startswith("shift/"):
            _, shift, severity = name.split("/")
            shifts.setdefault(shift, {})[severity] = means(name)[task["metric"]]
    if shifts:
        values = [value for by_severity in shifts.values() for value in by_severity.values()]
        metrics["shifted"] = float(np.mean(values))
        sidecar["shifts"] = shifts
    return metrics, sidecar


def _predictions(arrays: Arrays, name: str) -> "np.ndarray":
    """Predictions (draws, items, ...), at least one draw."""
    predictions = arrays.get(name)
    if predictions is None or predictions.ndim < 2 or not len(predictions):
        got = "none" if predictions is None else f"shape {predictions.shape}"
        raise ResultError(place=f"worker's arrays.{name}", expected="predictions (draws, items, ...)", got=got)
    return predictions


def _panel(trial: Trial, arrays: Arrays, setting: Setting) -> tuple[dict[str, Any], dict[str, Any]]:
    from harness.executors.panels import panel_sidecar

    try:
        return panel_sidecar(arrays, trial.spec["task"], setting.cache)
    except ValueError as error:
        raise ResultError(str(error), place="worker's arrays.panel") from error


def _contamination(trial: Trial, overlap: Overlap | None) -> Contamination | None:
    """The contamination of a record; None where it is not known whether there is any."""
    if trial.role == "reported" and trial.cell.pretraining.arm.objective == PUBLISHED:
        return Contamination(status="unknown", exact=0, near=0, of=0)
    if overlap is None:
        return None
    return Contamination(
        status="contaminated" if overlap.exact else "in-domain" if trial.in_domain else "clean",
        exact=overlap.exact,
        near=overlap.near,
        of=overlap.of,
    )
