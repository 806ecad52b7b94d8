"""The choice of a hyperparameter on validation. It is part of the plan, so it imports nothing heavy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.printable import exact

WORST = 0.0
"""The score of a failed tuning trial: the lowest possible accuracy."""


class NothingToChooseError(ValueError):
    """All tuning trials failed."""


@dataclass(frozen=True)
class Choice:
    """The chosen rate, whether it is on the edge of its grid, and each rate's mean score, by the rate as text."""

    rate: float
    edge: bool
    scores: dict[str, float]


def choose(outcomes: Mapping[float, Sequence[float | None]], worst: float = WORST) -> Choice:
    """The rate with the best mean validation score over the tuning seeds; of equal ones the smallest.

    A trial that failed or diverged is None (or not finite) and counts as `worst`: a rate that works at two of three
    seeds cannot win by its failures. A grid of one rate has no edge.

    Raises:
        NothingToChooseError: when all trials failed.
    """
    if not any(_finite(score) for scores in outcomes.values() for score in scores):
        raise NothingToChooseError("all tuning trials failed: there is no rate to choose")
    rates = sorted(outcomes)
    means = {rate: _mean(outcomes[rate], worst) for rate in rates}
    best = max(rates, key=lambda rate: (means[rate], -rate))
    edge = len(rates) > 1 and best in (rates[0], rates[-1])
    return Choice(best, edge, {exact(rate): means[rate] for rate in rates})


def _mean(scores: Sequence[float | None], worst: float) -> float:
    return fmean(score if score is not None and math.isfinite(score) else worst for score in scores or [None])


def _finite(score: float | None) -> bool:
    return score is not None and math.isfinite(score)
