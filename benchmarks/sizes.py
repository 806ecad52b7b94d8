"""The sizes of all benchmarks. With PRETUNE_BENCH=tiny each is small enough for a test that runs all of them once."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """A training run: a model of the registry, batches, and steps after the warm-up."""

    model: str
    batch: int
    steps: int
    rounds: int


@dataclass(frozen=True)
class Sizes:
    """The size of each benchmark; by default that of `make bench`."""

    full: bool = True
    """Whether limits of memory hold: tiny data are smaller than an interpreter."""
    committed: str = "quick"
    """The suite whose committed records are read and rendered."""
    cells: int = 1_000
    """The cells of the generated board, a multiple of 200."""
    seeds: int = 9
    """The seeds of each of its cells."""
    finetuning: Training = Training("cnn-tiny", 128, 20, 3)
    simclr: tuple[Training, ...] = (
        Training("cnn-nano", 256, 6, 3),
        Training("cnn-small", 256, 4, 2),
        Training("resnet18", 32, 2, 2),
    )
    masked_lm: Training = Training("transformer-nano", 64, 20, 3)
    packages: tuple[str, ...] = ("numpy", "scipy", "pandas", "sklearn", "torch")
    """The packages whose docstrings are the texts."""
    views: int = 256
    """The images of a batch of views."""
    images: int = 1_000_000
    """The images of the corpus whose memory is measured."""
    memory: Training = Training("cnn-small", 128, 10, 1)
    models: int = 1_000
    """The entries of the registry that is validated."""
    trial_seeds: int = 2
    """The seeds of the small sweep, of 18 trials at two seeds."""


TINY = Sizes(
    full=False,
    committed="natural",
    cells=200,
    seeds=2,
    finetuning=Training("cnn-nano", 8, 2, 1),
    simclr=(Training("cnn-nano", 8, 1, 1),),
    masked_lm=Training("transformer-nano", 4, 1, 1),
    packages=("numpy",),
    views=4,
    images=2_000,
    memory=Training("cnn-nano", 16, 3, 1),
    models=10,
    trial_seeds=1,
)


def _sizes() -> Sizes:
    if os.environ.get("PRETUNE_BENCH") == "tiny":
        return TINY
    return Sizes(cells=int(os.environ.get("PRETUNE_CELLS", Sizes.cells)))


SIZES = _sizes()
