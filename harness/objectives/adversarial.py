"""Shared by adversarial objectives: the generator, the losses, the penalty, and the distance of samples to data."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import softplus

from harness.data.batches import Batch
from harness.objectives.sample_distance import frechet_distance, gaussian_samples, random_features, shrunk
from harness.training.objective import Heldout, Objective

SMALLEST = 4
"""Side of the map that the generator starts from and the discriminator ends at, at most."""
WIDEST = 256
"""Channels of a layer, at most."""
REFERENCE_IMAGES = 1024
"""Training images that the Gaussian is fitted to."""


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(real) - log(1 - D(fake)), scalar, of logits (B, 1) (Goodfellow 2014, 1406.2661, eq. 1)."""
    return softplus(-real.float()).mean() + softplus(fake.float()).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """-log D(fake), scalar, of logits (B, 1): the non-saturating loss (Goodfellow 2014, section 3)."""
    return softplus(-fake.float()).mean()


def gradient_penalty(score: Callable[..., Tensor], *real: Tensor) -> Tensor:
    """R1, scalar: the mean of |gradient of score at real examples|^2, float32 (Mescheder 2018, 1801.04406, eq. 9)."""
    points = [each.detach().float().requires_grad_(True) for each in real]
    exact = torch.autocast(points[0].device.type, enabled=False)
    with exact, torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):  # fused attention has no second derivative
        gradients = torch.autograd.grad(score(*points).sum(), points, create_graph=True)
    return torch.stack([each.square().flatten(1).sum(dim=1) for each in gradients]).sum(dim=0).mean()


def halvings(size: tuple[int, int]) -> int:
    """The number of halvings, at least 1, after which the longer side of an image is at most SMALLEST."""
    return max(1, math.ceil(math.log2(max(size) / SMALLEST)))


class Generator(nn.Module):
    """(B, latent) to images (B, C, H, W) in (0, 1).

    A linear layer, then transposed convolutions of stride 2 with BatchNorm and ReLU (DCGAN, Radford 2015, 1511.06434).
    The result is cropped to the image's size.
    """

    def __init__(self, latent: int, shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        channels, *self.size = shape
        doublings = halvings((self.size[0], self.size[1]))
        grid = [math.ceil(side / 2**doublings) for side in self.size]
        widths = [min(WIDEST, width * 2**level) for level in reversed(range(doublings))]
        layers: list[nn.Module] = [nn.Linear(latent, widths[0] * math.prod(grid)), nn.Unflatten(1, (-1, *grid))]
        for inputs, outputs in zip(widths, [*widths[1:], channels], strict=True):
            layers += [nn.BatchNorm2d(inputs), nn.ReLU(), nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        image: Tensor = self.layers(z)[:, :, : self.size[0], : self.size[1]]
        return torch.sigmoid(image.float())


class Adversarial(Objective):
    """A generator of images like `sample`, evaluated by the distance of its samples to held-out data."""

    splittable = False
    reference: Tensor
    """Shrunk training images (N, C, h, w)."""

    def __init__(self, encoder: nn.Module, sample: Batch, latent: int, width: int, penalty: float, every: int) -> None:
        super().__init__(encoder)
        _, *shape = sample.x.shape
        self.generator = Generator(latent, (shape[0], shape[1], shape[2]), width)
        self.latent, self.penalty, self.every, self.steps = latent, penalty, every, 0
        self.register_buffer("reference", shrunk(sample.x), persistent=False)

    def latents(self, batch: Batch) -> Tensor:
        """Standard normal codes (B, latent), one for each image of a batch."""
        device = batch.generator.device
        return torch.randn(len(batch), self.latent, generator=batch.generator, device=device).to(batch.x.device)

    def add_reference(self, batch: Batch) -> None:
        """Keeps the first training images, shrunk. The reference Gaussian is fitted to them."""
        if len(self.reference) < REFERENCE_IMAGES:
            self.reference = torch.cat([self.reference, shrunk(batch.x)])

    def due_penalty(self, score: Callable[..., Tensor], *real: Tensor) -> Tensor:
        """The penalty on the discriminator, scalar: `every` times R1 at each `every`th step, else 0.

        This lazy regularisation is of Karras 2019 (1912.04958, appendix B).
        """
        due = self.steps % self.every == 0
        self.steps += 1
        if not due:
            return torch.zeros((), device=real[0].device)
        return self.penalty / 2 * self.every * gradient_penalty(score, *real)

    @torch.no_grad()
    def distances(self, heldout: Heldout) -> dict[str, float]:
        """`sample_distance`, also as `loss`: of as many samples as there are held-out images, to these.

        `gaussian_distance` is the same of draws from a Gaussian fitted to the pixels of training images.
        """
        real, samples, drawn = [], [], []
        for batch in heldout():
            real.append(random_features(batch.x))
            samples.append(random_features(self.generator(self.latents(batch))))
            drawn.append(random_features(gaussian_samples(self.reference, len(batch), batch.generator)))
        held = torch.cat(real)
        distance = frechet_distance(torch.cat(samples), held)
        gaussian = frechet_distance(torch.cat(drawn), held)
        return {"loss": distance, "sample_distance": distance, "gaussian_distance": gaussian}
