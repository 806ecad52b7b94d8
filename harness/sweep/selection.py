"""The choice of a hyperparameter on validation. It is part of the plan, so it imports nothing heavy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

WORST = 0.0
"""The score of a tuning trial that did not end well: the worst share of right answers that there is."""


class NothingToChooseError(ValueError):
    """No tuning trial ended well."""


@dataclass(frozen=True)
class Choice:
    """The chosen rate, whether it lies on the edge of its grid, and each rate's mean score, by the rate as text."""

    rate: float
    edge: bool
    scores: dict[str, float]


def choose(outcomes: Mapping[float, Sequence[float | None]], worst: float = WORST) -> Choice:
    """The rate with the best mean validation score over the tuning seeds; of equal ones the smallest.

    A trial that failed or diverged is None (or not finite) and counts as `worst`, so that a rate that works at two
    seeds in three cannot win by leaving the third out. On a grid of one rate nothing is on the edge.

    Raises:
        NothingToChooseError: when no trial of any rate ended well.
    """
    if not any(_well(score) for scores in outcomes.values() for score in scores):
        raise NothingToChooseError("no tuning trial ended well, so there is no rate to choose")
    rates = sorted(outcomes)
    means = {rate: _mean(outcomes[rate], worst) for rate in rates}
    best = max(rates, key=lambda rate: (means[rate], -rate))
    edge = len(rates) > 1 and best in (rates[0], rates[-1])
    return Choice(best, edge, {f"{rate:g}": means[rate] for rate in rates})


def _mean(scores: Sequence[float | None], worst: float) -> float:
    return fmean(score if score is not None and math.isfinite(score) else worst for score in scores or [None])


def _well(score: float | None) -> bool:
    return score is not None and math.isfinite(score)
