"""A task is an objective with a head and predictions, so fine-tuning is the same loop."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.data.inputs import Inputs
from harness.training.objective import Objective


class Task(Objective):
    """Labelled downstream work on an encoder. `augment` holds the arguments of the task entry's augmentation."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, **augment: Any) -> None:
        super().__init__(encoder)

    def predict(self, x: Tensor) -> Tensor:
        """Predictions (B, ...) for images (B, C, H, W) in [0, 1] or tokens (B, T), in the form of the metrics."""
        raise NotImplementedError

    @torch.no_grad()
    def predict_all(self, inputs: Inputs, examples: np.ndarray, device: torch.device) -> np.ndarray:
        """Predictions (N, ...) for uint8 examples (N, ...)."""
        self.eval()
        return inputs.through(self.predict, examples, device)
