"""COCO's matching of boxes and its average precision, over resampled test scenes.

Equal to COCO's evaluation (Lin 2014, 1405.0312; ten IoU thresholds, 101 points of recall, no crowds), from one matching
for all resamples: a scene that occurs twice counts its boxes twice.
"""

from dataclasses import dataclass

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Matches:
    """The detections of all scenes, best first, and the numbers of objects."""

    scene: np.ndarray
    """int64 (D,)."""
    label: np.ndarray
    """int64 (D,)."""
    hit: np.ndarray
    """bool (thresholds, D): whether a detection matches an object that no better one matches."""
    objects: np.ndarray
    """int64 (N, classes): objects of each scene."""


def matches(predictions: np.ndarray, labels: np.ndarray, classes: int) -> Matches:
    """Matches of predictions (N, P, 6) with labels (N, M, 5).

    Best first, each prediction takes the free object of its class with the highest IoU, the last of equals.
    """
    padding = predictions[:, :, 0] < 0
    order = np.argsort(np.where(padding, np.inf, -predictions[:, :, 1]), axis=1, kind="stable")
    ranked = np.take_along_axis(predictions, order[:, :, None], axis=1).astype(np.float64)
    overlap = iou(ranked[:, :, 2:], labels[:, :, 1:].astype(np.float64))
    overlap[(ranked[:, :, :1] != labels[:, None, :, 0]) | (ranked[:, :, :1] < 0)] = -1.0
    hit = _greedy(overlap)
    scene, rank = np.nonzero(ranked[:, :, 0] >= 0)
    best = np.argsort(-ranked[scene, rank, 1], kind="stable")
    scene, rank = scene[best], rank[best]
    objects = (labels[:, :, 0, None] == np.arange(classes)).sum(axis=1)
    return Matches(scene, ranked[scene, rank, 0].astype(np.int64), hit[scene, :, rank].T, objects)


def iou(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, P, M): the IoU of boxes (N, P, 4) and (N, M, 4); 0 where both are empty."""
    one, other = boxes[:, :, None], others[:, None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.maximum(sides, 0).prod(axis=-1)
    area, other_area = ((each[..., 2:] - each[..., :2]).prod(axis=-1) for each in (one, other))
    union = area + other_area - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def weighted_map(matched: Matches, weights: np.ndarray) -> np.ndarray:
    """float64 (B,): mAP where scenes occur weights (B, N) times, over the classes that occur."""
    weights = weights.astype(np.int64)
    objects = weights @ matched.objects
    total = np.zeros(len(weights))
    for label in range(matched.objects.shape[1]):
        rows = matched.label == label
        total += _weighted_ap(weights[:, matched.scene[rows]], matched.hit[:, rows], objects[:, label])
    return np.asarray(total / np.maximum((objects > 0).sum(axis=1), 1))


def _greedy(overlap: np.ndarray) -> np.ndarray:
    """bool (N, thresholds, P): the predictions that take an object, by IoU (N, P, M); all scenes rank by rank."""
    scenes, ranks, objects = overlap.shape
    least = np.minimum(THRESHOLDS, 1 - 1e-10)
    hit = np.zeros((scenes, len(least), ranks), dtype=bool)
    if not objects:
        return hit
    free = np.ones((scenes, len(least), objects), dtype=bool)
    for rank in range(ranks):
        available = np.where(free, overlap[:, None, rank], -1.0)
        chosen = objects - 1 - available[:, :, ::-1].argmax(axis=2)
        hit[:, :, rank] = np.take_along_axis(available, chosen[:, :, None], axis=2)[:, :, 0] >= least
        scene, threshold = np.nonzero(hit[:, :, rank])
        free[scene, threshold, chosen[scene, threshold]] = False
    return hit


def _weighted_ap(weights: np.ndarray, hit: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """(B,): the average precision of one class over thresholds and recalls, 0 where it has no objects.

    Detections occur weights (B, D) times; hit is (thresholds, D), objects (B,). Precision is evaluated only at
    detections that hit at some threshold: its maxima and all rises of recall are there.
    """
    relevant = hit.any(axis=0)
    if not relevant.any():
        return np.zeros(len(weights))
    detections = weights.cumsum(axis=1)[:, None, relevant]
    right = (weights[:, None, relevant] * hit[:, relevant]).cumsum(axis=2)
    precision = np.divide(right, detections, out=np.zeros(right.shape), where=detections > 0)
    envelope = np.maximum.accumulate(precision[:, :, ::-1], axis=2)[:, :, ::-1].reshape(-1, right.shape[2])
    rows = np.arange(len(envelope))[:, None] * (int(right.max()) + int(objects.max()) + 2)
    needed = np.repeat(_objects_needed(objects), len(hit), axis=0)
    first = np.searchsorted((right.reshape(envelope.shape) + rows).ravel(), (needed + rows).ravel())
    index = first.reshape(needed.shape) - np.arange(len(envelope))[:, None] * envelope.shape[1]
    reached = index < envelope.shape[1]
    points = np.where(reached, np.take_along_axis(envelope, np.minimum(index, envelope.shape[1] - 1), axis=1), 0.0)
    return np.where(objects > 0, points.reshape(len(weights), -1).mean(axis=1), 0.0)


def _objects_needed(objects: np.ndarray) -> np.ndarray:
    """int64 (B, recalls): the smallest number of matched objects with number / objects >= recall.

    The comparison is in floating point, as in COCO's code.
    """
    count = np.maximum(objects, 1)[:, None]
    needed = np.ceil(RECALLS * count).astype(np.int64)
    needed -= (needed - 1) / count >= RECALLS
    needed += needed / count < RECALLS
    return np.asarray(needed)
