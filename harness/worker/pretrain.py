"""The recipe of a pretraining trial: corpus, encoder, objective, the loop, and what came of it."""

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
from harness.data.inputs import Given, Inputs, inputs_of
from harness.data.prepared import PreparedCorpus, prepare_corpus
from harness.meters.clock import Meters
from harness.metrics.representation import collapsed, feature_std, rankme
from harness.seeds import stream
from harness.training import checkpoints, encoders
from harness.training.loop import train
from harness.training.objective import Objective
from harness.training.optimizers import optimizers
from harness.worker.device import autocast, encoder_meters, meters_of

RANKME_EXAMPLES = 512
"""RankMe depends on how many examples it sees, so the number is fixed."""
CALIBRATION_BATCHES = 16

Spec = dict[str, Any]


def pretrain(job: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pretrains an encoder; the answer holds its held-out loss, its skill, and the hash of its checkpoint."""
    spec, cache, registry = job["spec"], Path(job["cache"]), Path(job["registry"])
    device = torch.device(job["device"])
    corpus = prepare_corpus(spec["corpus"] | {"excludes": job["excluded"]}, cache, registry, job["sources"])
    inputs = inputs_of(job)
    first = stream(spec["seed"], "init", spec["model"]["name"])
    encoder = encoders.build(spec["model"], registry, inputs.given, first).to(device)
    batches, heldout = _batches(spec, corpus, inputs, device)
    objective = _objective(spec, registry, encoder, batches.sample(), corpus.classes)
    meters = meters_of(job)
    points = {share: step_at(share, spec["steps"]) for share in job["saved"]}
    snapshots = checkpoints.Snapshots(encoder, points.values(), meters.paused)
    curve = _trained(spec, encoder, objective, snapshots.along(batches), meters)
    with meters.paused():
        # The objective is evaluated with the statistics of what it trained on, be it views, turned or masked images;
        # what comes after it sees clean ones.
        with autocast(spec["precision"], device):
            metrics = objective.evaluate(heldout.once)
        encoders.recalibrate_batchnorm(encoder, _clean(batches))
        with autocast(spec["precision"], device):
            features = encoders.features(encoder, inputs, corpus.heldout_examples[:RANKME_EXAMPLES], device)
    digest = checkpoints.save(checkpoint(cache, job["key"]), encoder)
    for share, step in points.items():  # after the end, so that no batch or random number of the run is another
        _restore(encoder, snapshots.taken[step], batches, first)
        checkpoints.save(checkpoint(cache, job["key"], share), encoder)
    (example,) = inputs.parts(corpus.heldout_examples[:1], device)
    return {
        "status": "ok",
        "metrics": metrics | _variety(features),
        "meters": meters.summary() | encoder_meters(encoder, example),
        "curve": curve,
        "flags": ["collapsed"] if spec["steps"] and collapsed(features) else [],
        "data": corpus.facts,
        "checkpoint": digest,
    }, {}


def _batches(spec: Spec, corpus: PreparedCorpus, inputs: Inputs, device: torch.device) -> tuple[Given, Given]:
    """What is trained on, and what is held out, which all seeds see alike."""
    name, labelled = spec["corpus"]["name"], spec["corpus"]["labels"]
    alike: dict[str, Any] = {"batch": spec["batch"], "device": device, "views": spec["corpus"]["views"]}
    trained = inputs.batches(
        corpus.examples,
        corpus.labels if labelled else None,
        steps=spec["steps"],
        seed=stream(spec["seed"], "order", name),
        **alike,
    )
    heldout = inputs.batches(
        corpus.heldout_examples,
        corpus.heldout_labels if labelled else None,
        steps=0,
        seed=stream(0, "heldout", name),
        **alike,
    )
    return trained, heldout


def _clean(batches: Given) -> Iterable[Batch]:
    """What BatchNorm is calibrated on."""
    return itertools.islice(batches.once(), CALIBRATION_BATCHES)


def _objective(spec: Spec, registry: Path, encoder: nn.Module, sample: Batch, classes: int) -> Objective:
    """The objective with its parts, whose weights are drawn from a seed of their own."""
    torch.manual_seed(stream(spec["seed"], "parts", spec["objective"]["name"]))
    made: Objective = resolve(spec["objective"]["entry"], registry / "objectives")(
        encoder, sample, classes=classes, **spec["objective"]["args"]
    ).to(sample.x.device, memory_format=torch.channels_last)
    return made


def _trained(
    spec: Spec, encoder: nn.Module, objective: Objective, batches: Iterable[Batch], meters: Meters
) -> dict[str, list[float]]:
    """Trains the objective with its encoder; returns the learning curve, empty where there are no steps."""
    if not spec["steps"]:
        return {}
    steppers = optimizers(objective, steps=spec["steps"], **spec["objective"]["optimizer"])
    with autocast(spec["precision"], meters.device), encoders.compiled(encoder, spec.get("compiled", False)):
        return train(objective, batches, steppers, meters, spec["steps"])


def _variety(features: np.ndarray) -> dict[str, float]:
    """How much features (N, D) vary."""
    return {
        "rankme": rankme(features),
        "rankme_centred": rankme(features - features.mean(axis=0)),
        "feature_std": feature_std(features),
    }


def _restore(encoder: nn.Module, weights: Mapping[str, Tensor], batches: Given, seed: int) -> None:
    """Takes the encoder back to where it was within its run, with the statistics of clean batches."""
    encoder.load_state_dict(weights)
    torch.manual_seed(seed)
    encoders.recalibrate_batchnorm(encoder, _clean(batches))
