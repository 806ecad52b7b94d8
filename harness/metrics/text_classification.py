"""Scores of text classification: those of image classification, and Matthews' correlation coefficient."""

import numpy as np

from harness.metrics import image_classification as classification
from harness.metrics.image_classification import check, check_labels, confusion, correct, packed, per_class

__all__ = ["check", "check_labels", "confusion", "correct", "packed", "per_class", "scores"]


def scores(predictions: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    """Scores of probabilities (N, classes) against class numbers (N,), with scikit-learn's names and definitions."""
    counts = confusion(predictions, labels, classes)
    return {**classification.scores(predictions, labels, classes), "mcc": mcc(counts)}


def mcc(counts: np.ndarray) -> float:
    """Matthews' correlation of a confusion matrix (Gorodkin 2004, eq. 8); 0 where one side is constant."""
    predicted, support = counts.sum(axis=0).astype(float), counts.sum(axis=1).astype(float)
    total, right = counts.sum(), np.trace(counts)
    spread = np.sqrt(total**2 - predicted @ predicted) * np.sqrt(total**2 - support @ support)
    return float((right * total - predicted @ support) / spread) if spread > 0 else 0.0
