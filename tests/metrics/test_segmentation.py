"""Segmentation scores against torchmetrics and scikit-learn, and resampled."""

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
def test_scores_are_scikit_learns_over_all_pixels_that_count(seed: int) -> None:
    predictions, labels = world(seed)
    seen = labels >= 0
    truth, guess = labels[seen], predictions[seen]
    found = scores(predictions, labels, 4)
    assert found["miou"] == pytest.approx(metrics.jaccard_score(truth, guess, average="macro"))
    assert found["pixel_accuracy"] == pytest.approx(metrics.accuracy_score(truth, guess))
    assert found["f1_macro"] == pytest.approx(metrics.f1_score(truth, guess, average="macro"))
    assert per_class(predictions, labels, 4)["iou"] == pytest.approx(
        list(metrics.jaccard_score(truth, guess, average=None))
    )


def test_resamples_are_the_scores_of_scenes_given_so_often() -> None:
    predictions, labels = world()
    weights = np.random.default_rng(0).multinomial(20, np.ones(20) / 20, size=6)
    for value, times in zip(resamples(predictions, labels, 4, weights), weights, strict=True):
        rows = np.repeat(np.arange(20), times)
        assert value == pytest.approx(scores(predictions[rows], labels[rows], 4)["miou"])


def test_what_is_perfect_scores_one_and_void_does_not_count() -> None:
    _, labels = world()
    assert scores(labels.clip(0).astype(np.uint8), labels, 4) == pytest.approx(
        {"miou": 1.0, "pixel_accuracy": 1.0, "f1_macro": 1.0}
    )


def test_what_is_no_class_map_is_refused() -> None:
    predictions, labels = world()
    for broken, message in (
        (predictions[:3], "shape"), (predictions.astype(int), "uint8"), (predictions + np.uint8(9), "name class"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            check(broken, labels, 4)
    split = np.arange(20) % 3
    check_labels(labels, split, (20, 1, 6, 7), list("abcd"))
    for wrong, message in (
        (labels.astype(np.int64), "int16"),
        (labels + np.int16(1), "go from"),
        (labels[:9], "int16"),
    ):
        with pytest.raises(ValueError, match=message):
            check_labels(wrong, split, (20, 1, 6, 7), list("abcd"))
