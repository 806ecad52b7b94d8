"""What frozen features are worth: weighted k-NN and a linear probe, both averaged over draws of shots."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

NEIGHBOURS = 20
TEMPERATURE = 0.07
L2_VALUES = np.logspace(1, -5, 13)
"""Weights of the penalty, strongest first: 10 to 1e-5, half a decade apart."""
ITERATIONS = 20


@dataclass(frozen=True)
class Split:
    """Which examples a probe is fitted on and which it is chosen by, as indices into the task's arrays."""

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class ProbeResult:
    """Mean accuracy on validation over the draws, and each draw's predicted classes (draws, items)."""

    validation_accuracy: float
    predictions: np.ndarray


def weighted_knn(
    features: np.ndarray, labels: np.ndarray, splits: list[Split], test: np.ndarray, classes: int
) -> ProbeResult:
    """Weighted k-NN (Wu 2018, 1805.01978): k = 20, T = 0.07, L2-normalised features; needs no choice."""
    z = normalize(torch.from_numpy(features))
    accuracies, predictions = [], []
    for split in splits:
        votes = one_hot(labels[split.train], classes)
        bank = z[split.train]
        accuracies.append(accuracy(knn_scores(bank, votes, z[split.validation]), labels[split.validation]))
        predictions.append(knn_scores(bank, votes, z[test]).argmax(1).numpy())
    return ProbeResult(float(np.mean(accuracies)), np.stack(predictions))


def knn_scores(bank: Tensor, votes: Tensor, queries: Tensor) -> Tensor:
    """The summed weights exp(similarity / T) of each class (Q, K) among the nearest of the bank (N, D)."""
    similarity, nearest = (queries @ bank.T).topk(min(NEIGHBOURS, len(bank)), dim=1)
    weights = torch.exp((similarity - 1) / TEMPERATURE)
    return (weights[:, :, None] * votes[nearest]).sum(dim=1)


def linear_probe(
    features: np.ndarray, labels: np.ndarray, splits: list[Split], test: np.ndarray, classes: int
) -> ProbeResult:
    """Multinomial logistic regression on standardised features, its L2 penalty chosen on validation in each draw.

    All draws are solved side by side along the path of penalties, from strong to weak, each from the last solution.
    Draws of one size are stacked; features are first turned into the span of the training examples, which leaves the
    penalised solution as it is and is far smaller at a few shots.
    """
    draws = [_Draw.of(features, labels, split, test) for split in splits]
    size = min(len(draw.x) for draw in draws)
    if any(len(draw.x) != size for draw in draws):
        raise ValueError("all draws of a probe have to be of one size")
    x, y = torch.stack([draw.x for draw in draws]), torch.stack([draw.y for draw in draws])
    best = np.full(len(draws), -1.0)
    predictions = np.zeros((len(draws), len(test)), dtype=np.int64)
    for weight, bias in path(x, y, classes):
        for index, draw in enumerate(draws):
            score = accuracy(draw.validation_x @ weight[index] + bias[index], labels[draw.validation])
            if score > best[index]:
                best[index] = score
                predictions[index] = (draw.test_x @ weight[index] + bias[index]).argmax(1).numpy()
    return ProbeResult(float(best.mean()), predictions)


def path(x: Tensor, y: Tensor, classes: int) -> list[tuple[Tensor, Tensor]]:
    """Weights (draws, R, K) and biases (draws, 1, K) for each penalty, by L-BFGS with warm starts.

    Minimises, for each draw of examples x (draws, N, R) and labels y (draws, N):
    mean cross-entropy + penalty / 2 |W|^2, the bias free.
    """
    draws, _, rank = x.shape
    weight = torch.zeros(draws, rank, classes, requires_grad=True)
    bias = torch.zeros(draws, 1, classes, requires_grad=True)
    solutions = []
    for penalty in L2_VALUES.tolist():
        optimizer = torch.optim.LBFGS(
            [weight, bias], max_iter=ITERATIONS, history_size=10, line_search_fn="strong_wolfe"
        )

        def loss(penalty: float = penalty, optimizer: torch.optim.LBFGS = optimizer) -> Tensor:
            optimizer.zero_grad()
            logits = x @ weight + bias
            fit = cross_entropy(logits.flatten(0, 1), y.flatten()) * draws
            value = fit + penalty / 2 * weight.square().sum()
            value.backward()
            return value

        optimizer.step(loss)
        solutions.append((weight.detach().clone(), bias.detach().clone()))
    return solutions


@dataclass(frozen=True)
class _Draw:
    """One draw's features, standardised and turned into the span of its training examples."""

    x: Tensor
    y: Tensor
    validation: np.ndarray
    validation_x: Tensor
    test_x: Tensor

    @classmethod
    def of(cls, features: np.ndarray, labels: np.ndarray, split: Split, test: np.ndarray) -> "_Draw":
        train = features[split.train].astype(np.float64)
        mean, scale = train.mean(0), train.std(0)
        scale[scale < 1e-8] = 1.0

        def standard(rows: np.ndarray) -> np.ndarray:
            return (features[rows] - mean) / scale

        basis = np.eye(train.shape[1])
        if len(train) < train.shape[1]:
            _, _, basis = np.linalg.svd((train - mean) / scale, full_matrices=False)
        turned = [
            torch.from_numpy((standard(rows) @ basis.T).astype(np.float32))
            for rows in (split.train, split.validation, test)
        ]
        return cls(turned[0], torch.from_numpy(np.array(labels[split.train])), split.validation, turned[1], turned[2])


def one_hot(labels: np.ndarray, classes: int) -> Tensor:
    """(N, classes), float."""
    return torch.nn.functional.one_hot(torch.from_numpy(np.array(labels)), classes).float()


def accuracy(scores: Tensor, labels: np.ndarray) -> float:
    """The share of rows whose highest score is at their label."""
    return float((scores.argmax(1).numpy() == labels).mean())
