"""How many labels a pretraining is worth: with how many labels scratch does as well.

At k labels a class a pretraining scores scratch(k) + lift. Its worth is the number of labels at which scratch's curve
over label counts reaches as much. The curve is the isotonic one (never falling, least squares) through scratch's mean
scores, straight between them over the logarithm of the labels; where it is level, its first label count. The ends of
the worth are those of the lift's paired interval, scratch's curve taken as given: what is not known of the curve itself
is not in them. Beyond the label counts that were run nothing is extrapolated: worth more than the most, or fewer than
the fewest.

All labels of a task count only as such, not as a number a class, so they have no place on the curve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

from harness.catalog.schemas import SCRATCH
from harness.findings.points import ARM

SETTING = ("task", "shape", "protocol", "steps", "batch", "precision")
"""What the cells along a curve share beside model and arm."""
ROUNDING = 1e-12

Row = Mapping[str, Any]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """A number of labels a class, or a bound: `beyond` is 1 for more than so many, -1 for fewer, 0 for so many."""

    number: float
    beyond: int = 0


@dataclass(frozen=True)
class Worth:
    """What a pretraining is worth at so many labels."""

    shots: int
    n: int
    """How many seeds the lift is over."""
    lift: float
    labels: Labels
    low: Labels | None
    """The ends of the interval; None where the lift has none."""
    high: Labels | None


@dataclass(frozen=True)
class BreakEven:
    """A pretraining along label counts, on one task by one protocol."""

    row: Row
    """What its cells share; `shots` is not to be read."""
    worths: list[Worth]
    """By label count, the fewest first."""
    scratch: list[tuple[int, float]]
    """Scratch's mean score by label count, as it was measured."""
    caught_up: Labels | None
    """The fewest labels from which on the lift's interval no longer lies above zero; more than the most where it lies
    above zero there; None where one has no interval."""


def break_evens(rows: Sequence[Row]) -> list[BreakEven]:
    """Each pretraining without labels at whose task and protocol scratch has two label counts or more."""
    scratch: dict[tuple[Any, ...], dict[int, float]] = {}
    pretrained: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if row["shots"] is None or row["score"] is None:
            continue
        setting = (row["model"], *(row[name] for name in SETTING))
        if row["objective"] == SCRATCH:
            scratch.setdefault(setting, {})[row["shots"]] = row["score"]
        elif row["lift"] is not None and not row["labelled"]:
            arm = tuple(row[name] for name in ARM)
            pretrained.setdefault((setting, arm), []).append(row)
    return [
        _break_even(sorted(inside, key=lambda row: int(row["shots"])), sorted(scratch[setting].items()))
        for (setting, _), inside in pretrained.items()
        if len(scratch.get(setting, {})) > 1 and len(inside) > 1
    ]


def _break_even(inside: Sequence[Row], scratch: list[tuple[int, float]]) -> BreakEven:
    curve = Curve(*zip(*scratch, strict=True))
    return BreakEven(
        row=inside[0],
        worths=[_worth(row, curve) for row in inside if row["shots"] in dict(scratch)],
        scratch=scratch,
        caught_up=_caught_up(inside),
    )


def _worth(row: Row, curve: "Curve") -> Worth:
    here = curve.at(row["shots"])
    ends = [None if row[name] is None else curve.labels(here + row[name]) for name in ("lift_low", "lift_high")]
    return Worth(row["shots"], row["lift_n"], row["lift"], curve.labels(here + row["lift"]), ends[0], ends[1])


def _caught_up(inside: Sequence[Row]) -> Labels | None:
    if any(row["lift_low"] is None for row in inside):
        return None
    ahead = [index for index, row in enumerate(inside) if row["lift_low"] > 0]
    first = ahead[-1] + 1 if ahead else 0
    return Labels(inside[first]["shots"]) if first < len(inside) else Labels(inside[-1]["shots"], 1)


class Curve:
    """Scores from scratch over labels a class: never falling, and read the other way round.

    `shots` (counts,) are increasing, `scores` (counts,) the means at them.
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
        place = int(np.searchsorted(levels, score - ROUNDING))
        if score > levels[place] - ROUNDING:
            return Labels(float(np.exp(first[place])))
        share = (score - levels[place - 1]) / (levels[place] - levels[place - 1])
        return Labels(float(np.exp(last[place - 1] + share * (first[place] - last[place - 1]))))
