"""Spread of features, without labels."""

import numpy as np

COLLAPSED_RANK = 1.5
COLLAPSED_STD = 0.002
"""Thresholds of `collapsed`."""


def rankme(features: np.ndarray) -> float:
    """The effective rank of features (N, D): exp of the entropy of their normalised singular values.

    RankMe, Garrido 2023 (2210.02885), eq. 3, with its epsilon of 1e-7. It depends on N: compare it at one N, and only
    within one objective.
    """
    singular = np.linalg.svd(features.astype(np.float64), compute_uv=False)
    total = singular.sum()
    if not total > 0:
        return 1.0
    shares = singular / total + 1e-7
    return float(np.exp(-(shares * np.log(shares)).sum()))


def feature_std(features: np.ndarray) -> float:
    """The mean standard deviation of L2-normalised features (N, D), times sqrt(D).

    It is 0 for collapsed features and about 1 for isotropic ones (SimSiam, Chen 2020, 2011.10566, section 4.1).
    """
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(norms, 1e-12)
    return float(unit.std(axis=0).mean() * np.sqrt(features.shape[1]))


def collapsed(features: np.ndarray) -> bool:
    """Whether features (N, D) are nearly one point or vary along one line.

    Their deviation is then below COLLAPSED_STD, or their RankMe without the mean is below COLLAPSED_RANK. The mean is
    removed because that of a healthy encoder may be far longer than the variation.
    """
    centred = features - features.mean(axis=0)
    return feature_std(features) < COLLAPSED_STD or rankme(centred) < COLLAPSED_RANK
