"""Scratch: no pretraining. The control of every comparison.

Cost: none. The encoder is random; its BatchNorm is calibrated on the corpus, as for all objectives.
"""

from collections.abc import Iterator

from torch import Tensor, nn

from harness.data.batches import Batch
from harness.training.objective import Heldout, Objective


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
