"""Scores of semantic segmentation from a class for each pixel.

All use the confusion matrix of the pixels of all scenes, without pixels of label -1. Averages are over the classes that
occur in the labels; pixels predicted as an absent class are mistakes of the other classes.
"""

import numpy as np

from harness.splits import PARTS

VOID = -1
"""The label of pixels that are ignored."""
MAX_CLASSES = 255
CHUNK = 64
"""Scenes counted at once."""


def check_labels(labels: np.ndarray, split: np.ndarray, shape: tuple[int, ...], classes: list[str]) -> None:
    """Checks labels, class maps (N, H, W), with a split (N,), for images of a shape (N, C, H, W).

    Raises:
        ValueError: they are not int16 (N, H, W) of valid classes, or a part of the split lacks a class.
    """
    expected = (shape[0], *shape[2:])
    if labels.shape != expected or labels.dtype != np.int16:
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, and have to be int16 {expected}")
    if len(classes) > MAX_CLASSES:
        raise ValueError(f"classes: expected at most {MAX_CLASSES}, got {len(classes)}")
    if labels.min() < VOID or labels.max() >= len(classes):
        raise ValueError(f"labels go from {labels.min()} to {labels.max()}, and there are {len(classes)} classes")
    for part, number in PARTS.items():
        absent = set(range(len(classes))) - set(np.unique(labels[split == number]).tolist())
        if absent:
            raise ValueError(f"class {min(absent)} ('{classes[min(absent)]}') has no {part} pixels")


def check(predictions: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Checks predictions, class maps (N, H, W), for labels (N, H, W).

    Raises:
        ValueError: they are not uint8 of the labels' shape and below the number of classes.
    """
    if predictions.shape != labels.shape or predictions.dtype != np.uint8:
        raise ValueError(f"predictions: expected uint8 {labels.shape}, got {predictions.dtype} {predictions.shape}")
    if predictions.size and predictions.max() >= classes:
        raise ValueError(f"predictions: expected classes below {classes}, got {predictions.max()}")


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """`miou`, the mean over classes of TP / (TP + FP + FN); `pixel_accuracy`; and `f1_macro`, the mean of Dice.

    Dice of a class is 2 TP / (2 TP + FP + FN).
    """
    hit, support, predicted = (each.sum(axis=0) for each in _counts(predictions, labels, classes))
    present = support > 0
    return {
        "miou": float(_mean_iou(hit, support, predicted)),
        "pixel_accuracy": float(hit.sum() / max(support.sum(), 1)),
        "f1_macro": float(_f1(hit, support, predicted)[present].mean()) if present.any() else 0.0,
    }


def per_class(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, list[float]]:
    """IoU and F1 of each class; 0 for a class that does not occur."""
    hit, support, predicted = (each.sum(axis=0) for each in _counts(predictions, labels, classes))
    return {"iou": _iou(hit, support, predicted).tolist(), "f1": _f1(hit, support, predicted).tolist()}


def resamples(predictions: np.ndarray, labels: np.ndarray, classes: int, weights: np.ndarray) -> np.ndarray:
    """float64 (B,): mIoU where scenes occur weights (B, N) times."""
    hit, support, predicted = (weights.astype(np.float64) @ each for each in _counts(predictions, labels, classes))
    return _mean_iou(hit, support, predicted)


def _counts(predictions: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels of each scene and class that are right, labelled and predicted, each int64 (N, classes)."""
    counts = np.zeros((len(labels), classes, classes), dtype=np.int64)
    for start in range(0, len(labels), CHUNK):
        truth, guess = labels[start : start + CHUNK], predictions[start : start + CHUNK]
        counted = truth != VOID
        scene = np.nonzero(counted)[0]
        flat = (scene * classes + truth[counted]) * classes + guess[counted]
        counts[start : start + CHUNK] = np.bincount(flat, minlength=len(truth) * classes**2).reshape(
            len(truth), classes, classes
        )
    return np.einsum("nkk->nk", counts), counts.sum(axis=2), counts.sum(axis=1)


def _iou(hit: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return np.asarray(hit / np.maximum(support + predicted - hit, 1))


def _f1(hit: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return np.asarray(2 * hit / np.maximum(support + predicted, 1))


def _mean_iou(hit: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The mean IoU (...) of counts (..., classes) over the classes that have support."""
    present = support > 0
    total = (_iou(hit, support, predicted) * present).sum(axis=-1)
    return np.asarray(total / np.maximum(present.sum(axis=-1), 1))
