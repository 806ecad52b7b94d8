"""Where images are kept during training: on the device where they fit, else on disk.

Both give the same bits. On a CPU the array is the memory-mapped file itself, so all workers share its pages.
"""

import math
import os
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

MEMORY_LIMIT = 512 << 20
"""Bytes. Larger sets stay on disk and are read batch by batch. A GPU keeps up to a quarter of its free memory."""


class Storage(Protocol):
    """Examples by their row numbers."""

    def __len__(self) -> int: ...

    def take(self, indices: Tensor) -> Tensor:
        """uint8 (B, C, H, W) on the device, for int64 indices (B,) on the CPU."""
        ...


def storage_for(images: np.ndarray, device: torch.device, limit: int | None = None) -> Storage:
    """Storage of uint8 images (N, C, H, W): on the device, or on disk for a mapped file of more than `limit` bytes."""
    if limit is None:
        limit = torch.cuda.mem_get_info(device)[0] // 4 if device.type == "cuda" else MEMORY_LIMIT
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
    """A file whose rows are read a batch at a time.

    They are read, not mapped: touching a mapped page loads up to a megabyte around it, so a few random batches would
    load the whole file.
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
        buffer = batch.numpy().data
        for row, index in sorted(enumerate(indices.tolist()), key=lambda pair: pair[1]):  # in the file's order
            os.preadv(self.file.fileno(), [buffer[row * size : (row + 1) * size]], self.offset + index * size)
        return batch.view(len(indices), *self.shape[1:]).to(self.device)
