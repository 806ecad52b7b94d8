"""Probes of frozen features: weighted k-NN and a linear probe, both averaged over draws of shots."""

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
"""L2 penalties, strongest first: 10 to 1e-5, half a decade apart."""
ITERATIONS = 20
CPU = torch.device("cpu")
LARGE = 1 << 20
"""Numbers in the training examples of all draws from which a probe is solved on the trial's device. Smaller probes take
many small steps, which are faster on a CPU."""


@dataclass(frozen=True)
class Split:
    """One draw: the examples a probe is fitted on and chosen by, as indices into the task's arrays."""

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class Probe:
    """A fitted probe."""

    validation: float
    """Mean accuracy on validation over the draws."""
    predict: Callable[[np.ndarray], np.ndarray]
    """Class probabilities (draws, M, classes) of features (M, D)."""


def weighted_knn(
    features: np.ndarray, labels: np.ndarray, splits: list[Split], classes: int, device: torch.device = CPU
) -> Probe:
    """Weighted k-NN (Wu 2018, 1805.01978): k = 20, T = 0.07, on L2-normalised features (N, D) with labels (N,)."""
    solver = solver_device([features[split.train] for split in splits], device)
    z = normalize(torch.from_numpy(features))
    banks = [(z[split.train].to(solver), one_hot(labels[split.train], classes).to(solver)) for split in splits]

    def scores(bank: tuple[Tensor, Tensor], queries: Tensor) -> Tensor:
        return knn_scores(*bank, queries.to(solver)).cpu()

    accuracies = [
        accuracy(scores(bank, z[split.validation]), labels[split.validation])
        for bank, split in zip(banks, splits, strict=True)
    ]

    def predict(rows: np.ndarray) -> np.ndarray:
        queries = normalize(torch.from_numpy(rows))
        return np.stack([normalize(scores(bank, queries), p=1).numpy() for bank in banks])

    return Probe(float(np.mean(accuracies)), predict)


def knn_scores(bank: Tensor, votes: Tensor, queries: Tensor) -> Tensor:
    """(Q, K): the summed weights exp((similarity - 1) / T) of each class among the neighbours of queries (Q, D).

    The bank holds features (N, D); votes are its one-hot labels (N, K).
    """
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
    """Multinomial logistic regression on standardised features (N, D), labels (N,).

    The L2 penalty is chosen on validation in each draw. With `standardise` false features are only centred: for TF-IDF,
    whose scale carries information. All draws are solved in one batch along the path of penalties, from strong to weak,
    each from the previous solution. Features are first projected onto the span of the training examples: the solution
    does not change, and the problem is far smaller at a few shots.

    Raises:
        ValueError: the draws have different sizes.
    """
    draws = [_Draw.of(features, split.train, standardise) for split in splits]
    x = [draw.projected(features[split.train]) for draw, split in zip(draws, splits, strict=True)]
    if len({len(rows) for rows in x}) > 1:
        raise ValueError("the draws of a probe have different sizes: give each the same number of training examples")
    solver = solver_device(x, device)
    y = torch.stack([torch.from_numpy(np.array(labels[split.train])) for split in splits])
    validation = [draw.projected(features[split.validation]) for draw, split in zip(draws, splits, strict=True)]
    best = [-1.0] * len(draws)
    chosen: list[tuple[Tensor, Tensor]] = [(torch.empty(0), torch.empty(0))] * len(draws)
    for weight, bias in path(torch.stack(x).to(solver), y.to(solver), classes):
        for index, split in enumerate(splits):
            score = accuracy(validation[index] @ weight[index] + bias[index], labels[split.validation])
            if score > best[index]:
                best[index], chosen[index] = score, (weight[index], bias[index])

    def predict(rows: np.ndarray) -> np.ndarray:
        pairs = zip(draws, chosen, strict=True)
        return np.stack([(draw.projected(rows) @ weight + bias).softmax(1).numpy() for draw, (weight, bias) in pairs])

    return Probe(float(np.mean(best)), predict)


def path(x: Tensor, y: Tensor, classes: int) -> list[tuple[Tensor, Tensor]]:
    """Weights (draws, R, K) and biases (draws, 1, K) for each penalty, by L-BFGS with warm starts.

    Minimises mean cross-entropy + penalty / 2 |W|^2 for each draw of examples x (draws, N, R) and labels y (draws, N).
    The bias is not penalised. It runs on the device of x; the results are on the CPU.
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
    """A draw's standardisation, and the basis of the span of its training examples."""

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

    def projected(self, rows: np.ndarray) -> Tensor:
        """Features (M, D) standardised and in the basis: (M, R), float32."""
        standard = (rows - self.mean) / self.scale
        return torch.from_numpy((standard if self.basis is None else standard @ self.basis.T).astype(np.float32))


def solver_device(examples: Sequence[np.ndarray | Tensor], device: torch.device) -> torch.device:
    """The device to solve a probe on, whose draws have these training examples (N, R): the CPU for small probes."""
    return device if sum(math.prod(rows.shape) for rows in examples) >= LARGE else CPU


def one_hot(labels: np.ndarray, classes: int) -> Tensor:
    """(N, classes), float32, of labels (N,)."""
    return torch.nn.functional.one_hot(torch.from_numpy(np.array(labels)), classes).float()


def accuracy(scores: Tensor, labels: np.ndarray) -> float:
    """The share of rows of scores (N, K) whose maximum is at their label (N,)."""
    return float((scores.argmax(1).numpy() == labels).mean())
