"""A meter of the cost of a process, which other processes on the machine change little."""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from unittest import mock

from benchmarks.sizes import SIZES
from harness.meters.precision import resolved

WARMUP_STEPS = 2


class CoreTime:
    """Replaces a trial's meters: counts the process's own core-seconds, the first steps excluded."""

    def __init__(self) -> None:
        self.began, self.steps, self.examples = 0.0, 0, 0

    def step(self, examples: int) -> None:
        """Counts one step on `examples` examples."""
        self.steps += 1
        if self.steps == WARMUP_STEPS:
            self.began = time.process_time()
        elif self.steps > WARMUP_STEPS:
            self.examples += examples

    def per_example(self) -> float:
        """Core-seconds an example since the warm-up."""
        return (time.process_time() - self.began) / self.examples


def precisions() -> list[str]:
    """fp32, and the meaning of `auto` on this machine; of tiny benchmarks fp32 alone, as each starts a process."""
    return list(dict.fromkeys(["fp32", resolved("auto")])) if SIZES.full else ["fp32"]


@contextmanager
def process(environment: Mapping[str, str]) -> Iterator[ProcessPoolExecutor]:
    """A fresh interpreter that runs one call after the other."""
    with mock.patch.dict(os.environ, environment), ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(os.getpid).result()  # it starts with the first task
        yield pool
