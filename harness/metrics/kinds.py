"""How the predictions of a task kind are scored, and what lies beside a record so that a reader can judge the figure.

A kind's module has the kind's name and offers, without torch,

    check_labels(labels, split, shape, classes)            raises ValueError for what is no set of labels
    check(predictions, labels, classes)                    raises ValueError for what is no prediction
    scores(predictions, labels, classes) -> {name: value}
    per_class(predictions, labels, classes) -> {name: [value of each class]}

and one of these, by which an interval over new test items is made:

    correct(predictions, labels) -> bool (N,)              which examples are right, where the metric is their share
    resamples(predictions, labels, classes, weights)       the metric over test items drawn anew, weights (B, N)
"""

import base64
import importlib
from types import ModuleType
from typing import Any

import numpy as np

from harness.seeds import stream

RESAMPLES = 200


def kind_module(kind: str) -> ModuleType:
    """The module that scores a task kind: `image-classification` is `image_classification.py` beside this file."""
    return importlib.import_module(f"harness.metrics.{kind.replace('-', '_')}")


def evidence(kind: str, predictions: np.ndarray, labels: np.ndarray, groups: np.ndarray, task: dict[str, Any]) -> Any:
    """What lies beside a record of predictions (draws, N, ...): by class, and how new test items would move the metric.

    `task` names the task, its `metric` and its number of `classes`.
    """
    scored, classes = kind_module(kind), task["classes"]
    each = [scored.per_class(drawn, labels, classes) for drawn in predictions]
    found: dict[str, Any] = {
        "per_class": {name: [round(x, 4) for x in np.mean([one[name] for one in each], axis=0)] for name in each[0]}
    }
    if hasattr(scored, "correct"):
        right = np.stack([scored.correct(drawn, labels) for drawn in predictions])
        counts = np.sum([scored.confusion(drawn, labels, classes) for drawn in predictions], axis=0)
        return found | {"correct": _bits(right, groups), "confusion": scored.packed(counts)}
    weights = resample_weights(groups, task["name"])
    values = np.mean([scored.resamples(drawn, labels, classes, weights) for drawn in predictions], axis=0)
    clusters = len(np.unique(groups))
    return found | {"resamples": {"values": [round(float(x), 5) for x in values], "clusters": clusters}}


def resample_weights(groups: np.ndarray, task: str) -> np.ndarray:
    """int64 (RESAMPLES, N): how often each test item is drawn when whole groups are drawn anew; the same for all
    trials of a task, so that differences between trials are paired."""
    random = np.random.default_rng(stream(0, "resample", task))
    _, numbers = np.unique(groups, return_inverse=True)
    count = int(numbers.max()) + 1
    drawn = random.integers(count, size=(RESAMPLES, count))
    times = np.stack([np.bincount(row, minlength=count) for row in drawn])
    return times[:, numbers]


def _bits(right: np.ndarray, groups: np.ndarray) -> dict[str, Any]:
    """A bit each for draws and test items, and the items' clusters."""
    return {
        "draws": len(right),
        "items": right.shape[1],
        "bits": base64.b64encode(np.packbits(right, axis=None).tobytes()).decode(),
        "groups": _group_runs(groups),
    }


def _group_runs(groups: np.ndarray) -> list[list[int]] | None:
    """Each test example's cluster, as runs of [cluster, length]; None where every example is its own."""
    _, numbers = np.unique(groups, return_inverse=True)
    if numbers.max() + 1 == len(groups):
        return None
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    lengths = np.diff(starts, append=len(numbers))
    return [[int(numbers[start]), int(length)] for start, length in zip(starts, lengths, strict=True)]
