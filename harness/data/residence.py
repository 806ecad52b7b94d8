"""Where a set of images is kept while it is trained on: whole on the device where it fits, else on disk.

Both give the same bits. On a CPU the array is the memory-mapped file itself, so that all workers share its pages.
"""

import math
import os
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

RESIDENT_BYTES = 512 << 20
"""Above it images stay on disk and are read batch by batch; a GPU keeps up to a quarter of its free memory."""


class Residence(Protocol):
    """Images by their numbers."""

    def __len__(self) -> int: ...

    def take(self, indices: Tensor) -> Tensor:
        """uint8 (B, C, H, W) on the device, for int64 indices (B,) on the CPU."""
        ...


def residence(images: np.ndarray, device: torch.device, limit: int | None = None) -> Residence:
    """Keeps uint8 images (N, C, H, W) on the device, or on disk where they are a file of more than `limit` bytes."""
    if limit is None:
        limit = torch.cuda.mem_get_info(device)[0] // 4 if device.type == "cuda" else RESIDENT_BYTES
    if images.nbytes > limit and isinstance(images, np.memmap):
        return OnDisk(images, device)
    return OnDevice(images, device)


class OnDevice:
    """All images in the device's memory."""

    def __init__(self, images: np.ndarray, device: torch.device) -> None:
        self.examples = torch.from_numpy(np.ascontiguousarray(images)).to(device)

    def __len__(self) -> int:
        return len(self.examples)

    def take(self, indices: Tensor) -> Tensor:
        return self.examples[indices.to(self.examples.device)]


class OnDisk:
    """A file, of which the rows of a batch are read at a time.

    They are read, not mapped: a page that is touched brings up to a megabyte around it into the process, so that a few
    random batches would hold the whole file.
    """

    def __init__(self, images: np.memmap, device: torch.device) -> None:
        self.shape, self.offset, self.device = images.shape, images.offset, device
        self.row_bytes = math.prod(images.shape[1:])
        self.file = open(str(images.filename), "rb", buffering=0)  # noqa: SIM115 - open as long as it is trained on

    def __len__(self) -> int:
        return self.shape[0]

    def take(self, indices: Tensor) -> Tensor:
        size = self.row_bytes
        batch = torch.empty(len(indices) * size, dtype=torch.uint8)
        room = batch.numpy().data
        for place, index in sorted(enumerate(indices.tolist()), key=lambda pair: pair[1]):  # in the file's order
            os.preadv(self.file.fileno(), [room[place * size : (place + 1) * size]], self.offset + index * size)
        return batch.view(len(indices), *self.shape[1:]).to(self.device)
