"""Variational autoencoder: reconstruct the image from a noisy code near a standard normal (Kingma 2013, 1312.6114, eq.
10 and appendix B; the weight beta: Higgins 2017, openreview Sy2fzU9gl, eq. 4).

    loss = ( -log p(x | z) + beta KL(q(z | x) || N(0, I)) ) / number of pixel values,    z ~ q(z | x)

Cost: as the autoencoder. Score to expect: 0.19 nats and skill 0.05 to 0.07 on glyphs at 16x16 after 400 steps. Most of
the trivial 0.206 nats is the irreducible uncertainty of grey pixels.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from harness.data.batches import Batch
from harness.objectives.base import skill
from harness.objectives.decoder import Decoder
from harness.training.features import dry_run
from harness.training.objective import Heldout, Objective

LOG_VARIANCE_LIMIT = 10.0
"""Bound on |log-variance|: a deep encoder may give an infinite one in its first steps."""


def reconstruction_nats(logits: Tensor, x: Tensor) -> Tensor:
    """(B,): -log p(x | z) of Bernoulli pixels, summed over each image, of logits and images (B, C, H, W)."""
    return binary_cross_entropy_with_logits(logits.float(), x.float(), reduction="none").flatten(1).sum(dim=1)


def kl_nats(mean: Tensor, log_variance: Tensor) -> Tensor:
    """(B,): KL(N(mean, variance) || N(0, I)), summed over each code, of mean and log-variance (B, Z)."""
    mean, log_variance = mean.float(), log_variance.float()
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1) / 2


class VAE(Objective):
    """The held-out loss is the negative evidence lower bound (beta = 1). The trivial predictor is each pixel's
    mean, with an empty code. Grey pixels are uncertain to any Bernoulli, so a skill of 1 is impossible."""

    def __init__(
        self, encoder: nn.Module, sample: Batch, classes: int, latent: int = 32, beta: float = 1.0, width: int = 16
    ) -> None:
        super().__init__(encoder)
        self.beta = beta
        _, channels, height, breadth = sample.x.shape
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(dry_run(encoder, sample.x)[0].numel(), 2 * latent))
        self.decoder = Decoder(latent, (1, 1), channels, (height, breadth), width)

    def code(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), each (B, latent)."""
        mean, log_variance = self.head(self.encoder(x)).float().chunk(2, dim=1)
        return mean, log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)

    def terms(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Nats of the reconstruction, from one draw of z, and of the code, each (B,)."""
        mean, log_variance = self.code(batch.x)
        device = batch.generator.device
        drawn = torch.randn(mean.shape, generator=batch.generator, device=device).to(mean.device)
        z = mean + (log_variance / 2).exp() * drawn
        logits = self.decoder(z[:, :, None, None])
        return reconstruction_nats(logits, batch.x), kl_nats(mean, log_variance)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        reconstruction, kl = self.terms(batch)
        yield "encoder", (reconstruction + self.beta * kl).mean() / batch.x[0].numel()

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        nats = sum(float(torch.stack(self.terms(batch)).sum()) for batch in heldout())
        pixels = torch.cat([batch.x for batch in heldout()])
        mean = pixels.mean(dim=0).clamp(1e-6, 1 - 1e-6)
        trivial = reconstruction_nats(mean.logit()[None], mean[None])  # linear in x, so the mean image gives the mean
        return skill(nats / pixels.numel(), float(trivial) / mean.numel())
