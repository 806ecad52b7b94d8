"""The recipe of a pretraining trial: corpus, encoder, objective, the loop, and the result."""

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.cache import checkpoint
from harness.catalog.loading import resolve
from harness.catalog.schemas import step_at
from harness.data.batches import Batch
from harness.data.inputs import BatchSource, Inputs
from harness.data.prepared import PreparedCorpus, prepare_corpus
from harness.meters.clock import Meters
from harness.metrics.representation import collapsed, feature_std, rankme
from harness.seeds import stream
from harness.training import checkpoints, encoders
from harness.training.features import frozen_features
from harness.training.loop import train
from harness.training.objective import Objective
from harness.training.optimizers import optimizers
from harness.worker.device import autocast, encoder_meters, meters_of
from harness.worker.inputs import inputs_of
from harness.worker.protocol import Arrays, Job, Spec, WorkerResult, finite

RANKME_EXAMPLES = 512
"""RankMe depends on the number of examples, so it is fixed."""
CALIBRATION_BATCHES = 16


def pretrain(job: Job) -> tuple[WorkerResult, Arrays]:
    """Pretrains an encoder and saves its checkpoints; the result has its held-out loss, skill and checkpoint's hash.

    Raises:
        DataError: the corpus or the weights cannot be prepared.
        Diverged: a loss or a feature is not finite.
    """
    spec, device = job.spec, torch.device(job.device)
    corpus = prepare_corpus(spec["corpus"] | {"excludes": list(job.excluded)}, job.cache, job.registry, job.sources)
    inputs = inputs_of(job)
    init = stream(spec["seed"], "init", spec["model"]["name"])
    encoder = encoders.build(spec["model"], job.registry, inputs.given, init).to(device)
    batches, heldout = _batches(spec, corpus, inputs, device)
    objective = _objective(spec, job.registry, encoder, batches.sample(), corpus.classes)
    meters = meters_of(job)
    points = {share: step_at(share, spec["steps"]) for share in job.saved}
    snapshots = checkpoints.Snapshots(encoder, points.values(), meters.paused)
    curve = _train(spec, encoder, objective, snapshots.along(batches), meters)
    with meters.paused():
        # The objective is evaluated with the BatchNorm statistics of its own inputs: views, rotated or masked images.
        # Everything after it uses those of clean images.
        with autocast(spec["precision"], device):
            metrics = objective.evaluate(heldout.once)
        encoders.recalibrate_batchnorm(encoder, _calibration(batches))
        with autocast(spec["precision"], device):
            features = frozen_features(encoder, inputs, corpus.heldout_examples[:RANKME_EXAMPLES], device)
    digest = checkpoints.save(checkpoint(job.cache, job.key), encoder)
    for share, step in points.items():  # after the end, so that they consume no batch or random number of the run
        _rewind(encoder, snapshots.taken[step], batches, init)
        checkpoints.save(checkpoint(job.cache, job.key, share), encoder)
    (example,) = inputs.parts(corpus.heldout_examples[:1], device)
    result = WorkerResult(
        status="ok",
        metrics=finite(metrics | _spread(features)),
        meters=finite(meters.summary() | encoder_meters(encoder, example)),
        curve=curve,
        flags=["collapsed"] if spec["steps"] and collapsed(features) else [],
        data=corpus.facts,
        checkpoint=digest,
    )
    return result, {}


def _batches(
    spec: Spec, corpus: PreparedCorpus, inputs: Inputs, device: torch.device
) -> tuple[BatchSource, BatchSource]:
    """Training batches, and held-out batches, which are the same for all seeds."""
    name, labelled = spec["corpus"]["name"], spec["corpus"]["labels"]
    shared: dict[str, Any] = {"batch": spec["batch"], "device": device, "views": spec["corpus"]["views"]}
    training = inputs.batches(
        corpus.examples,
        corpus.labels if labelled else None,
        steps=spec["steps"],
        seed=stream(spec["seed"], "order", name),
        **shared,
    )
    heldout = inputs.batches(
        corpus.heldout_examples,
        corpus.heldout_labels if labelled else None,
        steps=0,
        seed=stream(0, "heldout", name),
        **shared,
    )
    return training, heldout


def _calibration(batches: BatchSource) -> Iterable[Batch]:
    """The batches that BatchNorm is calibrated on."""
    return itertools.islice(batches.once(), CALIBRATION_BATCHES)


def _objective(spec: Spec, registry: Path, encoder: nn.Module, sample: Batch, classes: int) -> Objective:
    """The objective with its parts, whose weights have a random stream of their own."""
    torch.manual_seed(stream(spec["seed"], "parts", spec["objective"]["name"]))
    objective: Objective = resolve(spec["objective"]["entry"], registry / "objectives")(
        encoder, sample, classes=classes, **spec["objective"]["args"]
    ).to(sample.x.device, memory_format=torch.channels_last)
    return objective


def _train(
    spec: Spec, encoder: nn.Module, objective: Objective, batches: Iterable[Batch], meters: Meters
) -> dict[str, list[float]]:
    """Trains the objective with its encoder; returns the learning curve, empty where there are no steps."""
    if not spec["steps"]:
        return {}
    steppers = optimizers(objective, steps=spec["steps"], **spec["objective"]["optimizer"])
    with autocast(spec["precision"], meters.device), encoders.compiled(encoder, spec.get("compiled", False)):
        return train(objective, batches, steppers, meters, spec["steps"])


def _spread(features: np.ndarray) -> dict[str, float]:
    """RankMe and standard deviation of features (N, D)."""
    return {
        "rankme": rankme(features),
        "rankme_centred": rankme(features - features.mean(axis=0)),
        "feature_std": feature_std(features),
    }


def _rewind(encoder: nn.Module, weights: Mapping[str, Tensor], batches: BatchSource, seed: int) -> None:
    """Restores the encoder to a snapshot of its run, with BatchNorm calibrated on clean batches."""
    encoder.load_state_dict(weights)
    torch.manual_seed(seed)
    encoders.recalibrate_batchnorm(encoder, _calibration(batches))
