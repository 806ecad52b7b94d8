"""Published weights: no pretraining; the encoder loads the weights in its entry's files.

Its pretraining data are unknown, so contamination is `unknown`. Cost: none.
"""

from torch import nn

from harness.data import DataError
from harness.data.batches import Batch
from harness.objectives.scratch import Scratch


class Published(Scratch):
    """Scratch, with published weights.

    Raises:
        DataError: the encoder's entry names no weights.
    """

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int) -> None:
        super().__init__(encoder, sample, classes)
        load = getattr(encoder, "load_published", None)
        if load is None:
            raise DataError(
                place=f"model {type(encoder).__name__}",
                expected="published weights",
                got="an entry without `files`",
                fix="use a model whose entry has `files`, or remove this arm",
            )
        load()
