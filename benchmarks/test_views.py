"""Views of a batch, and torchvision's transforms of one image at a time."""

from collections.abc import Callable

import pytest
import torch
from torchvision.transforms import v2

from benchmarks.sizes import SIZES
from harness.data.views import VIEWS

BATCH, SIDE = SIZES.views, 32
CHANNELS = {"characters": 1, "photographs": 3}
PEERS = {
    "characters": v2.Compose(
        [
            v2.RandomResizedCrop(SIDE, (0.5, 1.0)),
            v2.RandomAffine(15, (0.1, 0.1), (0.8, 1.2), 15, v2.InterpolationMode.BILINEAR),
            v2.ColorJitter(brightness=0.2, contrast=0.4),
            v2.GaussianNoise(sigma=0.08),
        ]
    ),
    "photographs": v2.Compose(
        [
            v2.RandomResizedCrop(SIDE, (0.2, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
            v2.RandomGrayscale(0.2),
        ]
    ),
}


@pytest.mark.benchmark(group=f"{BATCH} views of {SIDE} x {SIDE} on one core")
@pytest.mark.parametrize("what", ["pretune", "torchvision"])
@pytest.mark.parametrize("recipe", VIEWS)
def test_views(benchmark: Callable[..., object], recipe: str, what: str) -> None:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    x = torch.rand((BATCH, CHANNELS[recipe], SIDE, SIDE), generator=generator)
    calls: dict[str, Callable[[], object]] = {
        "pretune": lambda: VIEWS[recipe](x, generator),
        "torchvision": lambda: torch.stack([PEERS[recipe](image) for image in x]),
    }
    benchmark.pedantic(calls[what], rounds=10, warmup_rounds=2)  # type: ignore[attr-defined]
