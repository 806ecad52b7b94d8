"""What an objective is to the loop: parts with parameters, and losses that come one after the other."""

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from torch import Tensor, nn

from harness.data.batches import Batch

Heldout = Callable[[], Iterable[Batch]]


class Objective(nn.Module):
    """Minimises something on batches.

    A subclass builds what is trained with the encoder and thrown away from the encoder's features of `sample`, yields
    named losses, and evaluates itself on held-out data. The next loss is computed after the last one was stepped.
    """

    splittable: ClassVar[bool] = True
    """Whether a batch may be split into smaller ones and their gradients added: not where examples meet each other."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def parts(self) -> dict[str, list[nn.Parameter]]:
        """Which parameters each named loss updates; by default one loss updates all."""
        return {"encoder": list(self.parameters())}

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yields (part, loss), scalars, in the order of their steps."""
        raise NotImplementedError

    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        """`loss` on held-out data in its own unit; `trivial_loss` and `skill` where a trivial predictor exists."""
        raise NotImplementedError


def skill(loss: float, trivial: float) -> dict[str, float]:
    """Held-out loss, the trivial predictor's, and `1 - loss / trivial`: 0 is trivial, 1 perfect. Where what is trivial
    is perfect, there is no skill to have."""
    return {"loss": loss, "trivial_loss": trivial} | ({"skill": 1 - loss / trivial} if trivial > 0 else {})


def pooled(features: Tensor, x: Tensor | None = None) -> Tensor:
    """A feature map (B, D, h, w) as (B, D): the mean over its places. Of a sequence (B, T, D) of tokens `x` (B, T) the
    mean over those that are not padding; where there is one vector a text, that."""
    if features.ndim == 4 or x is None:
        return features.mean(dim=(2, 3))
    if features.shape[1] == 1:
        return features[:, 0]
    there = (x != 0)[:, :, None].to(features.dtype)
    return (features * there).sum(dim=1) / there.sum(dim=1)


def projector(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Linear, BatchNorm, ReLU, linear: what contrast and VICReg look through, and then throw away."""
    return nn.Sequential(
        nn.Linear(inputs, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, outputs),
    )
