"""The clock of a trial: training time, apart from everything else and without the warm-up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from harness.meters.memory import peak_memory
from harness.meters.nvml import EnergyMeter

WARMUP_STEPS = 3
"""First steps that are excluded from throughput."""


class Meters:
    """Counts steps and examples and measures their time, starting now. Excludes the warm-up and `paused` blocks."""

    def __init__(self, device: torch.device, workers: int = 1) -> None:
        self.device, self.workers = device, workers
        # the energy counter is of the whole GPU, so it is read where one trial runs at a time
        self.energy = EnergyMeter() if device.type == "cuda" and workers == 1 else None
        self.started = self.resumed = time.perf_counter()
        self.steps = self.examples = 0
        self.train_s = 0.0
        self.training = True
        self.warmup_s = 0.0
        self.warmup_steps = self.warmup_examples = 0

    def step(self, examples: int) -> None:
        """Counts one step on `examples` examples."""
        self.training = True
        self.steps += 1
        self.examples += examples
        if self.steps == WARMUP_STEPS:
            self._synchronise()
            self.warmup_s = self.train_s + time.perf_counter() - self.resumed
            self.warmup_steps, self.warmup_examples = self.steps, self.examples

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Excludes a block from training time: evaluation, checkpoints."""
        self._synchronise()
        self.train_s += time.perf_counter() - self.resumed if self.training else 0.0
        self.training = False
        try:
            yield
        finally:
            self._synchronise()
            self.resumed = time.perf_counter()

    def summary(self) -> dict[str, Any]:
        """All figures, with units in their names. Throughput is None without a step after the warm-up."""
        self._synchronise()
        now = time.perf_counter()
        train_s = self.train_s + (now - self.resumed if self.training else 0.0)
        timed_s = train_s - self.warmup_s
        steps, examples = self.steps - self.warmup_steps, self.examples - self.warmup_examples
        timed = self.warmup_steps > 0 and steps > 0 and timed_s > 0
        peak, source = peak_memory(self.device)
        return {
            "examples_per_s": examples / timed_s if timed else None,
            "step_ms": 1000 * timed_s / steps if timed else None,
            "train_s": train_s,
            "total_s": now - self.started,
            "peak_memory_bytes": peak,
            "memory_source": source,
            "energy_j": self.energy.joules() if self.energy else None,
            "workers": self.workers,
        }

    def _synchronise(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
