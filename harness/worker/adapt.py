"""The recipe of an adaptation trial: a pretrained encoder, a task, a protocol, and predictions for the test split."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from harness.cache import checkpoint
from harness.catalog.schemas import WHOLE
from harness.data import TEST, TRAIN, VALIDATION, DataError
from harness.data.contamination import overlap
from harness.data.inputs import Inputs
from harness.data.panel import panel_of
from harness.data.prepared import PreparedTask, prepare_task
from harness.data.shifts import SEVERITIES, SHIFTS, shifted
from harness.data.shots import shots
from harness.metrics.kinds import kind_module
from harness.seeds import stream
from harness.tasks import task_class
from harness.tasks.probes import Split, linear_probe, weighted_knn
from harness.training import checkpoints, encoders
from harness.training.features import frozen_features
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker import inspection
from harness.worker.device import autocast, encoder_meters, meters_of
from harness.worker.inputs import inputs_of
from harness.worker.protocol import Arrays, Job, Overlap, Spec, WorkerResult, finite

DRAWS = 8
"""Draws of shots that a probe averages: their noise is large, and averaging is almost free."""
FINETUNE_WEIGHT_DECAY = 0.05
TRAIN_SCORED = 2048
"""Training examples on which the training metric is measured, at most."""


@dataclass
class Adapted:
    """The measurements of one protocol."""

    metrics: dict[str, float]
    meters: dict[str, Any]
    arrays: Arrays
    curve: dict[str, list[float]] = field(default_factory=dict)
    layers: dict[str, float] = field(default_factory=dict)


def adapt(job: Job) -> tuple[WorkerResult, Arrays]:
    """Adapts the parent's encoder; the arrays hold predictions for the test examples, (draws, items, ...).

    A tuning trial reads validation only, and returns no predictions.

    Raises:
        DataError: the task cannot be prepared, or a class has too few examples for the shots.
        BoardError: the parent's checkpoint is missing or does not fit.
        Diverged: a loss or a feature is not finite.
    """
    spec, device = job.spec, torch.device(job.device)
    task = prepare_task(spec["task"], job.cache, job.registry, job.sources)
    inputs = inputs_of(job)
    encoder = encoders.build(job.model, job.registry, inputs.given, 0)
    digest = checkpoints.restore(checkpoint(job.cache, spec["parent"], spec.get("progress", WHOLE)), encoder)
    encoder.to(device)
    protocol = finetune if spec["protocol"] == "finetune" else probe
    adapted = protocol(job, task, encoder, inputs)
    (example,) = inputs.parts(task.examples[:1], device)
    result = WorkerResult(
        status="ok",
        metrics=finite(adapted.metrics),
        meters=finite(adapted.meters | encoder_meters(encoder, example)),
        curve=adapted.curve,
        flags=["rate on the edge of its grid"] if job.chosen and job.chosen["edge"] else [],
        data=task.facts,
        parent_checkpoint=digest,
        overlap=_overlap(job),
        layers=finite(adapted.layers),
    )
    return result, adapted.arrays


def _overlap(job: Job) -> Overlap | None:
    """Test examples of the task in the corpus, where the trial is reported and has a corpus."""
    if not job.corpus or job.role != "reported":
        return None
    corpus = job.corpus | {"excludes": list(job.excluded)}
    return Overlap(**overlap(corpus, job.spec["task"], job.cache, job.registry, job.sources))


def splits(task: PreparedTask, name: str, k: int | None, seed: int, draws: int) -> list[Split]:
    """`draws` draws of `k` shots a class, for training and validation alike. Without `k` one draw with all labels.

    Raises:
        DataError: a class has fewer than `k` training examples.
    """
    train = np.flatnonzero(task.split == TRAIN)
    validation = np.flatnonzero(task.split == VALIDATION)
    if k is None:
        return [Split(train, validation)]
    counts = np.bincount(task.labels[train], minlength=len(task.classes))
    if counts.min() < k:
        raise DataError(
            f"class '{task.classes[int(counts.argmin())]}' of '{name}'",
            place=f"shots = {k}",
            expected=f"at least {k} training examples",
            got=str(counts.min()),
            fix="lower `shots`, or add examples",
        )
    return [
        Split(
            train[shots(task.labels[train], k, stream(seed, "shots", name, draw))],
            validation[shots(task.labels[validation], k, stream(seed, "validation shots", name, draw))],
        )
        for draw in range(draws)
    ]


def probe(job: Job, task: PreparedTask, encoder: nn.Module, inputs: Inputs) -> Adapted:
    """A linear probe or weighted k-NN on the frozen features.

    Raises:
        DataError: a class has too few examples for the shots.
        Diverged: a feature is not finite.
    """
    spec, device = job.spec, torch.device(job.device)
    meters = meters_of(job)

    def features_of(examples: np.ndarray) -> np.ndarray:
        with autocast(spec["precision"], device):
            return frozen_features(encoder, inputs, examples, device)

    fit: Any = getattr(encoder, "fit", None)
    if fit:  # a control such as TF-IDF, fitted to the training examples without their labels
        fit(inputs.parts(task.examples[task.split == TRAIN], device))
    features = features_of(task.examples)
    meters.step(len(task.examples))
    draws = splits(task, spec["task"]["name"], spec["shots"], spec["seed"], DRAWS)
    standardise = getattr(encoder, "standardise", True)
    method = functools.partial(linear_probe, standardise=standardise) if spec["protocol"] == "linear" else weighted_knn
    with meters.paused():
        fitted = method(features, task.labels, draws, len(task.classes), device=device)
        arrays = {"predictions": fitted.predict(features[task.split == TEST])}
        arrays |= _shifted_predictions(spec, task, lambda images: fitted.predict(features_of(images)))
        metrics = {"validation": fitted.validation}
        if spec.get("inspect"):
            panel = panel_of(task.labels, task.split, spec["task"]["name"])
            metrics |= inspection.transferability(features, task.labels, draws)
            arrays |= inspection.panel_arrays(features[panel.tests], features[panel.gallery])
    return Adapted(metrics, meters.summary(), arrays)


def finetune(job: Job, task: PreparedTask, encoder: nn.Module, inputs: Inputs) -> Adapted:
    """Training of all weights and the head, at the job's rate or the chosen one.

    Raises:
        DataError: a class has too few examples for the shots.
        Diverged: a loss is not finite.
    """
    spec, device = job.spec, torch.device(job.device)
    name, seed = spec["task"]["name"], spec["seed"]
    (split,) = splits(task, name, spec["shots"], seed, 1)
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
    steppers = optimizers(objective, rate=_rate(job), weight_decay=FINETUNE_WEIGHT_DECAY, steps=spec["steps"])

    def predict(examples: np.ndarray) -> np.ndarray:
        with autocast(spec["precision"], device):
            return objective.predict_all(inputs, examples, device)

    def metric(rows: np.ndarray) -> float:
        scores = kind_module(spec["task"]["kind"]).scores(
            predict(task.examples[rows]), task.labels[rows], len(task.classes)
        )
        return float(scores[spec["task"]["metric"]])

    before = inspection.Inspection(job, task, encoder, inputs) if spec.get("inspect") else None
    with autocast(spec["precision"], device), encoders.compiled(encoder, spec.get("compiled", False)):
        curve = train(objective, batches, steppers, meters, spec["steps"])
    arrays, layers = {}, {}
    with meters.paused():
        metrics = {"validation": metric(split.validation), "train": metric(spaced(split.train, TRAIN_SCORED))}
        if job.role == "reported":
            arrays["predictions"] = predict(task.examples[task.split == TEST])[None]
            arrays |= _shifted_predictions(spec, task, lambda images: predict(images)[None])
    summary = meters.summary()
    if before:
        with meters.paused():
            layers = before.layer_similarity()
            arrays |= before.panel_arrays()
    return Adapted(metrics, summary, arrays, curve, layers)


def _rate(job: Job) -> float:
    """The rate of a tuning trial, else the chosen one."""
    rate = job.spec.get("rate")
    if rate is None:
        assert job.chosen is not None
        rate = job.chosen["rate"]
    return float(rate)


def _shifted_predictions(spec: Spec, task: PreparedTask, predict: Callable[[np.ndarray], np.ndarray]) -> Arrays:
    """Predictions for the test images under every shift, where the spec has `shifts`."""
    if not spec.get("shifts"):
        return {}
    images = task.examples[task.split == TEST]
    return {
        f"shift/{shift}/{severity}": predict(shifted(images, shift, severity, spec["task"]["name"]))
        for shift in SHIFTS
        for severity in SEVERITIES
    }


def spaced(rows: np.ndarray, most: int) -> np.ndarray:
    """At most `most` of the rows (N,), evenly spaced, since examples in files are often ordered by class."""
    return rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]
