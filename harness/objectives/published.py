"""Published weights: nothing is pretrained here; the encoder takes the weights that its entry's files hold.

What it was pretrained on, and whether test examples were among that, is not known. Cost: nothing.
"""

from torch import nn

from harness.data import DataError
from harness.data.batches import Batch
from harness.objectives.scratch import Scratch


class Published(Scratch):
    """Scratch from where others left off.

    Raises:
        DataError: when the encoder's entry names no weights.
    """

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int) -> None:
        super().__init__(encoder, sample, classes)
        load = getattr(encoder, "load_published", None)
        if load is None:
            raise DataError(
                f"{type(encoder).__name__} has no published weights; name a model whose entry has `files`, or leave "
                "this arm out"
            )
        load()
