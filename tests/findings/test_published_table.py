"""The coefficients on a published table: ImageNet top-1 as lightly's documentation gives it for its own runs of 100
epochs (docs.lightly.ai, "Benchmarks", read in 2026). Linear probes agree with k-NN there, and with fine-tuning not at
all.
"""

import numpy as np
import pytest

from harness.stats.coefficients import decision_accuracy, spearman

TABLE = {  # linear, fine-tuned, k-NN; ResNet-50 but for the last three
    "BarlowTwins": (62.9, 72.6, 45.6),
    "BYOL": (62.5, 74.5, 46.0),
    "DINO": (68.2, 72.5, 49.9),
    "MoCoV2": (61.5, 74.3, 41.8),
    "SimCLR": (63.2, 73.9, 44.8),
    "SimCLR + DCL": (65.1, 73.5, 49.6),
    "SimCLR + DCLW": (64.5, 73.2, 48.5),
    "SwAV": (67.2, 75.4, 49.5),
    "TiCo": (49.7, 72.7, 26.6),
    "VICReg": (63.0, 73.7, 46.3),
    "DINO, ViT-S/16": (73.3, 79.8, 67.5),
    "iBOT, ViT-S/16": (72.2, 78.3, 65.4),
    "MAE, ViT-B/16": (46.0, 81.3, 11.2),
}
LINEAR, FINETUNED, KNN = np.array(list(TABLE.values())).T


def test_linear_and_knn_agree_and_fine_tuning_does_not() -> None:
    assert spearman(LINEAR, KNN) == pytest.approx(0.96, abs=0.005)
    assert spearman(LINEAR, FINETUNED) == pytest.approx(0.07, abs=0.005)
    everything = [None] * len(TABLE)
    assert decision_accuracy(LINEAR, KNN, everything) > 0.9
    assert decision_accuracy(LINEAR, FINETUNED, everything) == pytest.approx(0.5, abs=0.06)
