"""Denoising autoencoder: reconstruct the clean image from a corrupted one (Vincent 2008, doi:10.1145/1390156.1390294).

    loss = mean over pixels of (x - decoder(encoder(corrupt(x))))^2

Corruption is Gaussian noise and an erased square. Cost: as the autoencoder. Score to expect: skill 0.2 where the
autoencoder has 0.45, and 0.48 where it has 0.85. Held-out images are corrupted too, by a fixed stream.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from harness.data.batches import Batch
from harness.data.views import noise, random_erase
from harness.objectives.autoencoder import Autoencoder
from harness.objectives.base import skill
from harness.training.objective import Heldout


class DenoisingAutoencoder(Autoencoder):
    """As the autoencoder, from a corrupted image; the trivial predictor is the mean image."""

    def __init__(
        self, encoder: nn.Module, sample: Batch, classes: int, width: int = 64, scale: float = 0.3, erase: float = 0.5
    ) -> None:
        super().__init__(encoder, sample, classes, width)
        self.scale, self.erase = scale, erase

    def corrupted(self, batch: Batch) -> Tensor:
        """A batch's images (B, C, H, W) with noise and an erased square."""
        return noise(random_erase(batch.x, batch.generator, self.erase), batch.generator, self.scale)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", mse_loss(self(self.corrupted(batch)), batch.x)

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        errors = sum(
            float(mse_loss(self(self.corrupted(batch)).float(), batch.x, reduction="sum")) for batch in heldout()
        )
        pixels = torch.cat([batch.x for batch in heldout()])
        return skill(errors / pixels.numel(), float(pixels.var(dim=0, correction=0).mean()))
