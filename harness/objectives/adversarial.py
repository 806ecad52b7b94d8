"""What objectives with a generator share: the generator, the losses of the game, and the score of the samples."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import softplus

from harness.data.batches import Batch
from harness.objectives.base import Heldout, Objective
from harness.objectives.sample_distance import frechet_distance, gaussian_samples, random_features, shrunk

SMALLEST = 4
"""Images are made from, and looked at down to, so many places a side."""
WIDEST = 256
SEEN = 1024
"""So many training images are what the Gaussian is fitted to."""


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(real) - log(1 - D(fake)), for logits (Goodfellow 2014, 1406.2661, eq. 1)."""
    return softplus(-real.float()).mean() + softplus(fake.float()).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """-log D(fake), for logits: the non-saturating loss (Goodfellow 2014, section 3)."""
    return softplus(-fake.float()).mean()


def gradient_penalty(score: Callable[..., Tensor], *real: Tensor) -> Tensor:
    """R1: the mean of |gradient of score at real examples|^2 (Mescheder 2018, 1801.04406, eq. 9), in float32."""
    points = [each.detach().float().requires_grad_(True) for each in real]
    exact = torch.autocast(points[0].device.type, enabled=False)
    with exact, torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):  # fused attention has no second derivative
        gradients = torch.autograd.grad(score(*points).sum(), points, create_graph=True)
    return torch.stack([each.square().flatten(1).sum(dim=1) for each in gradients]).sum(dim=0).mean()


def halvings(size: tuple[int, int]) -> int:
    """How often an image is halved before its longer side has at most SMALLEST places; at least once."""
    return max(1, math.ceil(math.log2(max(size) / SMALLEST)))


class Generator(nn.Module):
    """(B, latent) to images (B, C, H, W) in (0, 1): a linear layer, then transposed convolutions of stride 2 with
    BatchNorm and ReLU (DCGAN, Radford 2015, 1511.06434); what is too much is cut off."""

    def __init__(self, latent: int, shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        channels, *self.size = shape
        doublings = halvings((self.size[0], self.size[1]))
        places = [math.ceil(side / 2**doublings) for side in self.size]
        widths = [min(WIDEST, width * 2**level) for level in reversed(range(doublings))]
        layers: list[nn.Module] = [nn.Linear(latent, widths[0] * math.prod(places)), nn.Unflatten(1, (-1, *places))]
        for inputs, outputs in zip(widths, [*widths[1:], channels], strict=True):
            layers += [nn.BatchNorm2d(inputs), nn.ReLU(), nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        image: Tensor = self.layers(z)[:, :, : self.size[0], : self.size[1]]
        return torch.sigmoid(image.float())


class Adversarial(Objective):
    """A generator of images like `sample`, and what its samples are worth."""

    splittable = False
    seen: Tensor

    def __init__(self, encoder: nn.Module, sample: Batch, latent: int, width: int, penalty: float, every: int) -> None:
        super().__init__(encoder)
        _, *shape = sample.x.shape
        self.generator = Generator(latent, (shape[0], shape[1], shape[2]), width)
        self.latent, self.penalty, self.every, self.steps = latent, penalty, every, 0
        self.register_buffer("seen", shrunk(sample.x), persistent=False)

    def latents(self, batch: Batch) -> Tensor:
        """Standard normal codes (B, latent), one for each image of a batch."""
        device = batch.generator.device
        return torch.randn(len(batch), self.latent, generator=batch.generator, device=device).to(batch.x.device)

    def remember(self, batch: Batch) -> None:
        """Keeps the first training images, shrunk, for the Gaussian that samples are compared with."""
        if len(self.seen) < SEEN:
            self.seen = torch.cat([self.seen, shrunk(batch.x)])

    def due_penalty(self, score: Callable[..., Tensor], *real: Tensor) -> Tensor:
        """The penalty on the discriminator: every few steps, and so many times stronger (Karras 2019, 1912.04958,
        appendix B); in between 0."""
        due = self.steps % self.every == 0
        self.steps += 1
        if not due:
            return torch.zeros((), device=real[0].device)
        return self.penalty / 2 * self.every * gradient_penalty(score, *real)

    @torch.no_grad()
    def distances(self, heldout: Heldout) -> dict[str, float]:
        """`sample_distance` of as many samples as there are held-out images, which is the `loss`, and
        `gaussian_distance`: that of draws from a Gaussian fitted to the pixels of training images."""
        wanted, samples, drawn = [], [], []
        for batch in heldout():
            wanted.append(random_features(batch.x))
            samples.append(random_features(self.generator(self.latents(batch))))
            drawn.append(random_features(gaussian_samples(self.seen, len(batch), batch.generator)))
        held = torch.cat(wanted)
        distance = frechet_distance(torch.cat(samples), held)
        gaussian = frechet_distance(torch.cat(drawn), held)
        return {"loss": distance, "sample_distance": distance, "gaussian_distance": gaussian}
