"""Scores of object detection: COCO's, by its reference evaluation (faster-coco-eval), and over test scenes drawn anew.

Predictions are float (N, P, 6): class, score, left, top, right, bottom in pixels; labels float32 (N, M, 5): class,
left, top, right, bottom. Class -1 fills up in both.
"""

from typing import Any

import numpy as np

from harness.data import PARTS
from harness.metrics.matching import THRESHOLDS, matches, weighted_map

MOST_BOXES = 100
"""Boxes a scene that are looked at, as in COCO."""


def check_labels(labels: np.ndarray, split: np.ndarray, shape: tuple[int, ...], classes: list[str]) -> None:
    """Labels are boxes float32 (N, M, 5) within images of a shape (N, C, H, W); every class occurs in every part of the
    split.

    Raises:
        ValueError: says what is wrong.
    """
    if labels.ndim != 3 or len(labels) != shape[0] or labels.shape[2] != 5 or labels.dtype != np.float32:
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, and have to be float32 ({shape[0]}, M, 5)")
    _check_boxes("labels", labels[:, :, 0], labels[:, :, 1:], len(classes))
    real = labels[labels[:, :, 0] >= 0, 1:]
    if real.size and (real.min() < 0 or (real[:, 2:].max(axis=0) > shape[:1:-1]).any()):
        raise ValueError(f"labels hold a box that lies beyond its image of {shape[2]} x {shape[3]} pixels")
    for part, number in PARTS.items():
        absent = set(range(len(classes))) - set(np.unique(labels[split == number, :, 0]).astype(int).tolist())
        if absent:
            raise ValueError(f"class {min(absent)} ('{classes[min(absent)]}') has no {part} boxes")


def check(predictions: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Predictions are boxes with scores in [0, 1], at most MOST_BOXES a scene.

    Raises:
        ValueError: says what is wrong.
    """
    if predictions.ndim != 3 or len(predictions) != len(labels) or predictions.shape[2] != 6:
        raise ValueError(
            f"predictions have shape {predictions.shape}, and the test split asks for ({len(labels)}, P, 6)"
        )
    if predictions.shape[1] > MOST_BOXES:
        raise ValueError(f"predictions hold {predictions.shape[1]} boxes a scene, and at most {MOST_BOXES} are taken")
    if not np.issubdtype(predictions.dtype, np.floating):
        raise ValueError(f"predictions are {predictions.dtype}, and boxes have to be floats")
    _check_boxes("predictions", predictions[:, :, 0], predictions[:, :, 2:], classes)
    given = predictions[:, :, 1]
    if not np.isfinite(given).all() or (given < 0).any() or (given > 1).any():
        raise ValueError("predictions hold a score that is not within [0, 1]")


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """`map`, the average precision over IoU thresholds from 0.50 to 0.95 and over the classes that have objects; `ap50`
    and `ap75` at one threshold; `recall`, the same average of the recall of all boxes given."""
    precision, recall = _evaluated(predictions, labels, classes)
    return {
        "map": _mean(precision),
        "ap50": _mean(precision[0]),
        "ap75": _mean(precision[np.flatnonzero(np.isclose(THRESHOLDS, 0.75))[0]]),
        "recall": _mean(recall),
    }


def per_class(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, list[float]]:
    """Average precision (over thresholds) and recall of each class; 0 for a class that has no objects."""
    precision, recall = _evaluated(predictions, labels, classes)
    return {
        "ap": [_mean(precision[:, :, label]) for label in range(classes)],
        "recall": [_mean(recall[:, label]) for label in range(classes)],
    }


def resamples(predictions: np.ndarray, labels: np.ndarray, classes: int, weights: np.ndarray) -> np.ndarray:
    """float64 (B,): mAP when scenes are drawn as often as weights (B, N) say."""
    return weighted_map(matches(predictions, labels, classes), weights)


def _check_boxes(what: str, numbers: np.ndarray, boxes: np.ndarray, classes: int) -> None:
    if not np.isfinite(numbers).all() or not np.isfinite(boxes).all():
        raise ValueError(f"{what} hold a number that is not finite")
    if (numbers != np.round(numbers)).any() or (numbers < -1).any() or (numbers >= classes).any():
        raise ValueError(f"{what} hold a class that is none of -1 to {classes - 1}")
    if (boxes[numbers >= 0, :2] > boxes[numbers >= 0, 2:]).any():
        raise ValueError(f"{what} hold a box whose left or top lies beyond its right or bottom")


def _evaluated(predictions: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Precision (thresholds, recalls, classes) and recall (thresholds, classes), -1 for a class without objects."""
    from faster_coco_eval import COCO, COCOeval_faster

    truth = COCO(_dataset(labels, classes))
    found = COCO(_dataset(predictions, classes))
    evaluation = COCOeval_faster(truth, found, "bbox")
    evaluation.params.maxDets = [MOST_BOXES]
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, 0, 0], evaluation.eval["recall"][:, :, 0, 0]


def _dataset(boxes: np.ndarray, classes: int) -> dict[str, Any]:
    """Boxes in COCO's form; with six columns the second is a score."""
    scored = boxes.shape[2] == 6
    scenes, places = np.nonzero(boxes[:, :, 0] >= 0)
    rows = boxes[scenes, places].astype(np.float64)
    corners = rows[:, -4:]
    sides = corners[:, 2:] - corners[:, :2]
    shapes = np.concatenate([corners[:, :2], sides], axis=1).tolist()
    facts = zip(scenes.tolist(), rows.tolist(), shapes, sides.prod(axis=1).tolist(), strict=True)
    annotations = [
        {"id": number, "image_id": scene, "category_id": int(row[0]), "bbox": shape, "area": area, "iscrowd": 0}
        | ({"score": row[1]} if scored else {})
        for number, (scene, row, shape, area) in enumerate(facts, start=1)
    ]
    return {
        "images": [{"id": scene} for scene in range(len(boxes))],
        "categories": [{"id": label, "name": str(label)} for label in range(classes)],
        "annotations": annotations,
    }


def _mean(values: np.ndarray) -> float:
    known = values[values > -1]
    return float(known.mean()) if known.size else 0.0
