"""Scores of classification from predicted classes, under scikit-learn's names and with its meaning."""

import numpy as np


def classification_scores(labels: np.ndarray, predictions: np.ndarray, classes: int) -> dict[str, float]:
    """Scores of predictions (N,) against labels (N,), both class numbers.

    As in scikit-learn with `zero_division=0`; averages go over the classes that occur in either.
    """
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    right, support, predicted = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    present = (support + predicted) > 0
    recall = right / np.maximum(support, 1)
    precision = right / np.maximum(predicted, 1)
    f1 = 2 * right / np.maximum(support + predicted, 1)
    return {
        "accuracy": float(right.sum() / len(labels)),
        "balanced_accuracy": float(recall[support > 0].mean()),
        "precision_macro": float(precision[present].mean()),
        "recall_macro": float(recall[present].mean()),
        "f1_macro": float(f1[present].mean()),
        "f1_weighted": float((f1 * support).sum() / support.sum()),
    }
