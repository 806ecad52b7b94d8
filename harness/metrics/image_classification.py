"""Scores of classification from class probabilities, under scikit-learn's names and with its meaning."""

import base64
import zlib

import numpy as np

from harness.data import PARTS

BINS = 15
"""Bins of confidence for the calibration error."""
FLOOR = 1e-7
"""The least probability that the likelihood is taken of, so that one certain mistake does not make it infinite."""


def check_labels(labels: np.ndarray, split: np.ndarray, shape: tuple[int, ...], classes: list[str]) -> None:
    """Labels are class numbers (N,) for images of a shape (N, C, H, W); every class occurs in every part of the split.

    Raises:
        ValueError: says what is wrong.
    """
    check_classes(labels, shape[0], len(classes))
    for part, number in PARTS.items():
        absent = set(range(len(classes))) - set(labels[split == number].tolist())
        if absent:
            raise ValueError(f"class {min(absent)} ('{classes[min(absent)]}') has no {part} examples")


def check_classes(labels: np.ndarray, count: int, classes: int) -> None:
    """Labels are class numbers (count,).

    Raises:
        ValueError: says what is wrong.
    """
    if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, and have to be integers ({count},)")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels go from {labels.min()} to {labels.max()}, and there are {classes} classes")


def check(predictions: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Predictions are probabilities (N, classes), float, rows that sum to one.

    Raises:
        ValueError: says what is wrong.
    """
    wanted = (len(labels), classes)
    if predictions.shape != wanted:
        raise ValueError(f"predictions have shape {predictions.shape}, and the test split asks for {wanted}")
    if not np.issubdtype(predictions.dtype, np.floating):
        raise ValueError(f"predictions are {predictions.dtype}, not probabilities")
    if not np.isfinite(predictions).all() or predictions.min() < 0 or abs(predictions.sum(1) - 1).max() > 1e-2:
        raise ValueError("predictions are no probabilities: each row has to be of shares that sum to one")


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """Scores of probabilities (N, classes) against class numbers (N,).

    As in scikit-learn with `zero_division=0`; averages go over the classes that occur in either. `nll` is the mean
    negative log-likelihood in nats, `ece` the expected calibration error over 15 bins of confidence (Guo 2017,
    1706.04599, eq. 3).
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
    """F1 and recall of each class; 0 for a class that never occurs."""
    counts = confusion(predictions, labels, classes)
    recall = np.diag(counts) / np.maximum(counts.sum(1), 1)
    return {"f1": _f1(counts).tolist(), "recall": recall.tolist()}


def correct(predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """bool (N,): which examples are right."""
    return np.asarray(predictions.argmax(1) == labels)


def confusion(predictions: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes, classes): how many examples of each class (rows) were taken for each (columns)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predictions.argmax(1)), 1)
    return counts


def packed(counts: np.ndarray) -> str:
    """A matrix of counts as text: little-endian uint32, deflated, base64."""
    return base64.b64encode(zlib.compress(counts.astype("<u4").tobytes(), 9)).decode()


def unpacked(text: str) -> np.ndarray:
    """The square matrix of counts that `packed` wrote."""
    flat = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<u4")
    size = int(np.sqrt(len(flat)))
    return flat.reshape(size, size).astype(np.int64)


def _f1(counts: np.ndarray) -> np.ndarray:
    return np.asarray(2 * np.diag(counts) / np.maximum(counts.sum(1) + counts.sum(0), 1))


def _nll(predictions: np.ndarray, labels: np.ndarray) -> float:
    given = predictions[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(given, FLOOR, 1.0)).mean())


def _ece(predictions: np.ndarray, labels: np.ndarray) -> float:
    confidence = predictions.max(1).astype(np.float64)
    right = correct(predictions, labels)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, right - confidence, BINS)
    return float(np.abs(gaps).sum() / len(labels))
