"""Scores of classification from class probabilities, with scikit-learn's names and definitions."""

import base64
import zlib

import numpy as np

from harness.splits import PARTS

BINS = 15
"""Bins of confidence of the calibration error."""
MIN_PROBABILITY = 1e-7
"""Floor of a probability in the likelihood: one confident mistake does not make it infinite."""


def check_labels(labels: np.ndarray, split: np.ndarray, shape: tuple[int, ...], classes: list[str]) -> None:
    """Checks labels, class numbers (N,), with a split (N,), for examples of a shape (N, ...).

    Raises:
        ValueError: the labels are not integers (N,) below the number of classes, or a part of the split lacks a class.
    """
    check_classes(labels, shape[0], len(classes))
    for part, number in PARTS.items():
        absent = set(range(len(classes))) - set(labels[split == number].tolist())
        if absent:
            raise ValueError(f"class {min(absent)} ('{classes[min(absent)]}') has no {part} examples")


def check_classes(labels: np.ndarray, count: int, classes: int) -> None:
    """Checks labels, class numbers (count,).

    Raises:
        ValueError: they are not integers (count,) from 0 to classes - 1.
    """
    if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, and have to be integers ({count},)")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels go from {labels.min()} to {labels.max()}, and there are {classes} classes")


def check(predictions: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Checks predictions, probabilities (N, classes), for labels (N,).

    Raises:
        ValueError: their shape or type is wrong, or a row is not non-negative with the sum 1 (within 0.01).
    """
    shape = (len(labels), classes)
    if predictions.shape != shape or not np.issubdtype(predictions.dtype, np.floating):
        raise ValueError(f"predictions: expected floats {shape}, got {predictions.dtype} {predictions.shape}")
    if not np.isfinite(predictions).all() or predictions.min() < 0 or abs(predictions.sum(1) - 1).max() > 1e-2:
        raise ValueError("predictions: expected rows of probabilities with the sum 1, got others")


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """Scores of probabilities (N, classes) against class numbers (N,).

    As in scikit-learn with `zero_division=0`. Averages are over the classes that occur in labels or predictions. `nll`
    is the mean negative log-likelihood in nats, `ece` the expected calibration error over 15 bins of confidence (Guo
    2017, 1706.04599, eq. 3).
    """
    counts = confusion(predictions, labels, classes)
    right, support, predicted = np.diag(counts), counts.sum(1), counts.sum(0)
    present = (support + predicted) > 0
    recall = right / np.maximum(support, 1)
    precision = right / np.maximum(predicted, 1)
    f1 = _f1(counts)
    return {
        "accuracy": float(right.sum() / len(labels)),
        "balanced_accuracy": float(recall[support > 0].mean()),
        "precision_macro": float(precision[present].mean()),
        "recall_macro": float(recall[present].mean()),
        "f1_macro": float(f1[present].mean()),
        "f1_weighted": float((f1 * support).sum() / support.sum()),
        "nll": _nll(predictions, labels),
        "ece": _ece(predictions, labels),
    }


def per_class(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, list[float]]:
    """F1 and recall of each class; 0 for a class that does not occur."""
    counts = confusion(predictions, labels, classes)
    recall = np.diag(counts) / np.maximum(counts.sum(1), 1)
    return {"f1": _f1(counts).tolist(), "recall": recall.tolist()}


def correct(predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """bool (N,): the examples that are right."""
    return np.asarray(predictions.argmax(1) == labels)


def confusion(predictions: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes, classes): examples by true class (rows) and predicted class (columns)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predictions.argmax(1)), 1)
    return counts


def packed(counts: np.ndarray) -> str:
    """A matrix of counts as text: little-endian uint32, zlib, base64."""
    return base64.b64encode(zlib.compress(counts.astype("<u4").tobytes(), 9)).decode()


def unpacked(text: str) -> np.ndarray:
    """The square matrix of counts, int64, from the text of `packed`."""
    flat = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<u4")
    size = int(np.sqrt(len(flat)))
    return flat.reshape(size, size).astype(np.int64)


def _f1(counts: np.ndarray) -> np.ndarray:
    return np.asarray(2 * np.diag(counts) / np.maximum(counts.sum(1) + counts.sum(0), 1))


def _nll(predictions: np.ndarray, labels: np.ndarray) -> float:
    given = predictions[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(given, MIN_PROBABILITY, 1.0)).mean())


def _ece(predictions: np.ndarray, labels: np.ndarray) -> float:
    confidence = predictions.max(1).astype(np.float64)
    right = correct(predictions, labels)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, right - confidence, BINS)
    return float(np.abs(gaps).sum() / len(labels))
