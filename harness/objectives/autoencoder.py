"""Autoencoder: reconstruct the image from its features (Hinton & Salakhutdinov 2006, doi:10.1126/science.1127647).

    loss = mean over pixels of (x - decoder(encoder(x)))^2

Cost: a forward and backward pass of encoder and decoder. Score to expect: skill 0.4 to 0.5 on glyphs at 16x16 after
100 steps of 64, 0.85 after 400 with `cnn-tiny`. A linear probe on digits at five shots is no better than with a random
encoder of the same architecture.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from harness.data.batches import Batch
from harness.objectives.base import skill
from harness.objectives.decoder import decoder
from harness.training.objective import Heldout, Objective


class Autoencoder(Objective):
    """Squared error of the reconstruction; the trivial predictor is the mean image of the held-out data."""

    def __init__(self, encoder: nn.Module, sample: Batch, classes: int, width: int = 64) -> None:
        super().__init__(encoder)
        self.decoder = decoder(encoder, sample.x, width)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstructions of images (B, C, H, W)."""
        reconstructed: Tensor = self.decoder(self.encoder(x))
        return reconstructed

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", mse_loss(self(batch.x), batch.x)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        errors = sum(float(mse_loss(self(batch.x).float(), batch.x, reduction="sum")) for batch in heldout())
        pixels = torch.cat([batch.x for batch in heldout()])
        trivial = float(pixels.var(dim=0, correction=0).mean())
        return skill(errors / pixels.numel(), trivial)
