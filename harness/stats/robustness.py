"""Effective robustness (Taori 2020, 2007.00644): shifted scores beyond their expectation at the same clean score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.stats import coefficients

MIN_POINTS = 8
"""Points that a line needs."""


@dataclass(frozen=True)
class RobustnessLine:
    """The least-squares line of logit shifted over logit clean scores."""

    points: int
    slope: float
    intercept: float
    r: float | None
    """Pearson's correlation of the logits."""
    low: float
    high: float
    """The range of the clean scores of its points."""

    def expected(self, clean: float) -> float | None:
        """The shifted score that is expected at a clean one; None beyond the line's range."""
        if not self.low <= clean <= self.high:
            return None
        return float(1 / (1 + np.exp(-(self.intercept + self.slope * float(_logits([clean])[0])))))

    def robustness(self, clean: float, shifted: float | None) -> float | None:
        """A shifted score minus its expectation; None beyond the line's range."""
        expected = self.expected(clean)
        return None if shifted is None or expected is None else shifted - expected


def robustness_line(clean: Sequence[float], shifted: Sequence[float]) -> RobustnessLine | None:
    """The line through clean and shifted scores (points,); None below 8 points or where no clean score differs."""
    if len(clean) < MIN_POINTS or len(set(clean)) < 2:
        return None
    x, y = _logits(clean), _logits(shifted)
    slope, intercept = np.polyfit(x, y, 1)
    return RobustnessLine(
        len(clean), float(slope), float(intercept), coefficients.pearson(x, y), min(clean), max(clean)
    )


def _logits(scores: Sequence[float]) -> coefficients.Array:
    return coefficients.logit(np.array(scores, dtype=np.float64), 0)
