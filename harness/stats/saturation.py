"""Whether downstream performance levels off while the probe still improves (Abnar 2021, 2110.02095).

The downstream error is fitted as a power law of the upstream error, e_ds = k * e_us ** alpha + floor, with k and floor
not negative. For each exponent, k and floor are a least-squares problem with one solution; the exponent is searched
from many starts along its whole range. The law is reported from 8 points on, where the corrected Akaike criterion
(AICc, Hurvich 1989) is better by 2 than that of a straight line and of a constant. Points that share an encoder or an
arm are not independent, which the criterion ignores: a description, not a test.

An exponent above 1 is saturation: each further gain upstream brings less. Below 1 the curve steepens.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize

ENOUGH = 8
BETTER = 2.0
"""The smallest gain in AICc for a power law."""
EXPONENTS = (0.05, 20.0)
STARTS = 60
EXACT = 1e-12
"""The share of the variance below which a residual is rounding."""
SAME = 1e-6
"""Errors that differ by less are equal: no test split has a million examples."""

Array = npt.NDArray[np.float64]
Verdict = Literal["saturates", "steepens", "straight line", "constant", "no variation", "too few points"]


@dataclass(frozen=True)
class Saturation:
    """The power law that fits, or the reason why there is none; then its figures are None."""

    verdict: Verdict
    points: int
    scale: float | None = None
    """k of the module's text."""
    exponent: float | None = None
    floor: float | None = None
    """The downstream error at an upstream error of 0: as a rule far outside of the points."""
    better_by: float | None = None
    """The gain in AICc over the better of a straight line and a constant."""

    @property
    def saturates(self) -> bool:
        return self.verdict == "saturates"

    def score(self, upstream: float) -> float | None:
        """The downstream score (1 - error) that the power law gives for an upstream score."""
        if self.scale is None or self.exponent is None or self.floor is None:
            return None
        return 1.0 - self.floor - self.scale * math.pow(1 - upstream, self.exponent)


def saturation(upstream: Array, downstream: Array) -> Saturation:
    """The power law of downstream errors (points,) over upstream errors (points,), both shares in [0, 1]."""
    count = len(upstream)
    if count < ENOUGH:
        return Saturation("too few points", count)
    if min(np.ptp(upstream), np.ptp(downstream)) < SAME:
        return Saturation("no variation", count)
    exponent, scale, floor, squares = _power_law(upstream, downstream)
    total = float(((downstream - downstream.mean()) ** 2).sum())
    line = np.polyval(np.polyfit(upstream, downstream, 1), upstream)
    law = _aicc(squares, count, 4, EXACT * total)
    straight = _aicc(float(((downstream - line) ** 2).sum()), count, 3, EXACT * total)
    constant = _aicc(total, count, 2, EXACT * total)
    better_by = min(straight, constant) - law
    if better_by < BETTER:
        return Saturation("straight line" if straight <= constant else "constant", count, better_by=better_by)
    return Saturation("saturates" if exponent > 1 else "steepens", count, scale, exponent, floor, better_by)


def _power_law(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Exponent, k and floor with the least sum of squares, and that sum."""

    def squares(log_exponent: float) -> float:
        return _linear(x ** np.exp(log_exponent), y)[2]

    starts = np.linspace(math.log(EXPONENTS[0]), math.log(EXPONENTS[1]), STARTS)
    best = int(np.argmin([squares(start) for start in starts]))
    bounds = (starts[max(best - 1, 0)], starts[min(best + 1, STARTS - 1)])
    optimum = optimize.minimize_scalar(squares, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    exponent = float(np.exp(optimum.x))
    return exponent, *_linear(x**exponent, y)


def _linear(z: Array, y: Array) -> tuple[float, float, float]:
    """k and floor, not negative, of y = k * z + floor, and the residual sum of squares."""
    (scale, floor), norm = optimize.nnls(np.column_stack([z, np.ones(len(z))]), y)
    return float(scale), float(floor), float(norm) ** 2


def _aicc(squares: float, count: int, parameters: int, least: float) -> float:
    """AICc of a residual sum of squares, for normal errors; the variance counts as a parameter."""
    correction = 2 * parameters * (parameters + 1) / (count - parameters - 1)
    return float(count * np.log(max(squares, least) / count) + 2 * parameters + correction)
