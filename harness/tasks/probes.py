"""What frozen features are worth: weighted k-NN and a linear probe, both averaged over draws of shots."""

import math
from collections.abc import Callable, Sequence
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
CPU = torch.device("cpu")
LARGE = 1 << 20
"""From so many numbers in all draws' examples on a probe is solved on the device that is given. With fewer its many
small steps are faster on a CPU than they can be sent to a GPU."""


@dataclass(frozen=True)
class Split:
    """Which examples a probe is fitted on and which it is chosen by, as indices into the task's arrays."""

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class Probe:
    """A fitted probe: mean accuracy on validation over the draws, and class probabilities (draws, M, classes) of
    features (M, D)."""

    validation: float
    predict: Callable[[np.ndarray], np.ndarray]


def weighted_knn(
    features: np.ndarray, labels: np.ndarray, splits: list[Split], classes: int, device: torch.device = CPU
) -> Probe:
    """Weighted k-NN (Wu 2018, 1805.01978): k = 20, T = 0.07, L2-normalised features; needs no choice."""
    place = placed([features[split.train] for split in splits], device)
    z = normalize(torch.from_numpy(features))
    banks = [(z[split.train].to(place), one_hot(labels[split.train], classes).to(place)) for split in splits]

    def scores(bank: tuple[Tensor, Tensor], queries: Tensor) -> Tensor:
        return knn_scores(*bank, queries.to(place)).cpu()

    accuracies = [
        accuracy(scores(bank, z[split.validation]), labels[split.validation])
        for bank, split in zip(banks, splits, strict=True)
    ]

    def predict(rows: np.ndarray) -> np.ndarray:
        queries = normalize(torch.from_numpy(rows))
        return np.stack([normalize(scores(bank, queries), p=1).numpy() for bank in banks])

    return Probe(float(np.mean(accuracies)), predict)


def knn_scores(bank: Tensor, votes: Tensor, queries: Tensor) -> Tensor:
    """The summed weights exp(similarity / T) of each class (Q, K) among the nearest of the bank (N, D)."""
    similarity, nearest = (queries @ bank.T).topk(min(NEIGHBOURS, len(bank)), dim=1)
    weights = torch.exp((similarity - 1) / TEMPERATURE)
    return (weights[:, :, None] * votes[nearest]).sum(dim=1)


def linear_probe(
    features: np.ndarray,
    labels: np.ndarray,
    splits: list[Split],
    classes: int,
    standardise: bool = True,
    device: torch.device = CPU,
) -> Probe:
    """Multinomial logistic regression on standardised features, its L2 penalty chosen on validation in each draw.
    Features whose scale says something, such as TF-IDF, are only centred where `standardise` is false.

    All draws are solved side by side along the path of penalties, from strong to weak, each from the last solution.
    Draws of one size are stacked; features are first turned into the span of the training examples, which leaves the
    penalised solution as it is and is far smaller at a few shots.
    """
    draws = [_Draw.of(features, split.train, standardise) for split in splits]
    x = [draw.turned(features[split.train]) for draw, split in zip(draws, splits, strict=True)]
    if len({len(rows) for rows in x}) > 1:
        raise ValueError("all draws of a probe have to be of one size")
    place = placed(x, device)
    y = torch.stack([torch.from_numpy(np.array(labels[split.train])) for split in splits])
    validation = [draw.turned(features[split.validation]) for draw, split in zip(draws, splits, strict=True)]
    best = [-1.0] * len(draws)
    chosen: list[tuple[Tensor, Tensor]] = [(torch.empty(0), torch.empty(0))] * len(draws)
    for weight, bias in path(torch.stack(x).to(place), y.to(place), classes):
        for index, split in enumerate(splits):
            found = accuracy(validation[index] @ weight[index] + bias[index], labels[split.validation])
            if found > best[index]:
                best[index], chosen[index] = found, (weight[index], bias[index])

    def predict(rows: np.ndarray) -> np.ndarray:
        pairs = zip(draws, chosen, strict=True)
        return np.stack([(draw.turned(rows) @ weight + bias).softmax(1).numpy() for draw, (weight, bias) in pairs])

    return Probe(float(np.mean(best)), predict)


def path(x: Tensor, y: Tensor, classes: int) -> list[tuple[Tensor, Tensor]]:
    """Weights (draws, R, K) and biases (draws, 1, K) on the CPU for each penalty, by L-BFGS with warm starts, where x
    lies.

    Minimises, for each draw of examples x (draws, N, R) and labels y (draws, N):
    mean cross-entropy + penalty / 2 |W|^2, the bias free.
    """
    draws, _, rank = x.shape
    weight = torch.zeros(draws, rank, classes, device=x.device, requires_grad=True)
    bias = torch.zeros(draws, 1, classes, device=x.device, requires_grad=True)
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
        solutions.append((weight.detach().cpu().clone(), bias.detach().cpu().clone()))
    return solutions


@dataclass(frozen=True)
class _Draw:
    """How a draw standardises features by its training examples, and turns them into the span of those."""

    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray | None

    @classmethod
    def of(cls, features: np.ndarray, rows: np.ndarray, standardise: bool) -> "_Draw":
        train = features[rows].astype(np.float64)
        mean, scale = train.mean(0), train.std(0)
        scale[(scale < 1e-8) | (not standardise)] = 1.0
        basis = None
        if len(train) < train.shape[1]:
            _, _, basis = np.linalg.svd((train - mean) / scale, full_matrices=False)
        return cls(mean, scale, basis)

    def turned(self, rows: np.ndarray) -> Tensor:
        """Features (M, D) as (M, R), float32."""
        standard = (rows - self.mean) / self.scale
        return torch.from_numpy((standard if self.basis is None else standard @ self.basis.T).astype(np.float32))


def placed(examples: Sequence[np.ndarray | Tensor], device: torch.device) -> torch.device:
    """Where a probe is solved whose draws have such training examples (N, R): the device, where that is worth it."""
    return device if sum(math.prod(rows.shape) for rows in examples) >= LARGE else CPU


def one_hot(labels: np.ndarray, classes: int) -> Tensor:
    """(N, classes), float."""
    return torch.nn.functional.one_hot(torch.from_numpy(np.array(labels)), classes).float()


def accuracy(scores: Tensor, labels: np.ndarray) -> float:
    """The share of rows whose highest score is at their label."""
    return float((scores.argmax(1).numpy() == labels).mean())
