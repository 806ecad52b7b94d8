"""Batches from arrays: the indices are drawn once an epoch, the pixels are gathered from where they are stored."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.data import DataError
from harness.data.storage import storage_for
from harness.data.views import VIEWS, multi_crop


@dataclass(frozen=True)
class Batch:
    """Examples for one step of an objective."""

    x: Tensor
    """float (B, C, H, W) in [0, 1]."""
    y: Tensor | None
    """Labels in the form of the task's arrays, first axis B, or None. Classes are int64 (B,)."""
    generator: torch.Generator
    """The stream that augmentation draws from."""
    views: str = "characters"
    """The recipe of a view: a key of `VIEWS`."""

    def __len__(self) -> int:
        return len(self.x)

    def view(self) -> Tensor:
        """A fresh random view of each image, (B, C, H, W), by the corpus's recipe."""
        return VIEWS[self.views](self.x, self.generator)

    def crops(self, count: int, share: float) -> Tensor:
        """Fresh views of small windows, `count` of each image: (count * B, C, share * H, share * W)."""
        return multi_crop(self.x, self.generator, VIEWS[self.views], count, share)

    @property
    def labels(self) -> Tensor:
        """The labels, for an objective that needs them.

        Raises:
            DataError: when the data has none.
        """
        if self.y is None:
            expected, fix = "labels, which this objective or task needs", "use data with labels"
            raise DataError(place="labels", expected=expected, got="none", fix=fix)
        return self.y


def to_float(images: Tensor) -> Tensor:
    """uint8 to float in [0, 1], of the same shape."""
    return images.float().div_(255)


class Batches:
    """A number of batches, reshuffled every epoch. One seed gives the same batches on every device."""

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None,
        *,
        batch: int,
        steps: int,
        seed: int,
        device: torch.device,
        views: str = "characters",
    ) -> None:
        self.examples = storage_for(images, device)
        self.labels = None if labels is None else torch.from_numpy(np.ascontiguousarray(labels)).to(device)
        self.batch, self.steps, self.seed, self.device = batch, steps, seed, device
        self.views = views

    def __iter__(self) -> Iterator[Batch]:
        order = torch.Generator().manual_seed(self.seed)
        views = torch.Generator(self.device).manual_seed(self.seed ^ 0x5DEECE66D)
        waiting = torch.empty(0, dtype=torch.int64)
        for _ in range(self.steps):
            while len(waiting) < self.batch:
                waiting = torch.cat([waiting, torch.randperm(len(self.examples), generator=order)])
            taken, waiting = waiting[: self.batch], waiting[self.batch :]
            yield self._batch(taken, views)

    def once(self) -> Iterator[Batch]:
        """All examples once, in their order. Every call gives the same batches with the same random stream."""
        views = torch.Generator(self.device).manual_seed(self.seed ^ 0x5DEECE66D)
        for indices in torch.arange(len(self.examples)).split(self.batch):
            yield self._batch(indices, views)

    def sample(self) -> Batch:
        """Up to two examples, for a dry run."""
        return self._batch(torch.arange(min(2, len(self.examples))), torch.Generator(self.device))

    def _batch(self, indices: Tensor, generator: torch.Generator) -> Batch:
        labels = None if self.labels is None else self.labels[indices.to(self.device)]
        return Batch(to_float(self.examples.take(indices)), labels, generator, self.views)
