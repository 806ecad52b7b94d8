"""A task is an objective that also has a head and predictions, so that fine-tuning is the same loop."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.data.inputs import Inputs
from harness.training.objective import Objective


class Task(Objective):
    """Labelled downstream work on an encoder, set by its number of classes and the task entry's `augment`."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, **augment: Any) -> None:
        super().__init__(encoder)

    def predict(self, x: Tensor) -> Tensor:
        """What the task says of images (B, C, H, W) in [0, 1], first axis B, in the form of its kind's metrics."""
        raise NotImplementedError

    @torch.no_grad()
    def predict_all(self, inputs: Inputs, examples: np.ndarray, device: torch.device) -> np.ndarray:
        """Predictions for uint8 examples (N, ...), as `inputs` show them to the encoder."""
        self.eval()
        return inputs.through(self.predict, examples, device)
