"""Scores of semantic segmentation from a class for each pixel.

All are of the confusion of all pixels of all scenes together, without those of label -1. Averages go over the classes
that occur in the labels; a class that is only predicted counts as mistakes of the others.
"""

import numpy as np

from harness.data import PARTS

VOID = -1
"""Nothing counts where a label is this."""
MOST_CLASSES = 255
CHUNK = 64
"""Scenes that are counted at once."""


def check_labels(labels: np.ndarray, split: np.ndarray, shape: tuple[int, ...], classes: list[str]) -> None:
    """Labels are class maps int16 (N, H, W) for images of a shape (N, C, H, W); every class occurs in every part of the
    split.

    Raises:
        ValueError: says what is wrong.
    """
    wanted = (shape[0], *shape[2:])
    if labels.shape != wanted or labels.dtype != np.int16:
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, and have to be int16 {wanted}")
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"there are {len(classes)} classes, and a class map holds at most {MOST_CLASSES}")
    if labels.min() < VOID or labels.max() >= len(classes):
        raise ValueError(f"labels go from {labels.min()} to {labels.max()}, and there are {len(classes)} classes")
    for part, number in PARTS.items():
        absent = set(range(len(classes))) - set(np.unique(labels[split == number]).tolist())
        if absent:
            raise ValueError(f"class {min(absent)} ('{classes[min(absent)]}') has no {part} pixels")


def check(predictions: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Predictions are class numbers uint8 (N, H, W), as many as there are labels.

    Raises:
        ValueError: says what is wrong.
    """
    if predictions.shape != labels.shape:
        raise ValueError(f"predictions have shape {predictions.shape}, and the test split asks for {labels.shape}")
    if predictions.dtype != np.uint8:
        raise ValueError(f"predictions are {predictions.dtype}, and class numbers have to be uint8")
    if predictions.size and predictions.max() >= classes:
        raise ValueError(f"predictions name class {predictions.max()}, and there are {classes} classes")


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """`miou`, the mean over classes of TP / (TP + FP + FN); `pixel_accuracy`; `f1_macro`, the mean over classes of
    2 TP / (2 TP + FP + FN), also known as Dice."""
    hit, support, predicted = (each.sum(axis=0) for each in _counts(predictions, labels, classes))
    present = support > 0
    return {
        "miou": float(_mean_iou(hit, support, predicted)),
        "pixel_accuracy": float(hit.sum() / max(support.sum(), 1)),
        "f1_macro": float(_f1(hit, support, predicted)[present].mean()) if present.any() else 0.0,
    }


def per_class(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, list[float]]:
    """IoU and F1 of each class; 0 for a class that never occurs."""
    hit, support, predicted = (each.sum(axis=0) for each in _counts(predictions, labels, classes))
    return {"iou": _iou(hit, support, predicted).tolist(), "f1": _f1(hit, support, predicted).tolist()}


def resamples(predictions: np.ndarray, labels: np.ndarray, classes: int, weights: np.ndarray) -> np.ndarray:
    """float64 (B,): mIoU when scenes are drawn as often as weights (B, N) say."""
    hit, support, predicted = (weights.astype(np.float64) @ each for each in _counts(predictions, labels, classes))
    return _mean_iou(hit, support, predicted)


def _counts(predictions: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many pixels of each scene and class are right, are there, and are predicted, each int64 (N, classes)."""
    counts = np.zeros((len(labels), classes, classes), dtype=np.int64)
    for start in range(0, len(labels), CHUNK):
        truth, guess = labels[start : start + CHUNK], predictions[start : start + CHUNK]
        counted = truth != VOID
        scene = np.nonzero(counted)[0]
        place = (scene * classes + truth[counted]) * classes + guess[counted]
        counts[start : start + CHUNK] = np.bincount(place, minlength=len(truth) * classes**2).reshape(
            len(truth), classes, classes
        )
    return np.einsum("nkk->nk", counts), counts.sum(axis=2), counts.sum(axis=1)


def _iou(hit: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return np.asarray(hit / np.maximum(support + predicted - hit, 1))


def _f1(hit: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return np.asarray(2 * hit / np.maximum(support + predicted, 1))


def _mean_iou(hit: np.ndarray, support: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Counts (..., classes) to (...): the mean over the classes that have support."""
    present = support > 0
    total = (_iou(hit, support, predicted) * present).sum(axis=-1)
    return np.asarray(total / np.maximum(present.sum(axis=-1), 1))
