"""BiGAN (Donahue 2016, 1605.09782, eq. 2-3; Dumoulin 2016, 1606.00704).

A discriminator separates pairs (image, its code) from pairs (generated image, its latent). Encoder and generator learn
to prevent that, and so to invert each other.

    discriminator:     -log D(x, E(x)) - log(1 - D(G(z), z)) + r/2 |gradient of D's logit at (x, E(x))|^2
    encoder:           -log(1 - D(x, E(x))) - log D(G(z), z)                      (section 3.4: non-saturating)

Cost: mostly discriminator and generator; with a small encoder five times an autoencoder. Score to expect: on glyphs at
16x16 after 400 steps of 64 a distance of 0.02 to 0.04, where a fitted Gaussian has 0.10 to 0.13. A linear probe at five
shots beats a random encoder on another typeface, not on digits.
"""

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.objectives.adversarial import WIDEST, Adversarial, discriminator_loss, halvings
from harness.training.features import dry_run
from harness.training.objective import Heldout


class JointDiscriminator(nn.Module):
    """Images (B, C, H, W) with codes (B, latent) to a logit (B, 1): convolutions of stride 2, then the sum of both."""

    def __init__(self, shape: tuple[int, int, int], latent: int, width: int, hidden: int) -> None:
        super().__init__()
        channels, *size = shape
        count = halvings((size[0], size[1]))
        widths = [channels, *(min(WIDEST, width * 2**level) for level in range(count))]
        layers: list[nn.Module] = []
        for level, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
            norm = nn.BatchNorm2d(outputs) if level else nn.Identity()
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), norm, nn.LeakyReLU(0.2)]
        flat = widths[-1] * math.prod(math.ceil(side / 2**count) for side in size)
        self.image = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, hidden))
        self.code = nn.Linear(latent, hidden)
        self.score = nn.Sequential(
            nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1)
        )

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        logit: Tensor = self.score(self.image(x) + self.code(z))
        return logit


class BiGAN(Adversarial):
    """No skill: the held-out loss is the distance of samples to held-out images."""

    def __init__(
        self,
        encoder: nn.Module,
        sample: Batch,
        classes: int,
        latent: int = 32,
        width: int = 32,
        hidden: int = 256,
        penalty: float = 0.5,
        every: int = 4,
    ) -> None:
        super().__init__(encoder, sample, latent, width, penalty, every)
        _, channels, height, breadth = sample.x.shape
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(dry_run(encoder, sample.x)[0].numel(), latent))
        self.discriminator = JointDiscriminator((channels, height, breadth), latent, width, hidden)

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {
            "discriminator": list(self.discriminator.parameters()),
            "encoder": [*self.encoder.parameters(), *self.head.parameters(), *self.generator.parameters()],
        }

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        self.add_reference(batch)
        z = self.latents(batch)
        fake, code = self.generator(z), self.head(self.encoder(batch.x))
        real = (batch.x, code.detach())
        loss = discriminator_loss(self.discriminator(*real), self.discriminator(fake.detach(), z))
        yield "discriminator", loss + self.due_penalty(self.discriminator, *real)
        # the same loss with real and fake swapped
        yield "encoder", discriminator_loss(self.discriminator(fake, z), self.discriminator(batch.x, code))

    @torch.no_grad()
    def evaluate(self, heldout: Heldout) -> dict[str, float]:
        self.eval()
        return self.distances(heldout)
