"""Pareto fronts of a cost, where less is better, against a score, where more is better."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


def on_front(costs: Floats, scores: Floats) -> Booleans:
    """Whether each candidate is on the front (candidates,), of its cost and score (candidates,).

    None other has a higher score at no more cost, nor the same score at less. Of equal ones all are on it. O(n log n).
    """
    order = np.lexsort((-scores, costs))
    sorted_costs, sorted_scores = costs[order], scores[order]
    best = np.maximum.accumulate(sorted_scores)
    first = np.searchsorted(sorted_costs, sorted_costs, side="left")
    cheaper = np.concatenate([[-np.inf], best])[first]
    front = np.zeros(len(costs), dtype=bool)
    front[order] = (sorted_scores == sorted_scores[first]) & (sorted_scores > cheaper)
    return front


def surely_dominated(costs: Floats, low: Floats, high: Floats) -> Booleans:
    """Whether another candidate that costs no more has an interval wholly above each one's own (candidates,).

    `low` and `high` (candidates,) are the ends of the scores' intervals; unknown ones are infinite. O(n log n).
    """
    order = np.argsort(costs, kind="stable")
    sorted_costs = costs[order]
    best = np.maximum.accumulate(low[order])
    last = np.searchsorted(sorted_costs, sorted_costs, side="right") - 1
    dominated = np.zeros(len(costs), dtype=bool)
    dominated[order] = best[last] > high[order]
    return dominated
