"""COCO's matching of boxes and its average precision, over test scenes drawn anew.

The same as COCO's evaluation (Lin 2014, 1405.0312; ten IoU thresholds, 101 points of recall, no crowds), from one
matching for all draws: a scene that is drawn twice counts its boxes twice.
"""

from dataclasses import dataclass

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Matches:
    """Detections of all scenes (D,), best first, and how many objects there are."""

    scene: np.ndarray
    label: np.ndarray
    hit: np.ndarray
    """bool (thresholds, D): whether a detection found an object that no better one had found."""
    objects: np.ndarray
    """int64 (N, classes)."""


def matches(predictions: np.ndarray, labels: np.ndarray, classes: int) -> Matches:
    """Matches predictions (N, P, 6) with labels (N, M, 5), the best first, each with the free object of its class that
    it overlaps most, the last of equals."""
    filler = predictions[:, :, 0] < 0
    order = np.argsort(np.where(filler, np.inf, -predictions[:, :, 1]), axis=1, kind="stable")
    ranked = np.take_along_axis(predictions, order[:, :, None], axis=1).astype(np.float64)
    overlap = iou(ranked[:, :, 2:], labels[:, :, 1:].astype(np.float64))
    overlap[(ranked[:, :, :1] != labels[:, None, :, 0]) | (ranked[:, :, :1] < 0)] = -1.0
    hit = _greedy(overlap)
    scene, place = np.nonzero(ranked[:, :, 0] >= 0)
    best = np.argsort(-ranked[scene, place, 1], kind="stable")
    scene, place = scene[best], place[best]
    objects = (labels[:, :, 0, None] == np.arange(classes)).sum(axis=1)
    return Matches(scene, ranked[scene, place, 0].astype(np.int64), hit[scene, :, place].T, objects)


def iou(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, P, M): the intersection over union of boxes (N, P, 4) and (N, M, 4); 0 where both are empty."""
    one, other = boxes[:, :, None], others[:, None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.maximum(sides, 0).prod(axis=-1)
    area, other_area = ((each[..., 2:] - each[..., :2]).prod(axis=-1) for each in (one, other))
    union = area + other_area - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def weighted_map(found: Matches, weights: np.ndarray) -> np.ndarray:
    """float64 (B,): mAP when scenes are drawn as often as weights (B, N) say, over the classes that are drawn."""
    weights = weights.astype(np.int64)
    objects = weights @ found.objects
    total = np.zeros(len(weights))
    for label in range(found.objects.shape[1]):
        rows = found.label == label
        total += _weighted_ap(weights[:, found.scene[rows]], found.hit[:, rows], objects[:, label])
    return np.asarray(total / np.maximum((objects > 0).sum(axis=1), 1))


def _greedy(overlap: np.ndarray) -> np.ndarray:
    """bool (N, thresholds, P) of overlaps (N, P, M): which take an object, one rank of all scenes after the other."""
    scenes, ranks, objects = overlap.shape
    least = np.minimum(THRESHOLDS, 1 - 1e-10)
    hit = np.zeros((scenes, len(least), ranks), dtype=bool)
    if not objects:
        return hit
    free = np.ones((scenes, len(least), objects), dtype=bool)
    for rank in range(ranks):
        left = np.where(free, overlap[:, None, rank], -1.0)
        chosen = objects - 1 - left[:, :, ::-1].argmax(axis=2)
        hit[:, :, rank] = np.take_along_axis(left, chosen[:, :, None], axis=2)[:, :, 0] >= least
        scene, threshold = np.nonzero(hit[:, :, rank])
        free[scene, threshold, chosen[scene, threshold]] = False
    return hit


def _weighted_ap(weights: np.ndarray, hit: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """(B,): the average precision of one class over thresholds and recalls, 0 where it has no objects.

    Detections are drawn as often as weights (B, D) say; hit is (thresholds, D), objects (B,). Only detections that hit
    at some threshold are looked at one by one: precision is highest, and recall rises, nowhere else.
    """
    matter = hit.any(axis=0)
    if not matter.any():
        return np.zeros(len(weights))
    drawn = weights.cumsum(axis=1)[:, None, matter]
    right = (weights[:, None, matter] * hit[:, matter]).cumsum(axis=2)
    precision = np.divide(right, drawn, out=np.zeros(right.shape), where=drawn > 0)
    envelope = np.maximum.accumulate(precision[:, :, ::-1], axis=2)[:, :, ::-1].reshape(-1, right.shape[2])
    rows = np.arange(len(envelope))[:, None] * (int(right.max()) + int(objects.max()) + 2)
    wanted = np.repeat(_wanted(objects), len(hit), axis=0)
    first = np.searchsorted((right.reshape(envelope.shape) + rows).ravel(), (wanted + rows).ravel())
    place = first.reshape(wanted.shape) - np.arange(len(envelope))[:, None] * envelope.shape[1]
    reached = place < envelope.shape[1]
    points = np.where(reached, np.take_along_axis(envelope, np.minimum(place, envelope.shape[1] - 1), axis=1), 0.0)
    return np.where(objects > 0, points.reshape(len(weights), -1).mean(axis=1), 0.0)


def _wanted(objects: np.ndarray) -> np.ndarray:
    """int64 (B, recalls): how many objects have to be found for each recall, the least with found / objects >= recall
    in floating point, as COCO compares."""
    count = np.maximum(objects, 1)[:, None]
    wanted = np.ceil(RECALLS * count).astype(np.int64)
    wanted -= (wanted - 1) / count >= RECALLS
    wanted += wanted / count < RECALLS
    return np.asarray(wanted)
