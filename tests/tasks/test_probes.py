"""Probes against scikit-learn, and their independence of test labels."""

import dataclasses
import functools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from harness.tasks import probes
from harness.tasks.probes import L2_VALUES, NEIGHBOURS, TEMPERATURE, Split, linear_probe, path, weighted_knn

torch.set_num_threads(1)

PROBES = {"linear": linear_probe, "knn": weighted_knn}
every_probe = pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)


@dataclasses.dataclass(frozen=True)
class Solved:
    """A probe's score on validation, and the probabilities (draws, tests, classes) of the test examples."""

    validation: float
    probabilities: np.ndarray

    @property
    def predictions(self) -> np.ndarray:
        return self.probabilities.argmax(2)


@dataclasses.dataclass(frozen=True)
class Problem:
    """Informative features with labels, draws and a test part."""

    features: np.ndarray
    labels: np.ndarray
    splits: list[Split]
    test: np.ndarray
    classes: int

    def solved(self, probe, **changes) -> Solved:  # type: ignore[no-untyped-def]
        """The result of a probe on this problem, or on a changed one."""
        task = dataclasses.replace(self, **changes)
        result = probe(task.features, task.labels, task.splits, task.classes)
        return Solved(result.validation, result.predict(task.features[task.test]))


def problem(
    width: int = 12, train: int = 60, draws: int = 2, classes: int = 4, spread: float = 1.0, seed: int = 0
) -> Problem:
    """A problem with features of unequal scales and offsets."""
    random = np.random.default_rng(seed)
    count = train + 200
    labels = np.arange(count) % classes
    centres = random.normal(size=(classes, width)) * 3 / np.sqrt(width)
    features = centres[labels] + spread * random.normal(size=(count, width))
    features = features * random.uniform(0.1, 20, width) + random.normal(size=width) * 5
    splits = []
    for _ in range(draws):
        rows = random.permutation(train + 100)
        splits.append(Split(np.sort(rows[:train]), np.sort(rows[train:])))
    return Problem(features.astype(np.float32), labels, splits, np.arange(train + 100, count), classes)


WIDTHS = (2, 20)
SIMILARITY_ERROR = (2 * WIDTHS[1] + 4) * 2.0**-24
"""A bound on the rounding error of a cosine similarity in float32: of two normalised rows and their product."""
PROBABILITY_ERROR = 4 * SIMILARITY_ERROR / TEMPERATURE
"""The relative error of the weights exp(similarity / T) is SIMILARITY_ERROR / T. That of a share of their sum is twice
as large, doubled again for the rounding of the sums."""


