"""SimCLR as lightly documents it for CIFAR: transforms of an image at a time in the workers of a DataLoader, each view
encoded on its own by an encoder whose channels are not last, SGD.
"""

import resource

import numpy as np
import torch
from lightly.loss import NTXentLoss
from lightly.models.modules import SimCLRProjectionHead
from lightly.transforms import SimCLRTransform
from PIL import Image
from torch import nn

from benchmarks.core_time import CoreTime
from tests.models.built import COLOUR, encoder

WORKERS = 2


class Pictures(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """Images in memory, one at a time, as from torchvision's CIFAR10; colour jitter at half strength, no blur."""

    def __init__(self, images: np.ndarray) -> None:
        self.images = images.transpose(0, 2, 3, 1)
        self.transform = SimCLRTransform(input_size=32, cj_strength=0.5, gaussian_blur=0.0)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[list[torch.Tensor], int]:
        return self.transform(Image.fromarray(self.images[index])), 0


def core_time(model: str, images: np.ndarray, batch: int, hidden: int, outputs: int, temperature: float) -> float:
    """Core-seconds an example, of the process and of the workers, over an epoch."""
    backbone = encoder(model, COLOUR).to(memory_format=torch.contiguous_format)
    width = backbone(torch.zeros(2, *COLOUR)).shape[1]
    head = SimCLRProjectionHead(width, hidden, outputs)
    net = nn.Sequential(backbone, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).train()
    loader = torch.utils.data.DataLoader(
        Pictures(images),
        batch_size=batch,
        shuffle=True,
        drop_last=True,
        num_workers=WORKERS,
        multiprocessing_context="fork",  # as on Linux by default: a spawned process would spawn its workers
    )
    criterion = NTXentLoss(temperature)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.06)
    time, before = CoreTime(), ended_children()
    for (one, other), _ in loader:
        loss = criterion(net(one), net(other))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        time.step(batch)
    return time.per_example() + (ended_children() - before) / len(images)  # the workers end with the epoch


def ended_children() -> float:
    """Core-seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
