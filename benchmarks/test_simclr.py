"""SimCLR on photographs of 32x32: our loop, lightly's, and our loop on batches and views that are made before.

No data path can be faster than the last of these. Each has its own process with one thread, as a worker has it; lightly
also has the workers of its DataLoader. They take turns and are compared by examples a core-second, which counts all
processes of each: idle cores do not change it. Both spend most of it on the encoder, which bounds the ratio. Ours is
measured in the precision of lightly's loop, fp32, and in the meaning of `auto` on this machine. For ResNet-18 batches
are smaller, so that a step ends in time; the cost of an example is much the same.

Without lightly only ours is measured.
"""

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from benchmarks.core_time import WARMUP_STEPS, CoreTime, precisions, process
from benchmarks.sizes import SIZES, Training
from harness.data.batches import Batch, Batches
from harness.executors.local import ENVIRONMENT
from harness.objectives.simclr import SimCLR
from harness.training.loop import train
from harness.training.optimizers import optimizers
from harness.worker.device import autocast
from tests.models.built import COLOUR, encoder

CPU = torch.device("cpu")
HEAD = {"hidden": 512, "outputs": 128, "temperature": 0.5}
"""As lightly documents it."""


class ViewedBatch(Batch):
    """A batch whose views are made before."""

    def view(self) -> torch.Tensor:
        return self.x


def images(run: Training) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (run.batch * steps(run), *COLOUR), dtype=np.uint8)


def steps(run: Training) -> int:
    return WARMUP_STEPS + run.steps


def ours(run: Training, precision: str) -> float:
    """Core-seconds an example."""
    batches = our_batches(run)
    return trained(run, batches, batches, precision)


def computing(run: Training, precision: str) -> float:
    """Core-seconds an example of the same without gathering and augmenting."""
    batches = our_batches(run)
    first = next(iter(batches))
    ready = itertools.repeat(ViewedBatch(first.view(), None, first.generator), steps(run))
    return trained(run, batches, ready, precision)


def lightly(run: Training) -> float:
    """Core-seconds an example of the peer."""
    from benchmarks.lightly_simclr import core_time

    return core_time(run.model, images(run), run.batch, **HEAD)  # type: ignore[arg-type]


def our_batches(run: Training) -> Batches:
    return Batches(images(run), None, batch=run.batch, steps=steps(run), seed=0, device=CPU, views="photographs")


def trained(run: Training, batches: Batches, used: Iterable[Batch], precision: str) -> float:
    objective = SimCLR(encoder(run.model, COLOUR), batches.sample(), classes=0, **HEAD)  # type: ignore[arg-type]
    objective.to(memory_format=torch.channels_last)
    time, total = CoreTime(), steps(run)
    with autocast(precision, CPU):
        train(objective, used, optimizers(objective, rate=1e-3, weight_decay=0.05, steps=total), time, total)  # type: ignore[arg-type]
    return time.per_example()


@pytest.mark.benchmark(group="SimCLR on 3x32x32, a round of ours, lightly's and computing alone")
@pytest.mark.parametrize("run", SIZES.simclr, ids=lambda run: run.model)
def test_simclr(benchmark: Callable[..., object], capsys: pytest.CaptureFixture[str], run: Training) -> None:
    ways: dict[str, Callable[[Training], float]] = {"lightly": lightly} if find_spec("lightly") else {}
    for precision in precisions():
        ways[f"ours, {precision}"] = functools.partial(ours, precision=precision)
        ways[f"computing, {precision}"] = functools.partial(computing, precision=precision)
    times: dict[str, list[float]] = {way: [] for way in ways}

    def round_of_all(pools: Mapping[str, ProcessPoolExecutor]) -> None:
        for way, pool in pools.items():
            times[way].append(pool.submit(ways[way], run).result())

    with ExitStack() as stack:
        pools = {way: stack.enter_context(process({} if way == "lightly" else ENVIRONMENT)) for way in ways}
        benchmark.pedantic(round_of_all, [pools], rounds=run.rounds)  # type: ignore[attr-defined]
    best = {way: min(each) for way, each in times.items()}  # other load only adds to them
    figures = {}
    for precision in precisions():
        figures[f"ours in {precision}, examples a core-second"] = 1 / best[f"ours, {precision}"]
        figures[f"share of computing alone in {precision}"] = (
            best[f"computing, {precision}"] / best[f"ours, {precision}"]
        )
        if "lightly" in best:
            figures[f"times lightly in {precision}"] = best["lightly"] / best[f"ours, {precision}"]
    benchmark.extra_info.update(figures)  # type: ignore[attr-defined]
    with capsys.disabled():
        shown = ", ".join(f"{name} {figure:.3g}" for name, figure in figures.items())
        print(f"\n{run.model}, batches of {run.batch}: {shown}")
