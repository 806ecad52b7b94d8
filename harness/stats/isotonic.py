"""A curve that never falls, and its inverse: the number of labels at which a score is reached."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

ROUNDING = 1e-12

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """A number of labels a class, or a bound of it: `beyond` is 1 for more than `number`, -1 for fewer, 0 for equal."""

    number: float
    beyond: int = 0

    def __str__(self) -> str:
        """`3.4`, `12`, `>20`, `<1`."""
        sign = {1: ">", -1: "<", 0: ""}[self.beyond]
        return f"{sign}{self.number:.0f}" if self.number >= 10 or self.beyond else f"{self.number:.2g}"


class Curve:
    """The isotonic (least-squares, never falling) curve through scores over labels a class.

    `shots` (counts,) are increasing, `scores` (counts,) are the means at them. Between label counts the curve is
    straight over the logarithm of the labels. Beyond them nothing is extrapolated.
    """

    def __init__(self, shots: Sequence[int], scores: Sequence[float]) -> None:
        self.shots = shots
        self.scores: Array = np.asarray(optimize.isotonic_regression(scores).x, dtype=np.float64)

    def at(self, shots: int) -> float:
        """The curve at one of its label counts."""
        return float(self.scores[list(self.shots).index(shots)])

    def labels(self, score: float) -> Labels:
        """The fewest labels at which the curve reaches a score."""
        if score > self.scores[-1] + ROUNDING:
            return Labels(self.shots[-1], 1)
        if score < self.scores[0] - ROUNDING:
            return Labels(self.shots[0], -1)
        rising = np.concatenate([[True], np.diff(self.scores) > 0])
        level_ends = np.concatenate([rising[1:], [True]])
        first, last = np.log(self.shots)[rising], np.log(self.shots)[level_ends]
        levels = self.scores[rising]
        index = int(np.searchsorted(levels, score - ROUNDING))
        if score > levels[index] - ROUNDING:
            return Labels(float(np.exp(first[index])))
        share = (score - levels[index - 1]) / (levels[index] - levels[index - 1])
        return Labels(float(np.exp(last[index - 1] + share * (first[index] - last[index - 1]))))
