"""Scoring of predictions by task kind, and the sidecar data that an interval over new test items needs.

The module of a kind has the kind's name, imports no torch, and has

    check_labels(labels, split, shape, classes)            raises ValueError for invalid labels
    check(predictions, labels, classes)                    raises ValueError for invalid predictions
    scores(predictions, labels, classes) -> {name: value}
    per_class(predictions, labels, classes) -> {name: [value of each class]}

and one of these, for an interval over new test items:

    correct(predictions, labels) -> bool (N,)              the examples that are right, where the metric is their share
    confusion(predictions, labels, classes), packed(...)   with `correct`: the confusion matrix, and its text
    resamples(predictions, labels, classes, weights)       the metric (B,) over resampled test items, weights (B, N)
"""

import base64
import importlib
from types import ModuleType
from typing import Any

import numpy as np

from harness.seeds import stream

RESAMPLES = 200
"""Bootstrap resamples of the test items."""


def kind_module(kind: str) -> ModuleType:
    """The module that scores a task kind: of `image-classification` it is `image_classification.py` in this folder."""
    return importlib.import_module(f"harness.metrics.{kind.replace('-', '_')}")


def evidence(kind: str, predictions: np.ndarray, labels: np.ndarray, groups: np.ndarray, task: dict[str, Any]) -> Any:
    """The sidecar data of predictions (draws, N, ...): `per_class`, and `correct` with `confusion`, or `resamples`.

    Groups (N,) are the clusters of the test items. `task` has the task's `name` and its number of `classes`.
    """
    module, classes = kind_module(kind), task["classes"]
    draws = [module.per_class(draw, labels, classes) for draw in predictions]
    sidecar: dict[str, Any] = {
        "per_class": {name: [round(x, 4) for x in np.mean([one[name] for one in draws], axis=0)] for name in draws[0]}
    }
    if hasattr(module, "correct"):
        right = np.stack([module.correct(draw, labels) for draw in predictions])
        counts = np.sum([module.confusion(draw, labels, classes) for draw in predictions], axis=0)
        return sidecar | {"correct": _bits(right, groups), "confusion": module.packed(counts)}
    weights = resample_weights(groups, task["name"])
    values = np.mean([module.resamples(draw, labels, classes, weights) for draw in predictions], axis=0)
    clusters = len(np.unique(groups))
    return sidecar | {"resamples": {"values": [round(float(x), 5) for x in values], "clusters": clusters}}


def resample_weights(groups: np.ndarray, task: str) -> np.ndarray:
    """int64 (RESAMPLES, N): how often each test item occurs when whole groups (N,) are resampled.

    They are the same for all trials of a task, so differences between trials are paired.
    """
    random = np.random.default_rng(stream(0, "resample", task))
    _, numbers = np.unique(groups, return_inverse=True)
    count = int(numbers.max()) + 1
    drawn = random.integers(count, size=(RESAMPLES, count))
    times = np.stack([np.bincount(row, minlength=count) for row in drawn])
    return times[:, numbers]


def _bits(right: np.ndarray, groups: np.ndarray) -> dict[str, Any]:
    """One bit a draw and test item, and the items' clusters."""
    return {
        "draws": len(right),
        "items": right.shape[1],
        "bits": base64.b64encode(np.packbits(right, axis=None).tobytes()).decode(),
        "groups": _group_runs(groups),
    }


def _group_runs(groups: np.ndarray) -> list[list[int]] | None:
    """The clusters of test items as runs [cluster, length]; None where every item is its own cluster."""
    _, numbers = np.unique(groups, return_inverse=True)
    if numbers.max() + 1 == len(groups):
        return None
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    lengths = np.diff(starts, append=len(numbers))
    return [[int(numbers[start]), int(length)] for start, length in zip(starts, lengths, strict=True)]
