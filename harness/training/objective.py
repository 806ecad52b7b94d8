"""The interface of an objective to the loop: parts with parameters, and losses yielded one after the other."""

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from torch import Tensor, nn

from harness.data.batches import Batch

Heldout = Callable[[], Iterable[Batch]]
"""Every call gives the same held-out batches."""


class Objective(nn.Module):
    """Minimises a quantity on batches.

    A subclass builds the parts that are trained with the encoder and discarded, yields named losses, and evaluates
    itself on held-out data. It sizes its parts by the encoder's features of `sample`. Each loss is computed after the
    step on the previous one.
    """

    splittable: ClassVar[bool] = True
    """Whether a batch may be split and the gradients added: false where the examples of a batch interact."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def parts(self) -> dict[str, list[nn.Parameter]]:
        """The parameters that each named loss updates; by default one loss updates all."""
        return {"encoder": list(self.parameters())}

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yields (part, loss), scalars, in the order of their steps."""
        raise NotImplementedError

    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        """`loss` on held-out data in its own unit; `trivial_loss` and `skill` where a trivial predictor exists."""
        raise NotImplementedError
