"""How an encoder is shown examples: as pixels."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from harness.data.batches import Batches, to_float
from harness.data.rows import pieces

PART = 512
"""So many examples are shown at a time where nothing is trained."""


class Inputs(Protocol):
    """What an encoder sees of uint8 examples (N, ...)."""

    given: dict[str, Any]
    """What the encoder's constructor is given besides its `args`."""

    def batches(
        self,
        examples: np.ndarray,
        labels: np.ndarray | None,
        *,
        batch: int,
        steps: int,
        seed: int,
        device: torch.device,
        views: str = ...,
    ) -> Batches:
        """What the loop trains on."""
        ...

    def parts(self, examples: np.ndarray, device: torch.device, size: int = PART) -> Iterator[Tensor]:
        """All examples in their order, `size` at a time, as the encoder takes them."""
        ...


class Pixels:
    """Images as floats (B, C, H, W) in [0, 1]."""

    batches = Batches

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.given = {"in_shape": tuple(shape)}

    def parts(self, examples: np.ndarray, device: torch.device, size: int = PART) -> Iterator[Tensor]:
        """See `Inputs`."""
        for piece in pieces(examples, size):
            yield to_float(torch.from_numpy(np.array(piece)).to(device))
