"""The recipe of a pretraining trial: corpus, encoder, objective, the loop, and what came of it."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from harness.data.batches import Batch
from harness.data.inputs import inputs_of
from harness.data.prepared import prepare_corpus
from harness.entries import resolve
from harness.metrics.representation import collapsed, feature_std, rankme
from harness.objectives.base import Objective
from harness.seeds import stream
from harness.spec import step_at
from harness.sweep.artefacts import checkpoint
from harness.training import checkpoints, encoders
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker.device import autocast, encoder_meters, meters_of

RANKME_EXAMPLES = 512
"""RankMe depends on how many examples it sees, so the number is fixed."""
CALIBRATION_BATCHES = 16


def pretrain(job: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pretrains an encoder; the answer holds its held-out loss, its skill, and the hash of its checkpoint."""
    spec, device = job["spec"], torch.device(job["device"])
    seed, cache = spec["seed"], Path(job["cache"])
    wanted = spec["corpus"] | {"excludes": job["excluded"]}
    corpus = prepare_corpus(wanted, cache, Path(job["registry"]), job["sources"])
    inputs = inputs_of(job)
    first = stream(seed, "init", spec["model"]["name"])
    encoder = encoders.build(spec["model"], Path(job["registry"]), inputs.given, first)
    encoder.to(device)
    name = spec["corpus"]["name"]
    labels = corpus.labels if spec["corpus"]["labels"] else None
    batches = inputs.batches(
        corpus.examples,
        labels,
        batch=spec["batch"],
        steps=spec["steps"],
        seed=stream(seed, "order", name),
        device=device,
        views=spec["corpus"]["views"],
    )
    heldout = inputs.batches(
        corpus.heldout_examples,
        corpus.heldout_labels if labels is not None else None,
        batch=spec["batch"],
        steps=0,
        seed=stream(0, "heldout", name),
        device=device,
        views=spec["corpus"]["views"],
    )

    def clean() -> Iterator[Batch]:
        return itertools.islice(batches.once(), CALIBRATION_BATCHES)

    torch.manual_seed(stream(seed, "parts", spec["objective"]["name"]))
    objective: Objective = resolve(spec["objective"]["entry"], Path(job["registry"]) / "objectives")(
        encoder, batches.sample(), classes=corpus.classes, **spec["objective"]["args"]
    ).to(device, memory_format=torch.channels_last)
    meters = meters_of(job)
    points = {share: step_at(share, spec["steps"]) for share in job["saved"]}
    snapshots = checkpoints.Snapshots(encoder, points.values(), meters.paused)
    curve: dict[str, list[float]] = {}
    if spec["steps"]:
        settings = spec["objective"]["optimizer"]
        steppers = optimizers(objective, steps=spec["steps"], **settings)
        with autocast(spec["precision"], device), encoders.compiled(encoder, spec.get("compiled", False)):
            curve = train(objective, snapshots.along(batches), steppers, meters, spec["steps"])
    with meters.paused():
        # The objective is evaluated with the statistics of what it trained on, be it views, turned or masked images;
        # what comes after it sees clean ones.
        with autocast(spec["precision"], device):
            metrics = objective.evaluate(heldout.once)
        encoders.recalibrate_batchnorm(encoder, clean())
        with autocast(spec["precision"], device):
            features = encoders.features(encoder, inputs, corpus.heldout_examples[:RANKME_EXAMPLES], device)
    metrics |= {
        "rankme": rankme(features),
        "rankme_centred": rankme(features - features.mean(axis=0)),
        "feature_std": feature_std(features),
    }
    flags = ["collapsed"] if spec["steps"] and collapsed(features) else []
    digest = checkpoints.save(checkpoint(cache, job["key"]), encoder)
    for share, step in points.items():  # after the end, so that no batch or random number of the run is another
        encoder.load_state_dict(snapshots.taken[step])
        torch.manual_seed(first)
        encoders.recalibrate_batchnorm(encoder, clean())
        checkpoints.save(checkpoint(cache, job["key"], share), encoder)
    (example,) = inputs.parts(corpus.heldout_examples[:1], device)
    return {
        "status": "ok",
        "metrics": metrics,
        "meters": meters.summary() | encoder_meters(encoder, example),
        "curve": curve,
        "flags": flags,
        "data": corpus.facts,
        "checkpoint": digest,
    }, {}
