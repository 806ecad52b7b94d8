"""BatchNorm's statistics of what an objective trains on: views, rotated or masked images. The recipe sets the encoder's
to those of clean images before it is evaluated and saved; a loss on anything else would then be far too high."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Statistics:
    """The running statistics of an encoder's BatchNorm as the last step left them."""

    def __init__(self, encoder: nn.Module) -> None:
        self.norms = [module for module in encoder.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        self.kept: list[Tensor] = []

    def keep(self) -> None:
        """To be called after each step."""
        self.kept = [buffer.clone() for buffer in self._running()]

    @contextmanager
    def as_trained(self) -> Iterator[None]:
        """Within, the encoder in evaluation normalises as in its last steps; before any step, as it is."""
        now = [buffer.clone() for buffer in self._running()]
        self._set(self.kept or now)
        try:
            yield
        finally:
            self._set(now)

    def _running(self) -> list[Tensor]:
        both = [buffer for norm in self.norms for buffer in (norm.running_mean, norm.running_var)]
        return [buffer for buffer in both if buffer is not None]

    @torch.no_grad()
    def _set(self, values: list[Tensor]) -> None:
        for buffer, value in zip(self._running(), values, strict=True):
            buffer.copy_(value)
