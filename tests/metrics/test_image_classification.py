"""Scores of classification against scikit-learn."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from harness.metrics.image_classification import (
    MIN_PROBABILITY,
    check,
    confusion,
    correct,
    packed,
    per_class,
    scores,
    unpacked,
)
from harness.metrics.names import METRICS

PAIRS = st.integers(1, 6).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1, max_size=40),
    )
)


def confident(guesses: np.ndarray, classes: int, of: float = 1.0) -> np.ndarray:
    """Probabilities of `of` for each guess, and the rest spread evenly."""
    chances = np.full((len(guesses), classes), (1 - of) / max(1, classes - 1))
    chances[np.arange(len(guesses)), guesses] = of
    return chances


@given(PAIRS)
def test_scores_are_scikit_learns(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    classes, pairs = drawn
    labels, guesses = np.array(pairs).T
    macro, weighted = ({"average": average, "zero_division": 0} for average in ("macro", "weighted"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = {
            "accuracy": metrics.accuracy_score(labels, guesses),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, guesses),
            "precision_macro": metrics.precision_score(labels, guesses, **macro),
            "recall_macro": metrics.recall_score(labels, guesses, **macro),
            "f1_macro": metrics.f1_score(labels, guesses, **macro),
            "f1_weighted": metrics.f1_score(labels, guesses, **weighted),
        }
        each = metrics.f1_score(labels, guesses, labels=range(classes), average=None, zero_division=0)
    for wide in (classes, classes + 3):
        result = scores(confident(guesses, wide), labels, wide)
        assert {name: result[name] for name in wanted} == pytest.approx(wanted)
    assert per_class(confident(guesses, classes), labels, classes)["f1"] == pytest.approx(list(each))
    counts = confusion(confident(guesses, classes), labels, classes)
    assert np.array_equal(counts, metrics.confusion_matrix(labels, guesses, labels=range(classes)))
    assert np.array_equal(unpacked(packed(counts)), counts)
    assert np.array_equal(correct(confident(guesses, classes), labels), labels == guesses)


@given(st.integers(2, 5), st.integers(1, 60), st.integers(0, 1000))
def test_the_likelihood_is_scikit_learns(classes: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    chances = random.dirichlet(np.ones(classes), count) + 1e-5  # above the floors of both implementations
    chances /= chances.sum(axis=1, keepdims=True)
    labels = random.integers(classes, size=count)
    wanted = metrics.log_loss(labels, chances, labels=range(classes))
    assert scores(chances, labels, classes)["nll"] == pytest.approx(wanted, rel=1e-9)


def test_the_likelihood_of_a_confident_mistake_is_finite() -> None:
    assert scores(np.array([[1.0, 0.0]]), np.array([1]), 2)["nll"] == pytest.approx(-np.log(MIN_PROBABILITY))


def test_the_calibration_error_is_torchmetrics() -> None:
    reference = pytest.importorskip("torchmetrics.functional.classification").multiclass_calibration_error
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    for seed in range(5):
        chances = np.random.default_rng(seed).dirichlet(np.ones(4) * 0.5, 500).astype(np.float32)
        labels = random.integers(4, size=500)
        wanted = reference(torch.from_numpy(chances), torch.from_numpy(labels), num_classes=4, n_bins=15, norm="l1")
        assert scores(chances, labels, 4)["ece"] == pytest.approx(float(wanted), abs=1e-5)


@pytest.mark.parametrize("of", [0.6, 0.8, 1.0])
def test_a_model_that_is_right_as_often_as_its_confidence_is_calibrated(of: float) -> None:
    labels = np.zeros(100, dtype=int)
    guesses = (np.arange(100) >= 100 * of).astype(int)
    assert scores(confident(guesses, 2, of), labels, 2)["ece"] == pytest.approx(0, abs=1e-6)
    assert scores(confident(1 - guesses, 2), labels, 2)["ece"] == pytest.approx(of, abs=1e-6)


def test_every_score_is_a_declared_metric() -> None:
    result = scores(confident(np.array([0, 1]), 2), np.array([0, 1]), 2)
    assert set(result) <= set(METRICS)
    assert result == pytest.approx({**dict.fromkeys(result, 1.0), "nll": 0.0, "ece": 0.0})


@pytest.mark.parametrize(
    ("predictions", "named"),
    [
        (np.zeros((3, 2)), r"\(3, 2\)"),
        (np.zeros((4, 3)), r"\(4, 3\)"),
        (np.zeros((4, 2), dtype=int), "int64"),
        (np.full((4, 2), np.nan), "sum 1"),
        (np.array([[1.5, -0.5]] * 4), "sum 1"),
        (np.full((4, 2), 0.4), "sum 1"),
    ],
)
def test_invalid_probabilities_are_an_error(predictions: np.ndarray, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check(predictions, np.zeros(4, dtype=int), 2)
