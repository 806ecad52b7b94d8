"""Outliers of a series of changes around zero, by the generalised extreme Studentised deviate (Rosner 1983).

From the largest change d on, with s the root mean square of the k changes that are smaller, m = k + 1 and

    |d| / s > t(1 - alpha / 2m; k - 1),

all down to the last that exceeds its bound are outliers. Neighbouring changes share a measurement, so k of them are
worth fewer: with k - 1 degrees of freedom a series without a change errs at most once in twenty (simulated from 5 to
100 measurements; see the tests). Single measurements far off more often than a normal distribution has it give more
outliers.

Assumed: measurements are independent and about normal with one variance, and at most half of the changes are outliers.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

ALPHA = 0.05
FEWEST = 4
"""The changes of a series below which there are no outliers."""


def outliers(changes: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.bool_]:
    """Which changes (n,) are larger than the others of their series explain; at most half."""
    order = np.argsort(-np.abs(changes), kind="stable")
    squares = changes[order] ** 2
    number = 0
    for at in range(len(changes) // 2):
        rest = squares[at + 1 :]
        if len(rest) < FEWEST - 1:
            break
        bound = float(special.stdtrit(len(rest) - 1, 1 - ALPHA / 2 / (len(rest) + 1)))
        if squares[at] > bound**2 * rest.mean():
            number = at + 1
    outlying = np.zeros(len(changes), dtype=bool)
    outlying[order[:number]] = True
    return outlying
