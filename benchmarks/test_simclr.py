"""SimCLR on photographs of 32x32 by our loop, beside lightly's, and beside our loop where batches and views are there
already: no data path can be faster than that.

Each has a process of its own with one thread, as a worker has it, lightly the workers of its DataLoader besides. They
take turns, and are told by examples a core-second, all processes of each counted: what a core does when none is idle.
How many times lightly's that can be is bounded by what the encoder takes in both; ours is told in the precision of
lightly's loop, fp32, and in what `auto` means on this machine. For ResNet-18 batches are smaller, so that a step ends
in time; what an example takes is much the same.
"""

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest
import torch

from benchmarks.core_time import WARMUP_STEPS, CoreTime, process
from harness.data.batches import Batch, Batches
from harness.executors.local import ENVIRONMENT
from harness.meters.precision import resolved
from harness.objectives.simclr import SimCLR
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker.device import autocast
from tests.models.built import COLOUR, encoder

CPU = torch.device("cpu")
HEAD = {"hidden": 512, "outputs": 128, "temperature": 0.5}
"""As lightly documents it."""


class Viewed(Batch):
    """A batch whose views are there."""

    def view(self) -> torch.Tensor:
        return self.x


def images(batch: int, steps: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (batch * steps, *COLOUR), dtype=np.uint8)


def ours(model: str, batch: int, steps: int, precision: str = "fp32") -> float:
    """Core-seconds an example."""
    batches = our_batches(batch, steps)
    return trained(model, batches, batches, steps, precision)


def computing(model: str, batch: int, steps: int, precision: str = "fp32") -> float:
    """Core-seconds an example of the same without gathering and augmenting."""
    batches = our_batches(batch, 1)
    (first,) = batches
    ready = itertools.repeat(Viewed(first.view(), None, first.generator), steps)
    return trained(model, batches, ready, steps, precision)


def lightly(model: str, batch: int, steps: int) -> float:
    """Core-seconds an example of the peer."""
    from benchmarks.lightly_simclr import core_time

    return core_time(model, images(batch, steps), batch, **HEAD)  # type: ignore[arg-type]


def our_batches(batch: int, steps: int) -> Batches:
    return Batches(images(batch, steps), None, batch=batch, steps=steps, seed=0, device=CPU, views="photographs")


def trained(model: str, batches: Batches, given: Iterable[Batch], steps: int, precision: str) -> float:
    objective = SimCLR(encoder(model, COLOUR), batches.sample(), classes=0, **HEAD)  # type: ignore[arg-type]
    objective.to(memory_format=torch.channels_last)
    time = CoreTime()
    with autocast(precision, CPU):
        train(objective, given, optimizers(objective, rate=1e-3, weight_decay=0.05, steps=steps), time, steps)  # type: ignore[arg-type]
    return time.per_example()


@pytest.mark.benchmark(group="SimCLR on 3x32x32, a round of ours, lightly's and computing alone")
@pytest.mark.parametrize(
    ("model", "batch", "steps", "rounds"), [("cnn-nano", 256, 6, 3), ("cnn-small", 256, 4, 2), ("resnet18", 32, 2, 2)]
)
def test_simclr(
    benchmark: Callable[..., object],
    capsys: pytest.CaptureFixture[str],
    model: str,
    batch: int,
    steps: int,
    rounds: int,
) -> None:
    precisions = list(dict.fromkeys(["fp32", resolved("auto")]))
    ways: dict[str, Callable[[str, int, int], float]] = {"lightly": lightly}
    for precision in precisions:
        ways[f"ours, {precision}"] = functools.partial(ours, precision=precision)
        ways[f"computing, {precision}"] = functools.partial(computing, precision=precision)
    found: dict[str, list[float]] = {way: [] for way in ways}

    def round_of_all(pools: Mapping[str, ProcessPoolExecutor]) -> None:
        for way, pool in pools.items():
            found[way].append(pool.submit(ways[way], model, batch, WARMUP_STEPS + steps).result())

    with ExitStack() as stack:
        pools = {way: stack.enter_context(process({} if way == "lightly" else ENVIRONMENT)) for way in ways}
        benchmark.pedantic(round_of_all, [pools], rounds=rounds)  # type: ignore[attr-defined]
    best = {way: min(times) for way, times in found.items()}  # what else runs only ever adds to them
    figures = {"lightly's examples a core-second": 1 / best["lightly"]}
    for precision in precisions:
        figures[f"ours in {precision}"] = 1 / best[f"ours, {precision}"]
        figures[f"times lightly in {precision}"] = best["lightly"] / best[f"ours, {precision}"]
        figures[f"share of computing alone in {precision}"] = (
            best[f"computing, {precision}"] / best[f"ours, {precision}"]
        )
    benchmark.extra_info.update(figures)  # type: ignore[attr-defined]
    with capsys.disabled():
        print(
            f"\n{model}, batches of {batch}: " + ", ".join(f"{name} {figure:.3g}" for name, figure in figures.items())
        )
