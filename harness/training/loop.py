"""The training loop. It does not know which objective it runs."""

from collections.abc import Iterable, Mapping

import torch

from harness.data.batches import Batch
from harness.meters.clock import Meters
from harness.training.objective import Objective
from harness.training.optimizers import Optimizer

CURVE_POINTS = 20
"""Points of a learning curve, about."""


class Diverged(Exception):
    """A loss was not finite."""


def train(
    objective: Objective, batches: Iterable[Batch], optimizers: Mapping[str, Optimizer], meters: Meters, steps: int
) -> dict[str, list[float]]:
    """Trains until the batches end; returns the learning curve: `step`, and each part's mean loss since the last point.

    Raises:
        Diverged: a loss was not finite. It is checked at the points of the curve, so that no step waits for the device.
    """
    objective.train()
    curve = Curve(every=max(1, steps // CURVE_POINTS))
    for batch in batches:
        for part, loss in objective.losses(batch):
            optimizers[part].step(loss)
            curve.add(part, loss)
        meters.step(len(batch))
        curve.step()
    curve.close()
    return curve.points


class Curve:
    """Means of losses over `every` steps, kept on the device until a point is due."""

    def __init__(self, every: int) -> None:
        self.every, self.count = every, 0
        self.points: dict[str, list[float]] = {"step": []}
        self.sums: dict[str, torch.Tensor] = {}
        self.counts: dict[str, int] = {}

    def add(self, part: str, loss: torch.Tensor) -> None:
        """Adds a part's loss of this step."""
        self.sums[part] = self.sums[part] + loss.detach() if part in self.sums else loss.detach().clone()
        self.counts[part] = self.counts.get(part, 0) + 1

    def step(self) -> None:
        """Counts a step."""
        self.count += 1
        if self.count % self.every == 0:
            self._point()

    def close(self) -> None:
        """Adds the remaining steps as the last point."""
        if self.sums:
            self._point()

    def _point(self) -> None:
        self.points["step"].append(self.count)
        for part, total in self.sums.items():
            value = float(total) / self.counts[part]
            if not torch.isfinite(total):
                raise Diverged(f"the loss of '{part}' was not finite by step {self.count}")
            self.points.setdefault(f"loss/{part}", []).append(round(value, 6))
        self.sums, self.counts = {}, {}
