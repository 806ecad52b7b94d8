"""Local worker processes, forked from a warm server: one trial a process, so that nothing leaks from one to another."""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from harness.errors import BoardError
from harness.executors.base import Outcome, Ready
from harness.executors.scoring import ResultError, outcome_of
from harness.sweep.trials import Trial

PRELOAD = ["torch", "torch._dynamo", "torchvision", "harness.worker.pretrain", "harness.worker.adapt"]
"""With `torch._dynamo` a job costs 33 ms, without it over a second of lazy imports in its first step."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(256 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""What workers begin with. Left to itself, glibc hands the memory of each step's activations back to the system, and
fetching it again page by page takes up to half of a step."""


@dataclass(frozen=True)
class Setting:
    """Where workers find things, and what they run on."""

    registry: Path
    cache: Path
    device: str
    timeout_s: float
    workers: int
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What sources of data are given by name, by the kind and name of their entries."""


@dataclass
class _Running:
    trial: Trial
    process: BaseProcess
    pipe: Connection
    started: str
    deadline: float


class LocalExecutor:
    """Runs up to `workers` trials at once. `stop()` starts no more and lets the running end; `kill()` ends them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._stopping = False
        self._running: list[_Running] = []
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)

    def run(self, ready: Ready) -> Iterator[tuple[Trial, Outcome]]:
        """See `harness.executors.base.Executor`."""
        try:
            while True:
                while not self._stopping and len(self._running) < self.setting.workers and (trial := ready()):
                    self._running.append(self._start(trial))
                if not self._running:
                    return
                yield from self._ended()
        finally:
            self.kill()

    def stop(self) -> None:
        """Starts no further trials."""
        self._stopping = True

    def kill(self) -> None:
        """Ends what is running, at once."""
        self._stopping = True
        for running in self._running:
            running.process.kill()

    def _start(self, trial: Trial) -> _Running:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, job(trial, self.setting)), daemon=True)
        with _main_hidden(), _uninterrupted():
            _started(process)
        theirs.close()
        deadline = time.monotonic() + self.setting.timeout_s
        return _Running(trial, process, ours, now(), deadline)

    def _ended(self) -> Iterator[tuple[Trial, Outcome]]:
        """Waits until at least one trial has ended or run over its time."""
        nearest = min(running.deadline for running in self._running)
        ready = wait([running.pipe for running in self._running], max(0.0, nearest - time.monotonic()))
        for running in list(self._running):
            over = time.monotonic() > running.deadline
            if running.pipe in ready or over:
                outcome = self._collect(running, over and running.pipe not in ready)
                self._running.remove(running)
                yield running.trial, outcome

    def _collect(self, running: _Running, over: bool) -> Outcome:
        started = running.started
        if over:
            running.process.kill()
            running.process.join()
            message = f"ran over its {self.setting.timeout_s:g} s; raise timeout_s or --timeout"
            return Outcome("timeout", started, now(), message)
        try:
            left = max(0.0, running.deadline - time.monotonic())
            outcome = outcome_of(running.trial, running.pipe, self.setting, started, left)
        except EOFError:
            running.process.join()
            return Outcome(_death(running.process.exitcode, self._stopping), started, now(), _how(running.process))
        except ResultError as error:
            outcome = Outcome("error", started, now(), str(error))
        running.pipe.close()
        running.process.join(5)
        if running.process.is_alive():
            running.process.kill()
            running.process.join()
        return outcome


def _started(process: BaseProcess) -> None:
    """Starts a worker; when the server that forks them was killed, a new one is begun, once.

    Raises:
        BoardError: when that one dies too.
    """
    for _ in range(2):
        try:
            return process.start()
        except (EOFError, ConnectionError):
            continue
    raise BoardError("the server that workers are forked from dies at once; look for lack of memory, then sweep again")


def job(trial: Trial, setting: Setting) -> dict[str, Any]:
    """What a worker is told: plain JSON, and no path of test labels."""
    return {
        "kind": trial.kind,
        "role": trial.role,
        "key": trial.key,
        "spec": trial.spec,
        "model": trial.model,
        "shape": (trial.cell.get("pretraining") or trial.cell)["shape"],
        "corpus": trial.corpus,
        "excluded": list(trial.excluded),
        "tokenized": trial.tokenized,
        "chosen": trial.chosen,
        "saved": list(trial.saved),
        "registry": str(setting.registry),
        "sources": {name: dict(given) for name, given in setting.sources.items()},
        "cache": str(setting.cache),
        "device": setting.device,
        "workers": setting.workers,
    }


def _serve(pipe: Connection, work: dict[str, Any]) -> None:
    from harness.worker.serve import serve

    serve(pipe, work)


def _death(exitcode: int | None, killed_by_us: bool) -> str:
    return "interrupted" if killed_by_us and exitcode == -9 else "crash"


def _how(process: BaseProcess) -> str:
    code = process.exitcode
    if code == -9:
        return "killed by signal 9; where nobody sent it, the system was out of memory: try fewer --workers"
    return f"killed by signal {-code}" if code is not None and code < 0 else f"ended with exit status {code}"


def now() -> str:
    """The time, UTC, to the millisecond, as records hold it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keeps an interrupt from the server that workers are forked from, which may be started within: it is this
    process that decides what an interrupt means. Python's own server shuts it out only after its imports."""
    resource_tracker.ensure_running()  # begun with the server, it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """Keeps a child from running the caller's main module again, so that scripts need no `__main__` guard."""
    main: Any = sys.modules["__main__"]
    spec, file = getattr(main, "__spec__", None), main.__dict__.pop("__file__", None)
    main.__spec__ = None
    try:
        yield
    finally:
        main.__spec__ = spec
        if file is not None:
            main.__file__ = file
