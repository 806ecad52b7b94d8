"""The recipe of an adaptation trial: a pretrained encoder, a task, a protocol, and predictions for the test split."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.data.batches import Batches, to_float
from harness.data.prepared import PreparedTask, prepare_task
from harness.data.shots import shots
from harness.seeds import stream
from harness.sweep.artefacts import checkpoint
from harness.tasks import task_class
from harness.tasks.probes import Split, linear_probe, weighted_knn
from harness.training import checkpoints, encoders
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker.device import autocast, encoder_meters, meters_of

DRAWS = 8
"""How many draws of shots a probe averages: their noise is large, and averaging is almost free."""
FINETUNE_WEIGHT_DECAY = 0.05

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


def adapt(job: dict[str, Any]) -> Answer:
    """Adapts the parent's encoder; the arrays hold the predicted class of each test example, (draws, items).

    A tuning trial reads validation only, and answers without predictions.
    """
    spec = job["spec"]
    task = prepare_task(spec["task"], Path(job["cache"]), Path(job["registry"]))
    encoder = encoders.build(job["model"], Path(job["registry"]), job["shape"], 0)
    digest = checkpoints.restore(checkpoint(Path(job["cache"]), spec["parent"]), encoder)
    encoder.to(torch.device(job["device"]))
    answer, arrays = (finetune if spec["protocol"] == "finetune" else probe)(job, task, encoder)
    answer |= {"status": "ok", "parent_checkpoint": digest}
    return answer, arrays


def splits(task: PreparedTask, name: str, k: int | None, seed: int, draws: int) -> list[Split]:
    """The draws of `k` shots a class for training and validation alike; all labels are one draw."""
    train = np.flatnonzero(task.split == 0)
    validation = np.flatnonzero(task.split == 1)
    if k is None:
        return [Split(train, validation)]
    return [
        Split(
            train[shots(task.labels[train], k, stream(seed, "shots", name, draw))],
            validation[shots(task.labels[validation], k, stream(seed, "validation shots", name, draw))],
        )
        for draw in range(draws)
    ]


def probe(job: dict[str, Any], task: PreparedTask, encoder: torch.nn.Module) -> Answer:
    """What the frozen features are worth, by a linear probe or weighted k-NN."""
    spec, device = job["spec"], torch.device(job["device"])
    meters = meters_of(job)
    with autocast(spec["precision"], device):
        features = encoders.features(encoder, task.images, device=device)
    meters.step(len(task.images))
    drawn = splits(task, spec["task"]["name"], spec["shots"], spec["seed"], DRAWS)
    method = linear_probe if spec["protocol"] == "linear" else weighted_knn
    with meters.paused():
        result = method(features, task.labels, drawn, np.flatnonzero(task.split == 2), len(task.classes))
    example = to_float(torch.as_tensor(task.images[:1].copy(), device=device))
    return {
        "metrics": {"validation_accuracy": result.validation_accuracy},
        "meters": meters.summary() | encoder_meters(encoder, example),
    }, {"predictions": result.predictions}


def finetune(job: dict[str, Any], task: PreparedTask, encoder: torch.nn.Module) -> Answer:
    """All weights are trained with the head, at the rate that the job names."""
    spec, device = job["spec"], torch.device(job["device"])
    name, seed = spec["task"]["name"], spec["seed"]
    (split,) = splits(task, name, spec["shots"], seed, 1)
    rate = spec.get("rate") or job["chosen"]["rate"]
    batches = Batches(
        task.images[split.train],
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
    with autocast(spec["precision"], device):
        curve = train(objective, batches, steppers, meters, spec["steps"])
        with meters.paused():
            validation = objective.predict_all(task.images[split.validation], device)
            fitted = objective.predict_all(task.images[split.train], device)
            reported = job["role"] == "reported"
            predictions = objective.predict_all(task.images[task.split == 2], device) if reported else None
    metrics = {
        "validation_accuracy": float(np.mean(validation == task.labels[split.validation])),
        "train_accuracy": float(np.mean(fitted == task.labels[split.train])),
    }
    example = to_float(torch.as_tensor(task.images[:1].copy(), device=device))
    answer: dict[str, Any] = {
        "metrics": metrics,
        "meters": meters.summary() | encoder_meters(encoder, example),
        "curve": curve,
    }
    if job["chosen"]:
        answer["flags"] = ["rate on the edge of its grid"] if job["chosen"]["edge"] else []
    return answer, {} if predictions is None else {"predictions": predictions[None]}
