"""Segmentation scores against scikit-learn, and resamples against the scores of repeated scenes."""

import numpy as np
import pytest
from sklearn import metrics

from harness.metrics.semantic_segmentation import check, check_labels, per_class, resamples, scores


def world(seed: int = 0, count: int = 20, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, classes, (count, 6, 7)).astype(np.int16)
    guess = np.where(random.random(labels.shape) < 0.6, labels, random.integers(0, classes, labels.shape))
    return guess.clip(0).astype(np.uint8), labels


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_scikit_learns_without_ignored_pixels(seed: int) -> None:
    predictions, labels = world(seed)
    seen = labels >= 0
    truth, guess = labels[seen], predictions[seen]
    result = scores(predictions, labels, 4)
    assert result["miou"] == pytest.approx(metrics.jaccard_score(truth, guess, average="macro"))
    assert result["pixel_accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
    assert result["f1_macro"] == pytest.approx(metrics.f1_score(truth, guess, average="macro"))
    assert per_class(predictions, labels, 4)["iou"] == pytest.approx(
        list(metrics.jaccard_score(truth, guess, average=None))
    )


def test_resamples_are_the_scores_of_repeated_scenes() -> None:
    predictions, labels = world()
    weights = np.random.default_rng(0).multinomial(20, np.ones(20) / 20, size=6)
    for value, times in zip(resamples(predictions, labels, 4, weights), weights, strict=True):
        rows = np.repeat(np.arange(20), times)
        assert value == pytest.approx(scores(predictions[rows], labels[rows], 4)["miou"])


def test_perfect_predictions_score_one_and_void_is_ignored() -> None:
    _, labels = world()
    assert scores(labels.clip(0).astype(np.uint8), labels, 4) == pytest.approx(
        {"miou": 1.0, "pixel_accuracy": 1.0, "f1_macro": 1.0}
    )


def test_an_invalid_class_map_is_an_error() -> None:
    predictions, labels = world()
    for broken in (predictions[:3], predictions.astype(int), predictions + np.uint8(9)):
        with pytest.raises(ValueError, match="predictions"):
            check(broken, labels, 4)
    split = np.arange(20) % 3
    check_labels(labels, split, (20, 1, 6, 7), list("abcd"))
    for wrong in (labels.astype(np.int64), labels + np.int16(1), labels[:9]):
        with pytest.raises(ValueError, match="labels"):
            check_labels(wrong, split, (20, 1, 6, 7), list("abcd"))
