"""Scratch: nothing is pretrained. The control that every comparison is against.

Cost: nothing. Its encoder is the random one, with BatchNorm calibrated on the corpus as for all others.
"""

from collections.abc import Iterator

from torch import Tensor, nn

from harness.data.batches import Batch
from harness.objectives.base import Heldout, Objective


class Scratch(Objective):
    """No losses, so no steps; no held-out loss."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int) -> None:
        super().__init__(encoder)

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {}

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        return iter(())

    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        return {}
