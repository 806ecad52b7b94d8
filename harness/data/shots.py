"""Draws of a few labelled examples a class."""

import numpy as np


def shots(labels: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The row numbers, sorted, of up to `k` examples of each class of the labels (N,).

    A smaller `k` with the same seed draws a subset of a larger one.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    ranked = order[np.argsort(labels[order], kind="stable")]
    firsts = np.flatnonzero(np.diff(labels[ranked], prepend=labels.min() - 1))
    rank = np.arange(len(labels)) - np.repeat(firsts, np.diff(firsts, append=len(labels)))
    return np.sort(ranked[rank < k])
