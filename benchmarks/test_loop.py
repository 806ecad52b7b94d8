"""The loop, and the plain way to write it: a DataLoader over per-image transforms, an unfused optimiser."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.transforms import v2

from benchmarks.sizes import SIZES
from harness.data.batches import Batches
from harness.meters.clock import Meters
from harness.tasks.image_classification import ImageClassification
from harness.training.loop import train
from harness.training.optimizers import optimizers
from tests.models.built import encoder

RUN = SIZES.finetuning
STEPS, BATCH = RUN.steps, RUN.batch
CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (STEPS * BATCH, 1, 16, 16), dtype=np.uint8)
LABELS = RNG.integers(0, 10, STEPS * BATCH)


def ours() -> None:
    batches = Batches(IMAGES, LABELS, batch=BATCH, steps=STEPS, seed=0, device=CPU)
    task = ImageClassification(encoder(RUN.model), batches.sample(), classes=10, degrees=10.0, shift=0.06)
    train(task, batches, optimizers(task, rate=1e-3, weight_decay=0.05, steps=STEPS), Meters(CPU), STEPS)


class Images(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """One image at a time, as most code reads them."""

    transform = v2.Compose([v2.RandomAffine(10, (0.06, 0.06), (0.9, 1.1), 5), v2.ToDtype(torch.float32, scale=True)])

    def __len__(self) -> int:
        return len(IMAGES)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(torch.from_numpy(IMAGES[index])), int(LABELS[index])


def plain() -> None:
    net = nn.Sequential(
        encoder(RUN.model).to(memory_format=torch.contiguous_format),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.LazyLinear(10),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
    for x, y in torch.utils.data.DataLoader(Images(), batch_size=BATCH, shuffle=True):
        optimizer.zero_grad()
        cross_entropy(net(x), y).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()


@pytest.mark.benchmark(group=f"fine-tuning, {STEPS} steps of {BATCH} augmented images on one core")
@pytest.mark.parametrize("what", ["pretune", "DataLoader and per-image transforms"])
def test_finetuning(benchmark: Callable[..., object], what: str) -> None:
    torch.set_num_threads(1)
    benchmark.pedantic(ours if what == "pretune" else plain, rounds=RUN.rounds, warmup_rounds=1)  # type: ignore[attr-defined]
