"""Local worker processes, forked from a warm server. Each runs one trial, so no state passes between trials."""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from harness.errors import BoardError
from harness.executors.base import Ready, Setting, job_of, now
from harness.executors.receiving import ResultError, receive
from harness.executors.scoring import outcome_of
from harness.store.record import Outcome, Status
from harness.trial import Trial
from harness.worker.protocol import Job

PRELOAD = ["torch", "torch._dynamo", "torchvision", "harness.worker.pretrain", "harness.worker.adapt"]
"""Modules that the server imports. With `torch._dynamo` a job costs 33 ms; without it the first step spends a second on
imports."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(256 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""Environment variables of workers. By default glibc returns the activations' memory to the system after each step;
fetching it back page by page takes up to half of a step."""

SERVER_GONE = 255
"""The exit code of a worker whose fork server has died, as `multiprocessing` reports it."""
STOPPED = (-signal.SIGKILL, -signal.SIGTERM, SERVER_GONE)
"""Exit codes of workers that end with a stopping sweep: by `kill`, or by a SIGTERM to its whole process group."""


@dataclass
class _Running:
    trial: Trial
    process: BaseProcess
    pipe: Connection
    started: str
    deadline: float


class LocalExecutor:
    """See `harness.executors.base.Executor`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._stopping = False
        self._running: list[_Running] = []
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)

    def run(self, ready: Ready) -> Iterator[tuple[Trial, Outcome]]:
        """See `Executor.run`."""
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
        """See `Executor.stop`."""
        self._stopping = True

    def kill(self) -> None:
        """See `Executor.kill`."""
        self._stopping = True
        for running in self._running:
            running.process.kill()

    def _start(self, trial: Trial) -> _Running:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, job_of(trial, self.setting)), daemon=True)
        with _main_hidden(), _interrupts_blocked():
            _start_process(process)
        theirs.close()
        deadline = time.monotonic() + self.setting.timeout_s
        return _Running(trial, process, ours, now(), deadline)

    def _ended(self) -> Iterator[tuple[Trial, Outcome]]:
        """Waits until at least one trial has ended or reached its timeout; yields those that have."""
        nearest = min(running.deadline for running in self._running)
        ready = wait([running.pipe for running in self._running], max(0.0, nearest - time.monotonic()))
        for running in list(self._running):
            late = time.monotonic() > running.deadline
            if running.pipe in ready or late:
                outcome = self._collect(running, late and running.pipe not in ready)
                self._running.remove(running)
                yield running.trial, outcome

    def _collect(self, running: _Running, late: bool) -> Outcome:
        started = running.started
        if late:
            running.process.kill()
            running.process.join()
            message = f"no result within {self.setting.timeout_s:g} s; raise timeout_s or --timeout"
            return Outcome(status="timeout", started=started, ended=now(), message=message)
        try:
            result, arrays = receive(running.pipe, max(0.0, running.deadline - time.monotonic()))
            outcome = outcome_of(running.trial, result, arrays, self.setting, started)
        except EOFError:
            running.process.join()
            code = running.process.exitcode
            status = _death_status(code, self._stopping)
            return Outcome(status=status, started=started, ended=now(), message=_death_reason(code))
        except ResultError as error:
            outcome = Outcome(status="error", started=started, ended=now(), message=str(error))
        running.pipe.close()
        running.process.join(5)
        if running.process.is_alive():
            running.process.kill()
            running.process.join()
        return outcome


def _start_process(process: BaseProcess) -> None:
    """Starts a worker. Where the fork server has died, it starts a new server, once.

    Raises:
        BoardError: the new server dies too.
    """
    for _ in range(2):
        try:
            return process.start()
        except (EOFError, ConnectionError):
            continue
    raise BoardError(
        place="fork server",
        expected="a running process",
        got="one that dies at once",
        fix="look for a lack of memory, then sweep again",
    )


def _serve(pipe: Connection, job: Job) -> None:
    from harness.worker.serve import serve

    serve(pipe, job)


def _death_status(exit_code: int | None, stopping: bool) -> Status:
    """`interrupted` where the worker died because the sweep is being stopped, else `crash`."""
    return "interrupted" if stopping and exit_code in STOPPED else "crash"


def _death_reason(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "killed by signal 9, perhaps by the system for lack of memory; try fewer --workers"
    if exit_code is not None and exit_code < 0:
        return f"killed by signal {-exit_code}"
    return f"ended with exit status {exit_code}"


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Blocks SIGINT in the fork server, which may start inside this context; this process decides about interrupts.

    Python's own fork server ignores SIGINT only after its imports.
    """
    resource_tracker.ensure_running()  # started together with the server, it would remove the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """Stops a child from running the caller's main module again, so that scripts need no `__main__` guard."""
    main: Any = sys.modules["__main__"]
    spec, file = getattr(main, "__spec__", None), main.__dict__.pop("__file__", None)
    main.__spec__ = None
    try:
        yield
    finally:
        main.__spec__ = spec
        if file is not None:
            main.__file__ = file
