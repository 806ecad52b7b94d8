"""Whether what comes after levels off while the probe still improves (Abnar 2021, 2110.02095).

The error downstream as a power law of the error upstream, e_ds = k * e_us ** alpha + floor, k and floor not negative.
For each exponent k and floor are a least-squares problem with one solution; the exponent is sought from many starts
along its whole range. It is reported only where the points carry it: from 8 of them on, and where the corrected
Akaike criterion (AICc, Hurvich 1989) is better by 2 than a straight line's and a constant's. Points that share an
encoder or an arm are no independent evidence, which the criterion does not know: a description, not a test.

An exponent above 1 is saturation: each further gain upstream brings less. Below 1 the curve bends the other way.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

ENOUGH = 8
BETTER = 2.0
"""By how much the criterion has to be better."""
EXPONENTS = (0.05, 20.0)
STARTS = 60
EXACT = 1e-12
"""The share of the variance below which what is left is rounding."""

SAME = 1e-6
"""Errors that differ by less are the same: no test split has a million examples."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Saturation:
    """The fitted power law, or why there is none: then its figures are None."""

    text: str
    """In a few words what was found, or why nothing is said."""
    points: int
    scale: float | None = None
    """k of the module's text."""
    exponent: float | None = None
    floor: float | None = None
    """The error that would be left where the probe made none: far outside of the points as a rule."""
    better_by: float | None = None
    """How much better AICc is than the better one of a straight line's and a constant's."""

    @property
    def saturates(self) -> bool:
        """Whether the points carry a curve that levels off."""
        return self.exponent is not None and self.exponent > 1


def saturation(upstream: Array, downstream: Array) -> Saturation:
    """The power law of errors downstream (points,) over errors upstream (points,), both shares in [0, 1]."""
    count = len(upstream)
    if count < ENOUGH:
        return Saturation(f"saturation: too few to say ({count} of {ENOUGH} points)", count)
    if min(np.ptp(upstream), np.ptp(downstream)) < SAME:
        return Saturation("no saturation: one of the errors is the same everywhere", count)
    exponent, scale, floor, left = _fitted(upstream, downstream)
    least = EXACT * float(((downstream - downstream.mean()) ** 2).sum())
    line = np.polyval(np.polyfit(upstream, downstream, 1), upstream)
    ours = _aicc(left, count, 4, least)
    straight = _aicc(float(((downstream - line) ** 2).sum()), count, 3, least)
    constant = _aicc(float(((downstream - downstream.mean()) ** 2).sum()), count, 2, least)
    better_by = min(straight, constant) - ours
    if better_by < BETTER:
        other = "a straight line" if straight <= constant else "a constant"
        return Saturation(f"no saturation: {other} says as much", count, better_by=better_by)
    shape = "saturates" if exponent > 1 else "no saturation, it steepens"
    law = f"{shape}: error = {scale:.2g} x probe's error^{exponent:.2g} + {floor:.2g}"
    return Saturation(law, count, scale, exponent, floor, better_by)


def _fitted(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Exponent, k and floor with the least sum of squares, and that sum."""

    def left(log_exponent: float) -> float:
        return _linear(x ** np.exp(log_exponent), y)[2]

    starts = np.linspace(math.log(EXPONENTS[0]), math.log(EXPONENTS[1]), STARTS)
    best = int(np.argmin([left(start) for start in starts]))
    bounds = (starts[max(best - 1, 0)], starts[min(best + 1, STARTS - 1)])
    found = optimize.minimize_scalar(left, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    exponent = float(np.exp(found.x))
    return exponent, *_linear(x**exponent, y)


def _linear(z: Array, y: Array) -> tuple[float, float, float]:
    """k and floor, not negative, of y = k * z + floor, and the sum of squares that is left."""
    (scale, floor), norm = optimize.nnls(np.column_stack([z, np.ones(len(z))]), y)
    return float(scale), float(floor), float(norm) ** 2


def _aicc(left: float, count: int, parameters: int, least: float) -> float:
    """Of a sum of squares, for normal errors; the variance counts as a parameter."""
    correction = 2 * parameters * (parameters + 1) / (count - parameters - 1)
    return float(count * np.log(max(left, least) / count) + 2 * parameters + correction)
