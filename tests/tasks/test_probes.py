"""Probes against scikit-learn, and what they must not look at."""

import dataclasses
import functools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from harness.tasks import probes
from harness.tasks.probes import L2_VALUES, TEMPERATURE, Split, linear_probe, path, weighted_knn

torch.set_num_threads(1)

PROBES = {"linear": linear_probe, "knn": weighted_knn}
every_probe = pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)


@dataclasses.dataclass(frozen=True)
class Solved:
    """What a probe found: its score on validation, and for each draw the chances and the class of each test example."""

    validation: float
    chances: np.ndarray

    @property
    def predictions(self) -> np.ndarray:
        return self.chances.argmax(2)


@dataclasses.dataclass(frozen=True)
class Problem:
    """Features that tell classes apart, more or less, with draws and a test part."""

    features: np.ndarray
    labels: np.ndarray
    splits: list[Split]
    test: np.ndarray
    classes: int

    def solved(self, probe, **changes) -> Solved:  # type: ignore[no-untyped-def]
        """What a probe says of this problem, or of a changed one."""
        asked = dataclasses.replace(self, **changes)
        result = probe(asked.features, asked.labels, asked.splits, asked.classes)
        return Solved(result.validation, result.predict(asked.features[asked.test]))


def problem(
    width: int = 12, train: int = 60, draws: int = 2, classes: int = 4, spread: float = 1.0, seed: int = 0
) -> Problem:
    """A problem with features of unequal scales and places."""
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


def reference_knn(asked: Problem, split: Split, rows: np.ndarray) -> np.ndarray:
    """scikit-learn's cosine neighbours with the weights exp((similarity - 1) / T), as class probabilities."""
    model = KNeighborsClassifier(
        min(20, len(split.train)), metric="cosine", algorithm="brute", weights=lambda d: np.exp(-d / TEMPERATURE)
    ).fit(asked.features[split.train], asked.labels[split.train])
    return model.predict_proba(asked.features[rows])


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 20), st.integers(8, 60), st.integers(2, 5), st.integers(0, 1000))
@example(8, 8, 2, 885)
def test_weighted_neighbours_are_scikit_learns(width: int, train: int, classes: int, seed: int) -> None:
    asked = problem(width, train, 2, classes, seed=seed)
    result = asked.solved(weighted_knn)
    accuracies = []
    for split, predicted, said in zip(asked.splits, result.predictions, result.chances, strict=True):
        chances = reference_knn(asked, split, asked.test)
        ordered = np.sort(np.pad(chances, ((0, 0), (1, 0))), axis=1)  # where all drawn are of one class none is next
        sure = ordered[:, -1] - ordered[:, -2] > 1e-4
        present = np.unique(asked.labels[split.train])
        assert np.array_equal(predicted[sure], present[chances.argmax(1)][sure])
        np.testing.assert_allclose(said[:, present][sure], chances[sure], atol=0.02)
        assert sure.mean() > 0.9
        guesses = present[reference_knn(asked, split, split.validation).argmax(1)]
        accuracies.append((guesses == asked.labels[split.validation]).mean())
    assert result.validation == pytest.approx(np.mean(accuracies), abs=0.03)


def test_neighbours_see_directions_only() -> None:
    asked = problem()
    stretched = asked.features * np.random.default_rng(0).uniform(0.1, 10, (len(asked.features), 1)).astype(np.float32)
    one, other = asked.solved(weighted_knn), asked.solved(weighted_knn, features=stretched)
    assert (one.predictions == other.predictions).mean() > 0.99


