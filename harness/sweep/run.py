"""The sweep: runs a plan's trials and records each before it counts as done."""

import fcntl
import logging
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from harness.cache import checkpoint
from harness.catalog.schemas import SuiteEntry
from harness.errors import BoardError
from harness.sweep.plan import SKIPPED, Plan
from harness.sweep.selector import selector
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.board import Board
    from harness.executors.base import Executor, Ready, Setting
    from harness.store.record import Outcome

LOG = logging.getLogger("pretune")


class Progress(Protocol):
    """Receives the events of a sweep."""

    def begin(self, plan: Plan) -> None: ...

    def started(self, trial: Trial) -> None: ...

    def ended(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None: ...

    def close(self, plan: Plan) -> None: ...


class Interrupted(Exception):
    """The user stopped the sweep; finished trials are recorded."""


def make_plan(
    board: "Board",
    suite: SuiteEntry,
    only: str | None = None,
    seeds: int | None = None,
    retry: bool = False,
    download: bool = False,
) -> Plan:
    """The plan of a suite on this board.

    `only` selects cells as `name=value,...`; `seeds` takes the first seeds; with `download` no trial is skipped for
    public data that are missing.
    """
    if seeds is not None:
        if not 1 <= seeds <= len(suite.seeds):
            raise BoardError(place="--seeds", expected=f"1 to {len(suite.seeds)}", got=str(seeds))
        suite = suite.model_copy(update={"seeds": suite.seeds[:seeds]})
    return Plan.of(
        suite,
        board.catalog,
        board.store,
        cached=lambda trial: checkpoint(board.cache, trial.parent or "", trial.progress).is_file(),
        only=selector(only, suite),
        retry=retry,
        fingerprint=board.fingerprint,
        unreadable=lambda entry: board.unreadable(entry, download),
    )


def sweep(
    board: "Board",
    suite: str,
    *,
    workers: int | None = None,
    device: str = "auto",
    timeout_s: float | None = None,
    only: str | None = None,
    seeds: int | None = None,
    retry: bool = False,
    download: bool = False,
    executor: str = "local",
    progress: Progress | None = None,
) -> Counter[str]:
    """Runs the trials of a suite that are not done; returns the number of trials by status.

    Trials whose data are missing are skipped with a warning for each entry; nothing is recorded of them.

    Raises:
        BoardError: for an unknown suite, selection, device or executor, and where the data of all trials are missing.
        Interrupted: after an interrupt, with every finished trial recorded.
    """
    entry = board.catalog.suite(suite)
    plan = make_plan(board, entry, only, seeds, retry or download, download)
    _warn_of_missing_data(plan, suite)
    if progress:
        progress.begin(plan)
    try:
        if plan.pending():
            setting = partial(setting_of, board, entry, device, workers=workers, timeout_s=timeout_s, download=download)
            _run(board, entry.name, plan, executor, setting, progress)
    finally:
        if progress:
            progress.close(plan)
    return plan.counts()


def _warn_of_missing_data(plan: Plan, suite: str) -> None:
    missing = [f"{entry}: {why}" for entry, why in plan.unreadable().items()]
    if set(plan.counts()) == {SKIPPED}:
        raise BoardError("\n".join([f"the data of all trials of '{suite}' are missing", *missing]))
    for text in missing:
        LOG.warning("%s; its trials are skipped", text)


def setting_of(
    board: "Board",
    suite: SuiteEntry,
    device: str,
    *,
    cache: Path | None = None,
    workers: int | None = None,
    timeout_s: float | None = None,
    download: bool = False,
) -> "Setting":
    """The setting of an executor of a suite's trials: the board's cache, the suite's timeout and, on the CPU, as many
    workers as cores, where nothing else is given.

    Raises:
        BoardError: for an unknown device.
    """
    from harness.executors.base import Setting
    from harness.meters.devices import cores, resolved_device

    used = resolved_device(device)
    return Setting(
        registry=board.registry,
        cache=cache or board.cache,
        sources=board.sources(download),
        device=used,
        timeout_s=timeout_s or suite.timeout_s,
        workers=workers or (cores() if used == "cpu" else 1),
    )


def _run(
    board: "Board", suite: str, plan: Plan, executor: str, setting: Callable[[], "Setting"], progress: Progress | None
) -> None:
    with _interruptible() as interrupts:
        from harness.executors import executor_class
        from harness.store.environment import capture
        from harness.store.record import Record

        used = setting()
        running = executor_class(executor)(used)
        interrupts.stop_on_signal(running)
        writer = board.store.writer(suite, capture(used.device, board.root))
        with _locked(board, suite), writer as store:
            for trial, outcome in running.run(_announced(plan.ready, progress)):
                store.append(Record.of(trial, outcome, suite, store.environment), outcome.sidecar, outcome.shared)
                plan.settle(trial, outcome)
                if progress:
                    progress.ended(trial, outcome, plan)
    if interrupts.count:
        raise Interrupted("interrupted: finished trials are recorded; run the same command again to continue")


def _announced(ready: "Ready", progress: Progress | None) -> "Ready":
    """The same trials; `progress` receives each before it starts."""

    def announced() -> Trial | None:
        trial = ready()
        if trial is not None and progress:
            progress.started(trial)
        return trial

    return announced


@contextmanager
def _locked(board: "Board", suite: str) -> Iterator[None]:
    """Locks the suite for this process, and checks that both folders are writable before a trial spends its time.

    Raises:
        BoardError: names the folder that is not writable, or the sweep that is running.
    """
    for folder, option in ((board.results, "--results"), (board.cache, "--cache")):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise BoardError(
                place=folder, expected="a writable folder", got=str(error.strerror), fix=f"give {option} DIR"
            ) from error
    with (board.cache / f"{suite}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            problem = f"another sweep of '{suite}' is running with the cache {board.cache}"
            raise BoardError(problem, fix="wait for its end, or give --cache DIR") from None
        yield


class _Interrupts:
    """The first interrupt starts no more trials and lets running ones end; the second ends them at once.

    One that arrives before there is an executor is kept for it: raised in the middle of an import, it could end the
    process.
    """

    def __init__(self) -> None:
        self.count = 0
        self.executor: Executor | None = None

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """The signal handler."""
        self.count += 1
        if self.executor is not None:
            self.executor.stop() if self.count == 1 else self.executor.kill()

    def stop_on_signal(self, executor: "Executor") -> None:
        """Sets the executor that interrupts stop."""
        self.executor = executor
        if self.count:
            executor.stop()


@contextmanager
def _interruptible() -> Iterator[_Interrupts]:
    interrupts = _Interrupts()
    before = {number: signal.signal(number, interrupts.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