def reference_knn(knn: Problem, split: Split, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's class probabilities (rows, present classes) by cosine neighbours with the weights exp(-d / T), and
    whether the neighbours of each row are certain (rows,): no tie at the last of them within the rounding error."""
    count = min(NEIGHBOURS, len(split.train))
    features = knn.features.astype(np.float64)
    model = KNeighborsClassifier(
        count, metric="cosine", algorithm="brute", weights=lambda d: np.exp(-d / TEMPERATURE)
    ).fit(features[split.train], knn.labels[split.train])
    if len(split.train) == count:
        return model.predict_proba(features[rows]), np.ones(len(rows), dtype=bool)
    distances, _ = model.kneighbors(features[rows], count + 1)
    return model.predict_proba(features[rows]), distances[:, -1] - distances[:, -2] > 2 * SIMILARITY_ERROR


@given(st.integers(*WIDTHS), st.integers(8, 60), st.integers(2, 5), st.integers(0, 2**31))
@example(8, 8, 2, 885)
def test_weighted_neighbours_are_scikit_learns(width: int, train: int, classes: int, seed: int) -> None:
    knn = problem(width, train, 2, classes, seed=seed)
    result = knn.solved(weighted_knn)
    accuracies, undecided = [], []
    for split, predicted, probabilities in zip(knn.splits, result.predictions, result.probabilities, strict=True):
        present = np.unique(knn.labels[split.train])
        wanted, certain = reference_knn(knn, split, knn.test)
        np.testing.assert_allclose(probabilities[:, present][certain], wanted[certain], atol=PROBABILITY_ERROR)
        decided = certain & (margins(wanted) > 2 * PROBABILITY_ERROR)
        assert np.array_equal(predicted[decided], present[wanted.argmax(1)][decided])
        assert decided.mean() > 0.5
        wanted, certain = reference_knn(knn, split, split.validation)
        accuracies.append((present[wanted.argmax(1)] == knn.labels[split.validation]).mean())
        undecided.append((~certain | (margins(wanted) <= 2 * PROBABILITY_ERROR)).mean())
    assert abs(result.validation - np.mean(accuracies)) <= np.mean(undecided) + 1e-9


def margins(probabilities: np.ndarray) -> np.ndarray:
    """The differences (N,) of the two highest probabilities of rows (N, K); K may be 1."""
    ordered = np.sort(np.pad(probabilities, ((0, 0), (1, 0))), axis=1)
    return ordered[:, -1] - ordered[:, -2]


def test_neighbours_depend_on_directions_only() -> None:
    task = problem()
    stretched = task.features * np.random.default_rng(0).uniform(0.1, 10, (len(task.features), 1)).astype(np.float32)
    one, other = task.solved(weighted_knn), task.solved(weighted_knn, features=stretched)
    assert (one.predictions == other.predictions).mean() > 0.99


def standardised(task: Problem, split: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A draw's training examples with their labels, and the test examples, standardised by the training examples."""
    train = task.features[split.train].astype(np.float64)
    mean, scale = train.mean(0), train.std(0)
    return (train - mean) / scale, task.labels[split.train], (task.features[task.test] - mean) / scale


def penalised(x: np.ndarray, y: np.ndarray, weight: np.ndarray, bias: np.ndarray, penalty: float) -> float:
    """The objective of the probe: mean cross-entropy + penalty / 2 |W|^2."""
    logits = x @ weight + bias
    logits = logits - logits.max(1, keepdims=True)
    log_chances = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return float(-log_chances[np.arange(len(y)), y].mean() + penalty / 2 * np.square(weight).sum())


def reference_logistic(x: np.ndarray, y: np.ndarray, penalty: float) -> LogisticRegression:
    """scikit-learn's solution at the same penalty. Its C weighs the sum over examples, the probe's penalty the mean."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=1 / (len(x) * penalty), tol=1e-8, max_iter=5000).fit(x, y)


@pytest.mark.parametrize(("width", "train"), [(12, 60), (12, 13), (80, 40)])
def test_the_path_of_penalties_is_scikit_learns(width: int, train: int) -> None:
    task = problem(width, train, draws=3, spread=2.0)
    draws = [standardised(task, split)[:2] for split in task.splits]
    x = torch.tensor(np.stack([rows for rows, _ in draws]), dtype=torch.float32)
    solutions = path(x, torch.tensor(np.stack([labels for _, labels in draws])), task.classes)
    assert len(solutions) == len(L2_VALUES) == 13
    assert list(L2_VALUES) == sorted(L2_VALUES, reverse=True)
    for index in (0, 3, 6, 9):
        penalty, (weights, biases) = float(L2_VALUES[index]), solutions[index]
        for (rows, labels), weight, bias in zip(draws, weights.numpy(), biases.numpy(), strict=True):
            model = reference_logistic(rows, labels, penalty)
            wanted = penalised(rows, labels, model.coef_.T, model.intercept_, penalty)
            result = penalised(rows, labels, weight.astype(np.float64), bias.astype(np.float64), penalty)
            assert wanted - 1e-6 <= result <= wanted + 3e-4
            agreed = (rows @ weight + bias).argmax(1) == model.predict(rows)
            assert agreed.mean() > 0.95


@pytest.mark.parametrize(("width", "train"), [(10, 120), (150, 40)])
def test_a_linear_probe_is_scikit_learns_at_the_chosen_penalty(width: int, train: int) -> None:
    task = problem(width, train, draws=2, spread=1.5)
    result = task.solved(linear_probe)
    best = []
    for split, predicted in zip(task.splits, result.predictions, strict=True):
        x, y, test = standardised(task, split)
        train_rows = task.features[split.train].astype(np.float64)
        validation = (task.features[split.validation] - train_rows.mean(0)) / train_rows.std(0)
        scores, guesses = [], []
        for penalty in L2_VALUES[:9]:
            model = reference_logistic(x, y, penalty)
            scores.append(model.score(validation, task.labels[split.validation]))
            guesses.append(model.predict(test))
        best.append(max(scores))
        assert max((guess == predicted).mean() for guess in guesses) > 0.97
    assert result.validation == pytest.approx(np.mean(best), abs=0.03)


@every_probe
def test_an_easy_problem_is_solved(probe) -> None:
    task = problem(spread=0.05)
    result = task.solved(probe)
    assert result.predictions.shape == (2, 100)
    np.testing.assert_allclose(result.probabilities.sum(2), 1, atol=1e-5)
    assert (result.predictions == task.labels[task.test]).mean() > 0.95
    assert result.validation > 0.95


@every_probe
def test_labels_of_test_examples_have_no_influence(probe) -> None:
    task = problem(spread=2.0)
    hidden = task.labels.copy()
    hidden[task.test] = -1
    one, other = task.solved(probe), task.solved(probe, labels=hidden)
    assert np.array_equal(one.predictions, other.predictions)
    assert one.validation == other.validation


@every_probe
def test_test_examples_do_not_influence_each_other_or_the_penalty(probe) -> None:
    task = problem(spread=2.0)
    whole, half = task.solved(probe), task.solved(probe, test=task.test[::2])
    assert np.array_equal(whole.predictions[:, ::2], half.predictions)
    assert whole.validation == half.validation


def test_validation_chooses_the_penalty() -> None:
    task = problem(width=40, train=40, spread=3.0, draws=1)
    (split,) = task.splits
    turned = task.labels.copy()
    turned[split.validation] = (turned[split.validation] + 1) % task.classes
    one, other = task.solved(linear_probe), task.solved(linear_probe, labels=turned)
    assert not np.array_equal(one.predictions, other.predictions)


def test_the_scale_and_offset_of_a_feature_do_not_count() -> None:
    task = problem(spread=1.5)
    random = np.random.default_rng(1)
    moved = task.features * random.uniform(0.01, 100, 12) + random.normal(size=12) * 10
    one, other = task.solved(linear_probe), task.solved(linear_probe, features=moved.astype(np.float32))
    assert (one.predictions == other.predictions).mean() > 0.97


def test_the_scale_of_features_counts_without_standardisation() -> None:
    task = problem(width=40, spread=0.5)
    loud = np.concatenate([task.features, np.random.default_rng(1).normal(size=(len(task.features), 200))], axis=1)
    quiet = np.concatenate([task.features, 1e-3 * loud[:, 40:]], axis=1).astype(np.float32)
    kept = functools.partial(linear_probe, standardise=False)
    alone, ignored, drowned = (
        task.solved(kept),
        task.solved(kept, features=quiet),
        task.solved(linear_probe, features=quiet),
    )
    assert (alone.predictions == ignored.predictions).mean() > 0.97
    assert (drowned.predictions == task.labels[task.test]).mean() < (
        ignored.predictions == task.labels[task.test]
    ).mean()


@pytest.mark.parametrize(("width", "train"), [(12, 60), (80, 40)])
def test_features_that_are_constant_in_training_change_nothing(width: int, train: int) -> None:
    task = problem(width, train, spread=1.5)
    wider = np.concatenate([task.features, np.full((len(task.features), 3), 123.4, dtype=np.float32)], axis=1)
    one, other = task.solved(linear_probe), task.solved(linear_probe, features=wider)
    assert (one.predictions == other.predictions).mean() > 0.97


@every_probe
def test_constant_features_give_one_class(probe) -> None:
    task = problem(draws=3)
    for value in (0.0, 1.0):
        result = task.solved(probe, features=np.full((len(task.features), 5), value, dtype=np.float32))
        assert all(len(set(drawn)) == 1 for drawn in result.predictions.tolist())


def test_a_probe_of_constant_features_predicts_the_majority() -> None:
    task = problem(draws=1)
    labels = np.where(np.arange(len(task.labels)) % 5 < 3, 2, task.labels)
    result = task.solved(linear_probe, features=np.zeros((len(labels), 1), dtype=np.float32), labels=labels)
    assert set(result.predictions.flatten().tolist()) == {2}


@every_probe
@pytest.mark.parametrize(("width", "train"), [(12, 60), (80, 40)])
def test_a_class_that_a_draw_lacks_is_never_predicted(probe, width: int, train: int) -> None:
    task = problem(width, train, spread=0.5)
    lacking = [
        Split(np.where(task.labels[split.train] == 3, split.train - 1, split.train), split.validation)
        for split in task.splits
    ]
    result = task.solved(probe, splits=lacking)
    assert 3 not in result.predictions
    seen = task.labels[task.test] != 3
    assert (result.predictions == task.labels[task.test])[:, seen].mean() > 0.85


@every_probe
def test_draws_are_independent(probe) -> None:
    task = problem(draws=4, spread=1.5)
    together = task.solved(probe)
    for index, split in enumerate(task.splits):
        alone = task.solved(probe, splits=[split])
        assert (alone.predictions[0] == together.predictions[index]).mean() > 0.97


@every_probe
def test_a_probe_is_deterministic(probe) -> None:
    task = problem(spread=2.0)
    one, other = task.solved(probe), task.solved(probe)
    assert np.array_equal(one.predictions, other.predictions)


def test_draws_of_unequal_sizes_are_an_error() -> None:
    task = problem()
    uneven = [task.splits[0], Split(task.splits[1].train[1:], task.splits[1].validation)]
    with pytest.raises(ValueError, match="different sizes"):
        task.solved(linear_probe, splits=uneven)


@every_probe
def test_one_example_a_class_is_enough(probe) -> None:
    task = problem(width=30, train=60, draws=1, spread=0.05)
    (split,) = task.splits
    firsts = np.array([split.train[task.labels[split.train] == label][0] for label in range(4)])
    result = task.solved(probe, splits=[Split(firsts, split.validation)])
    assert (result.predictions == task.labels[task.test]).mean() > 0.8


@pytest.mark.gpu
@every_probe
def test_a_probe_gives_the_same_on_a_gpu(probe, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    task = problem(train=120, spread=2.0)
    monkeypatch.setattr(probes, "LARGE", 0)
    there = task.solved(functools.partial(probe, device=torch.device("cuda")))
    here = task.solved(probe)
    assert there.validation == pytest.approx(here.validation, abs=0.02)
    assert there.probabilities == pytest.approx(here.probabilities, abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=1, max_size=4))
def test_only_large_probes_leave_the_cpu(shapes: list[tuple[int, int]]) -> None:
    device = torch.device("meta")
    examples = [torch.empty(shape, device=device) for shape in shapes]
    numbers = sum(rows * columns for rows, columns in shapes)
    assert probes.solver_device(examples, device) == (device if numbers >= probes.LARGE else probes.CPU)