def standardised(asked: Problem, split: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A draw's training examples with their labels, and the test examples, standardised by the training examples."""
    train = asked.features[split.train].astype(np.float64)
    mean, scale = train.mean(0), train.std(0)
    return (train - mean) / scale, asked.labels[split.train], (asked.features[asked.test] - mean) / scale


def penalised(x: np.ndarray, y: np.ndarray, weight: np.ndarray, bias: np.ndarray, penalty: float) -> float:
    """What the probe minimises: mean cross-entropy + penalty / 2 |W|^2."""
    logits = x @ weight + bias
    logits = logits - logits.max(1, keepdims=True)
    log_chances = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return float(-log_chances[np.arange(len(y)), y].mean() + penalty / 2 * np.square(weight).sum())


def reference_logistic(x: np.ndarray, y: np.ndarray, penalty: float) -> LogisticRegression:
    """scikit-learn's solution at the same penalty: its C counts the sum over examples, ours the mean."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=1 / (len(x) * penalty), tol=1e-8, max_iter=5000).fit(x, y)


@pytest.mark.parametrize(("width", "train"), [(12, 60), (12, 13), (80, 40)])
def test_the_path_of_penalties_is_scikit_learns(width: int, train: int) -> None:
    asked = problem(width, train, draws=3, spread=2.0)
    draws = [standardised(asked, split)[:2] for split in asked.splits]
    x = torch.tensor(np.stack([rows for rows, _ in draws]), dtype=torch.float32)
    solutions = path(x, torch.tensor(np.stack([labels for _, labels in draws])), asked.classes)
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
    asked = problem(width, train, draws=2, spread=1.5)
    result = asked.solved(linear_probe)
    best = []
    for split, predicted in zip(asked.splits, result.predictions, strict=True):
        x, y, test = standardised(asked, split)
        train_rows = asked.features[split.train].astype(np.float64)
        validation = (asked.features[split.validation] - train_rows.mean(0)) / train_rows.std(0)
        scores, guesses = [], []
        for penalty in L2_VALUES[:9]:
            model = reference_logistic(x, y, penalty)
            scores.append(model.score(validation, asked.labels[split.validation]))
            guesses.append(model.predict(test))
        best.append(max(scores))
        assert max((guess == predicted).mean() for guess in guesses) > 0.97
    assert result.validation == pytest.approx(np.mean(best), abs=0.03)


@every_probe
def test_an_easy_problem_is_solved(probe) -> None:
    asked = problem(spread=0.05)
    result = asked.solved(probe)
    assert result.predictions.shape == (2, 100)
    np.testing.assert_allclose(result.chances.sum(2), 1, atol=1e-5)
    assert (result.predictions == asked.labels[asked.test]).mean() > 0.95
    assert result.validation > 0.95


@every_probe
def test_labels_of_test_examples_are_not_looked_at(probe) -> None:
    asked = problem(spread=2.0)
    hidden = asked.labels.copy()
    hidden[asked.test] = -1
    one, other = asked.solved(probe), asked.solved(probe, labels=hidden)
    assert np.array_equal(one.predictions, other.predictions)
    assert one.validation == other.validation


@every_probe
def test_test_examples_do_not_touch_each_other_or_the_choice(probe) -> None:
    asked = problem(spread=2.0)
    whole, half = asked.solved(probe), asked.solved(probe, test=asked.test[::2])
    assert np.array_equal(whole.predictions[:, ::2], half.predictions)
    assert whole.validation == half.validation


def test_validation_chooses_the_penalty() -> None:
    asked = problem(width=40, train=40, spread=3.0, draws=1)
    (split,) = asked.splits
    turned = asked.labels.copy()
    turned[split.validation] = (turned[split.validation] + 1) % asked.classes
    one, other = asked.solved(linear_probe), asked.solved(linear_probe, labels=turned)
    assert not np.array_equal(one.predictions, other.predictions)


def test_the_scale_and_place_of_a_feature_do_not_count() -> None:
    asked = problem(spread=1.5)
    random = np.random.default_rng(1)
    moved = asked.features * random.uniform(0.01, 100, 12) + random.normal(size=12) * 10
    one, other = asked.solved(linear_probe), asked.solved(linear_probe, features=moved.astype(np.float32))
    assert (one.predictions == other.predictions).mean() > 0.97


def test_a_scale_that_says_something_counts_where_it_is_to() -> None:
    asked = problem(width=40, spread=0.5)
    loud = np.concatenate([asked.features, np.random.default_rng(1).normal(size=(len(asked.features), 200))], axis=1)
    quiet = np.concatenate([asked.features, 1e-3 * loud[:, 40:]], axis=1).astype(np.float32)
    kept = functools.partial(linear_probe, standardise=False)
    alone, ignored, drowned = (
        asked.solved(kept),
        asked.solved(kept, features=quiet),
        asked.solved(linear_probe, features=quiet),
    )
    assert (alone.predictions == ignored.predictions).mean() > 0.97
    assert (drowned.predictions == asked.labels[asked.test]).mean() < (
        ignored.predictions == asked.labels[asked.test]
    ).mean()


@pytest.mark.parametrize(("width", "train"), [(12, 60), (80, 40)])
def test_features_that_are_constant_in_training_change_nothing(width: int, train: int) -> None:
    asked = problem(width, train, spread=1.5)
    wider = np.concatenate([asked.features, np.full((len(asked.features), 3), 123.4, dtype=np.float32)], axis=1)
    one, other = asked.solved(linear_probe), asked.solved(linear_probe, features=wider)
    assert (one.predictions == other.predictions).mean() > 0.97


@every_probe
def test_features_that_say_nothing_give_one_class(probe) -> None:
    asked = problem(draws=3)
    for value in (0.0, 1.0):
        result = asked.solved(probe, features=np.full((len(asked.features), 5), value, dtype=np.float32))
        assert all(len(set(drawn)) == 1 for drawn in result.predictions.tolist())


def test_a_probe_of_nothing_names_the_majority() -> None:
    asked = problem(draws=1)
    labels = np.where(np.arange(len(asked.labels)) % 5 < 3, 2, asked.labels)
    result = asked.solved(linear_probe, features=np.zeros((len(labels), 1), dtype=np.float32), labels=labels)
    assert set(result.predictions.flatten().tolist()) == {2}


@every_probe
@pytest.mark.parametrize(("width", "train"), [(12, 60), (80, 40)])
def test_a_class_that_a_draw_lacks_is_never_named(probe, width: int, train: int) -> None:
    asked = problem(width, train, spread=0.5)
    lacking = [
        Split(np.where(asked.labels[split.train] == 3, split.train - 1, split.train), split.validation)
        for split in asked.splits
    ]
    result = asked.solved(probe, splits=lacking)
    assert 3 not in result.predictions
    seen = asked.labels[asked.test] != 3
    assert (result.predictions == asked.labels[asked.test])[:, seen].mean() > 0.85


@every_probe
def test_a_draw_is_solved_as_it_would_be_alone(probe) -> None:
    asked = problem(draws=4, spread=1.5)
    together = asked.solved(probe)
    for index, split in enumerate(asked.splits):
        alone = asked.solved(probe, splits=[split])
        assert (alone.predictions[0] == together.predictions[index]).mean() > 0.97


@every_probe
def test_a_probe_gives_the_same_again(probe) -> None:
    asked = problem(spread=2.0)
    one, other = asked.solved(probe), asked.solved(probe)
    assert np.array_equal(one.predictions, other.predictions)


def test_draws_of_unequal_sizes_are_refused() -> None:
    asked = problem()
    uneven = [asked.splits[0], Split(asked.splits[1].train[1:], asked.splits[1].validation)]
    with pytest.raises(ValueError, match="of one size"):
        asked.solved(linear_probe, splits=uneven)


@every_probe
def test_one_example_a_class_is_enough(probe) -> None:
    asked = problem(width=30, train=60, draws=1, spread=0.05)
    (split,) = asked.splits
    firsts = np.array([split.train[asked.labels[split.train] == label][0] for label in range(4)])
    result = asked.solved(probe, splits=[Split(firsts, split.validation)])
    assert (result.predictions == asked.labels[asked.test]).mean() > 0.8


@pytest.mark.gpu
@every_probe
def test_a_probe_says_the_same_on_a_gpu(probe, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    asked = problem(train=120, spread=2.0)
    monkeypatch.setattr(probes, "LARGE", 0)
    there = asked.solved(functools.partial(probe, device=torch.device("cuda")))
    here = asked.solved(probe)
    assert there.validation == pytest.approx(here.validation, abs=0.02)
    assert there.chances == pytest.approx(here.chances, abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=1, max_size=4))
def test_only_large_probes_leave_the_cpu(shapes: list[tuple[int, int]]) -> None:
    device = torch.device("meta")
    examples = [torch.empty(shape, device=device) for shape in shapes]
    numbers = sum(rows * columns for rows, columns in shapes)
    assert probes.placed(examples, device) == (device if numbers >= probes.LARGE else probes.CPU)
