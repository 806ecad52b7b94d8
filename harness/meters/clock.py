"""The clock of a trial: training time apart from all else, the warm-up left out."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from harness.meters.memory import peak_memory
from harness.meters.nvml import EnergyMeter

WARMUP_STEPS = 3


class Meters:
    """Counts steps and examples; starts when it is made, and leaves out the warm-up and what runs `paused`."""

    def __init__(self, device: torch.device, workers: int = 1) -> None:
        self.device, self.workers = device, workers
        alone = workers == 1  # the counter is the whole GPU's
        self.energy = EnergyMeter() if device.type == "cuda" and alone else None
        self.began = self.resumed = time.perf_counter()
        self.steps = self.examples = 0
        self.train_s = 0.0
        self.open = True
        self.warm_s = 0.0
        self.warm_steps = self.warm_examples = 0

    def step(self, examples: int) -> None:
        """Counts one step of so many examples."""
        self.open = True
        self.steps += 1
        self.examples += examples
        if self.steps == WARMUP_STEPS:
            self._synchronise()
            self.warm_s = self.train_s + time.perf_counter() - self.resumed
            self.warm_steps, self.warm_examples = self.steps, self.examples

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What runs within is not training: evaluation, checkpoints."""
        self._synchronise()
        self.train_s += time.perf_counter() - self.resumed if self.open else 0.0
        self.open = False
        try:
            yield
        finally:
            self._synchronise()
            self.resumed = time.perf_counter()

    def summary(self) -> dict[str, Any]:
        """All figures; throughput is null where no step was left after the warm-up."""
        self._synchronise()
        now = time.perf_counter()
        train_s = self.train_s + (now - self.resumed if self.open else 0.0)
        timed_s = train_s - self.warm_s
        steps, examples = self.steps - self.warm_steps, self.examples - self.warm_examples
        counted = self.warm_steps > 0 and steps > 0 and timed_s > 0
        peak, source = peak_memory(self.device)
        return {
            "examples_per_s": examples / timed_s if counted else None,
            "step_ms": 1000 * timed_s / steps if counted else None,
            "train_s": train_s,
            "total_s": now - self.began,
            "peak_memory_bytes": peak,
            "memory_source": source,
            "energy_j": self.energy.joules() if self.energy else None,
            "workers": self.workers,
        }

    def _synchronise(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
