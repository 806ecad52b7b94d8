"""A task is an objective that also has a head and predictions, so that fine-tuning is the same loop."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.objectives.base import Objective


class Task(Objective):
    """Labelled downstream work on an encoder, set by its number of classes and the task entry's `augment`."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, **augment: Any) -> None:
        super().__init__(encoder)

    def predict(self, x: Tensor) -> Tensor:
        """What the task says of images (B, C, H, W) in [0, 1], first axis B, in the form of its kind's metrics."""
        raise NotImplementedError

    @torch.no_grad()
    def predict_all(self, parts: Iterable[Tensor]) -> np.ndarray:
        """Predictions for all examples, given in parts (B, ...) as the encoder takes them."""
        self.eval()
        return torch.cat([self.predict(x).cpu() for x in parts]).numpy()
