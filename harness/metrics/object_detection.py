"""Scores of object detection: COCO's, by its reference evaluation (faster-coco-eval), and over resampled test scenes.

Predictions are float (N, P, 6): class, score, left, top, right, bottom in pixels. Labels are float32 (N, M, 5): class,
left, top, right, bottom. Both are padded by class -1.
"""

from typing import Any

import numpy as np

from harness.metrics.matching import THRESHOLDS, matches, weighted_map
from harness.splits import PARTS

MAX_BOXES = 100
"""Predicted boxes of a scene, at most, as in COCO."""


def check_labels(labels: np.ndarray, split: np.ndarray, shape: tuple[int, ...], classes: list[str]) -> None:
    """Checks labels, boxes (N, M, 5), with a split (N,), for images of a shape (N, C, H, W).

    Raises:
        ValueError: they are not float32 boxes inside their images, or a part of the split lacks a class.
    """
    if labels.ndim != 3 or len(labels) != shape[0] or labels.shape[2] != 5 or labels.dtype != np.float32:
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, and have to be float32 ({shape[0]}, M, 5)")
    _check_boxes("labels", labels[:, :, 0], labels[:, :, 1:], len(classes))
    real = labels[labels[:, :, 0] >= 0, 1:]
    if real.size and (real.min() < 0 or (real[:, 2:].max(axis=0) > shape[:1:-1]).any()):
        raise ValueError(f"labels: expected boxes inside {shape[2]} x {shape[3]} pixels, got one outside")
    for part, number in PARTS.items():
        absent = set(range(len(classes))) - set(np.unique(labels[split == number, :, 0]).astype(int).tolist())
        if absent:
            raise ValueError(f"class {min(absent)} ('{classes[min(absent)]}') has no {part} boxes")


def check(predictions: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Checks predictions (N, P, 6) for labels (N, M, 5).

    Raises:
        ValueError: their shape or type is wrong, P is above MAX_BOXES, or a class, box or score is invalid.
    """
    if predictions.ndim != 3 or len(predictions) != len(labels) or predictions.shape[2] != 6:
        raise ValueError(f"predictions: expected ({len(labels)}, P, 6), got {predictions.shape}")
    if predictions.shape[1] > MAX_BOXES:
        raise ValueError(f"predictions: expected at most {MAX_BOXES} boxes a scene, got {predictions.shape[1]}")
    if not np.issubdtype(predictions.dtype, np.floating):
        raise ValueError(f"predictions: expected floats, got {predictions.dtype}")
    _check_boxes("predictions", predictions[:, :, 0], predictions[:, :, 2:], classes)
    score = predictions[:, :, 1]
    if not np.isfinite(score).all() or (score < 0).any() or (score > 1).any():
        raise ValueError("predictions: expected scores in [0, 1], got one outside")


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """`map`, the average precision over IoU thresholds from 0.50 to 0.95 and over the classes that have objects.

    `ap50` and `ap75` are at one threshold. `recall` is the same average of the recall of all predicted boxes.
    """
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
    """float64 (B,): mAP where scenes occur weights (B, N) times."""
    return weighted_map(matches(predictions, labels, classes), weights)


def _check_boxes(name: str, numbers: np.ndarray, boxes: np.ndarray, classes: int) -> None:
    if not np.isfinite(numbers).all() or not np.isfinite(boxes).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    if (numbers != np.round(numbers)).any() or (numbers < -1).any() or (numbers >= classes).any():
        raise ValueError(f"{name}: expected classes from -1 to {classes - 1}, got another")
    if (boxes[numbers >= 0, :2] > boxes[numbers >= 0, 2:]).any():
        raise ValueError(f"{name}: expected left <= right and top <= bottom, got a box without")


def _evaluated(predictions: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Precision (thresholds, recalls, classes) and recall (thresholds, classes), -1 for a class without objects."""
    from faster_coco_eval import COCO, COCOeval_faster

    truth = COCO(_dataset(labels, classes))
    detections = COCO(_dataset(predictions, classes))
    evaluation = COCOeval_faster(truth, detections, "bbox")
    evaluation.params.maxDets = [MAX_BOXES]
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, 0, 0], evaluation.eval["recall"][:, :, 0, 0]


def _dataset(boxes: np.ndarray, classes: int) -> dict[str, Any]:
    """Boxes (N, M, 5), or with scores (N, P, 6), in COCO's format."""
    scored = boxes.shape[2] == 6
    scenes, slots = np.nonzero(boxes[:, :, 0] >= 0)
    rows = boxes[scenes, slots].astype(np.float64)
    corners = rows[:, -4:]
    sides = corners[:, 2:] - corners[:, :2]
    bboxes = np.concatenate([corners[:, :2], sides], axis=1).tolist()
    columns = zip(scenes.tolist(), rows.tolist(), bboxes, sides.prod(axis=1).tolist(), strict=True)
    annotations = [
        {"id": number, "image_id": scene, "category_id": int(row[0]), "bbox": bbox, "area": area, "iscrowd": 0}
        | ({"score": row[1]} if scored else {})
        for number, (scene, row, bbox, area) in enumerate(columns, start=1)
    ]
    return {
        "images": [{"id": scene} for scene in range(len(boxes))],
        "categories": [{"id": label, "name": str(label)} for label in range(classes)],
        "annotations": annotations,
    }


def _mean(values: np.ndarray) -> float:
    known = values[values > -1]
    return float(known.mean()) if known.size else 0.0
