"""The recipe of an adaptation trial: a pretrained encoder, a task, a protocol, and predictions for the test split."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.cache import checkpoint
from harness.catalog.schemas import WHOLE
from harness.data import TEST, TRAIN, VALIDATION, DataError
from harness.data.contamination import overlap
from harness.data.inputs import Inputs, inputs_of
from harness.data.panel import panel_of
from harness.data.prepared import PreparedTask, prepare_task
from harness.data.shifts import SEVERITIES, SHIFTS, shifted
from harness.data.shots import shots
from harness.metrics.kinds import kind_module
from harness.seeds import stream
from harness.tasks import task_class
from harness.tasks.probes import Split, linear_probe, weighted_knn
from harness.training import checkpoints, encoders
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker import inspection
from harness.worker.device import autocast, encoder_meters, meters_of

DRAWS = 8
"""How many draws of shots a probe averages: their noise is large, and averaging is almost free."""
FINETUNE_WEIGHT_DECAY = 0.05
TRAIN_SCORED = 2048
"""So many training examples are enough to tell how well they are fitted."""

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


def adapt(job: dict[str, Any]) -> Answer:
    """Adapts the parent's encoder; the arrays hold predictions for the test examples, (draws, items, ...).

    A tuning trial reads validation only, and answers without predictions.
    """
    spec = job["spec"]
    task = prepare_task(spec["task"], Path(job["cache"]), Path(job["registry"]), job["sources"])
    inputs, device = inputs_of(job), torch.device(job["device"])
    encoder = encoders.build(job["model"], Path(job["registry"]), inputs.given, 0)
    start = checkpoint(Path(job["cache"]), spec["parent"], spec.get("progress", WHOLE))
    digest = checkpoints.restore(start, encoder)
    encoder.to(device)
    answer, arrays = (finetune if spec["protocol"] == "finetune" else probe)(job, task, encoder, inputs)
    (example,) = inputs.parts(task.examples[:1], device)
    answer["meters"] |= encoder_meters(encoder, example)
    answer |= {"status": "ok", "parent_checkpoint": digest, "data": task.facts}
    if job["corpus"] and job["role"] == "reported":
        corpus = job["corpus"] | {"excludes": job["excluded"]}
        answer["overlap"] = overlap(corpus, spec["task"], Path(job["cache"]), Path(job["registry"]), job["sources"])
    return answer, arrays


def splits(task: PreparedTask, name: str, k: int | None, seed: int, draws: int) -> list[Split]:
    """The draws of `k` shots a class for training and validation alike; all labels are one draw."""
    train = np.flatnonzero(task.split == TRAIN)
    validation = np.flatnonzero(task.split == VALIDATION)
    if k is None:
        return [Split(train, validation)]
    fewest = np.bincount(task.labels[train], minlength=len(task.classes))
    if fewest.min() < k:
        label = task.classes[int(fewest.argmin())]
        raise DataError(
            f"shots = {k}: class '{label}' of '{name}' has {fewest.min()} training examples; ask for at most as many"
        )
    return [
        Split(
            train[shots(task.labels[train], k, stream(seed, "shots", name, draw))],
            validation[shots(task.labels[validation], k, stream(seed, "validation shots", name, draw))],
        )
        for draw in range(draws)
    ]


def probe(job: dict[str, Any], task: PreparedTask, encoder: torch.nn.Module, inputs: Inputs) -> Answer:
    """What the frozen features are worth, by a linear probe or weighted k-NN."""
    spec, device = job["spec"], torch.device(job["device"])
    meters = meters_of(job)

    def features(examples: np.ndarray) -> np.ndarray:
        with autocast(spec["precision"], device):
            return encoders.features(encoder, inputs, examples, device)

    fit: Any = getattr(encoder, "fit", None)
    if fit:  # a control may look at the training examples, without their labels
        fit(inputs.parts(task.examples[task.split == TRAIN], device))
    found = features(task.examples)
    meters.step(len(task.examples))
    drawn = splits(task, spec["task"]["name"], spec["shots"], spec["seed"], DRAWS)
    scaled = getattr(encoder, "standardise", True)
    method = functools.partial(linear_probe, standardise=scaled) if spec["protocol"] == "linear" else weighted_knn
    with meters.paused():
        fitted = method(found, task.labels, drawn, len(task.classes), device=device)
        arrays = {"predictions": fitted.predict(found[task.split == TEST])}
        arrays |= _under_shifts(spec, task, lambda images: fitted.predict(features(images)))
        metrics = {"validation": fitted.validation}
        if spec.get("inspect"):
            panel = panel_of(task.labels, task.split, spec["task"]["name"])
            metrics |= inspection.promises(found, task.labels, drawn)
            arrays |= inspection.seen(found[panel.tests], found[panel.gallery])
    return {"metrics": metrics, "meters": meters.summary()}, arrays


def finetune(job: dict[str, Any], task: PreparedTask, encoder: torch.nn.Module, inputs: Inputs) -> Answer:
    """All weights are trained with the head, at the rate that the job names."""
    spec, device = job["spec"], torch.device(job["device"])
    name, seed = spec["task"]["name"], spec["seed"]
    (split,) = splits(task, name, spec["shots"], seed, 1)
    rate = spec.get("rate") or job["chosen"]["rate"]
    batches = inputs.batches(
        task.examples[split.train],
        task.labels[split.train],
        batch=spec["batch"],
        steps=spec["steps"],
        seed=stream(seed, "order", name),
        device=device,
    )
    torch.manual_seed(stream(seed, "head", name))
    objective = task_class(spec["task"]["kind"])(
        encoder, batches.sample(), classes=len(task.classes), **spec["task"]["augment"]
    ).to(device)
    meters = meters_of(job)
    steppers = optimizers(objective, rate=rate, weight_decay=FINETUNE_WEIGHT_DECAY, steps=spec["steps"])

    def predict(examples: np.ndarray) -> np.ndarray:
        with autocast(spec["precision"], device):
            return objective.predict_all(inputs, examples, device)

    def metric(rows: np.ndarray) -> float:
        scores = kind_module(spec["task"]["kind"]).scores(
            predict(task.examples[rows]), task.labels[rows], len(task.classes)
        )
        return float(scores[spec["task"]["metric"]])

    inspected = inspection.Inspected(job, task, encoder, inputs) if spec.get("inspect") else None
    with autocast(spec["precision"], device), encoders.compiled(encoder, spec.get("compiled", False)):
        curve = train(objective, batches, steppers, meters, spec["steps"])
    arrays = {}
    with meters.paused():
        metrics = {"validation": metric(split.validation), "train": metric(spread(split.train, TRAIN_SCORED))}
        if job["role"] == "reported":
            arrays["predictions"] = predict(task.examples[task.split == TEST])[None]
            arrays |= _under_shifts(spec, task, lambda images: predict(images)[None])
    answer: dict[str, Any] = {
        "metrics": metrics,
        "meters": meters.summary(),
        "curve": curve,
    }
    if inspected:
        with meters.paused():
            answer["layers"] = inspected.moved()
            arrays |= inspected.seen()
    if job["chosen"]:
        answer["flags"] = ["rate on the edge of its grid"] if job["chosen"]["edge"] else []
    return answer, arrays


def _under_shifts(
    spec: dict[str, Any], task: PreparedTask, predict: Callable[[np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    """Predictions for the test images under every shift, where the adaptation asks for them."""
    if not spec.get("shifts"):
        return {}
    images = task.examples[task.split == TEST]
    return {
        f"shift/{shift}/{severity}": predict(shifted(images, shift, severity, spec["task"]["name"]))
        for shift in SHIFTS
        for severity in SEVERITIES
    }


def spread(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows, evenly spread: what lies in files often lies in the order of its classes."""
    return rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]
