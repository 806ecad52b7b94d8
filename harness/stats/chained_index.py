"""A chained index of matched items: each period against the latest earlier one that shares enough items with it.

Over the shared items, d is the mean log ratio of their values, and exp(d) the ratio of the periods. The interval of d
is Student's over items; it holds for these two periods alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from harness.stats.intervals import LEVEL

Floats = npt.NDArray[np.floating[Any]]
SHARED = 3
"""The fewest shared items of a link."""


@dataclass(frozen=True)
class Ratio:
    """The mean log ratio of a period to an earlier one, over the items that both have."""

    first: int
    other: int
    """The numbers of the periods."""
    change: float
    low: float
    high: float
    items: npt.NDArray[np.int64]
    """The shared items (n,)."""
    ratios: Floats
    """The log ratio of each (n,)."""


def chained_ratios(periods: Mapping[int, tuple[npt.NDArray[np.int64], Floats]]) -> list[Ratio]:
    """The ratio of each period to the latest earlier one with SHARED items in common.

    `periods` are, by number in order, the items (n,), each once, and the logs of their values (n,).
    """
    earlier: list[tuple[int, npt.NDArray[np.int64], Floats]] = []
    links = []
    for number, (items, logs) in periods.items():
        for first, theirs, before in reversed(earlier):
            shared, here, there = np.intersect1d(items, theirs, assume_unique=True, return_indices=True)
            if len(shared) >= SHARED:
                ratios = logs[here] - before[there]
                mean, margin = float(ratios.mean()), _margin(ratios)
                links.append(Ratio(first, number, mean, mean - margin, mean + margin, shared, ratios))
                break
        earlier.append((number, items, logs))
    return links


def _margin(values: Floats) -> float:
    count = len(values)
    return float(special.stdtrit(count - 1, (1 + LEVEL) / 2)) * float(values.std(ddof=1)) / math.sqrt(count)


def levels(links: Sequence[tuple[int, int, float]]) -> dict[int, float]:
    """The log index of each period from its links `(first, other, change)`: 0 at the first of those linked together."""
    level: dict[int, float] = {}
    for first, other, change in links:
        level[other] = level.setdefault(first, 0.0) + change
    return dict(sorted(level.items()))
