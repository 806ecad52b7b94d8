"""The sweep: runs a plan's trials and records each before it counts as done."""

import fcntl
import logging
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from harness.cache import checkpoint
from harness.catalog.keys import canonical
from harness.catalog.matrix import cells, pretraining_cell, progress_of
from harness.catalog.schemas import SuiteEntry
from harness.errors import BoardError, nearest
from harness.sweep.plan import LEFT_OUT, Plan
from harness.sweep.trials import Trial

if TYPE_CHECKING:
    from harness.board import Board
    from harness.executors.base import Outcome
    from harness.executors.local import LocalExecutor

LOG = logging.getLogger("pretune")


class Progress(Protocol):
    """Who is told how a sweep goes."""

    def begin(self, plan: Plan) -> None: ...

    def ended(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None: ...

    def close(self, plan: Plan) -> None: ...


class Interrupted(Exception):
    """The sweep was stopped by its user; what had finished is recorded."""


def make_plan(
    board: "Board",
    suite: SuiteEntry,
    only: str | None = None,
    seeds: int | None = None,
    retry: bool = False,
    download: bool = False,
) -> Plan:
    """The plan of a suite on this board. `only` is `name=value,...` of cells; `seeds` takes the first so many; with
    `download` no trial is left out for lack of public data."""
    if seeds is not None:
        if not 1 <= seeds <= len(suite.seeds):
            raise BoardError(f"--seeds {seeds}: the suite '{suite.name}' has {len(suite.seeds)} seeds")
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
    progress: Progress | None = None,
) -> Counter[str]:
    """Runs what is not done of a suite; returns how many trials stand where. What lacks its data is left out, with a
    remark on each entry, and nothing is recorded of it.

    Raises:
        BoardError: for a suite, selection or device that does not exist, and where all trials lack their data.
        Interrupted: after an interrupt, with everything that had finished recorded.
    """
    entry = board.catalog.suite(suite)
    plan = make_plan(board, entry, only, seeds, retry or download, download)
    _remark_on_data(plan, suite)
    if progress:
        progress.begin(plan)
    try:
        if plan.pending():
            _run(board, entry, plan, workers, device, timeout_s, download, progress)
    finally:
        if progress:
            progress.close(plan)
    return plan.counts()


def _remark_on_data(plan: Plan, suite: str) -> None:
    said = [f"{entry}: {why}" for entry, why in plan.unreadable().items()]
    if set(plan.counts()) == {LEFT_OUT}:
        raise BoardError("\n".join([f"no trial of '{suite}' can run without its data", *said]))
    for text in said:
        LOG.warning("%s; till then its trials are left out", text)


def _run(
    board: "Board",
    suite: SuiteEntry,
    plan: Plan,
    workers: int | None,
    device: str,
    timeout_s: float | None,
    download: bool,
    progress: Progress | None,
) -> None:
    with _interruptible() as interrupts:
        from harness.executors.local import LocalExecutor, Setting
        from harness.meters.devices import cores, resolved_device
        from harness.store.environment import capture
        from harness.store.record import Record

        found = resolved_device(device)
        setting = Setting(
            registry=board.registry,
            cache=board.cache,
            sources=board.sources(download),
            device=found,
            timeout_s=timeout_s or suite.timeout_s,
            workers=workers or (cores() if found == "cpu" else 1),
        )
        executor = LocalExecutor(setting)
        interrupts.hold_for(executor)
        writer = board.store.writer(suite.name, capture(found, board.root))
        with _alone(board, suite), writer as store:
            for trial, outcome in executor.run(plan.ready):
                record = Record.of(trial, outcome, suite.name, store.environment)
                store.append(record, outcome.beside, outcome.shared)
                plan.settle(trial, outcome)
                if progress:
                    progress.ended(trial, outcome, plan)
    if interrupts.count:
        raise Interrupted("interrupted: what had finished is recorded; run the same command again to go on")


@contextmanager
def _alone(board: "Board", suite: SuiteEntry) -> Iterator[None]:
    """Holds the suite for this process, so that no two sweeps do the same work; and sees that both folders can be
    written to before a trial spends its time.

    Raises:
        BoardError: names the folder, or the sweep that is running.
    """
    for folder, option in ((board.results, "--results"), (board.cache, "--cache")):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise BoardError(f"{folder}: cannot be written to ({error.strerror}); give {option} DIR") from error
    with (board.cache / f"{suite.name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BoardError(f"another sweep of '{suite.name}' is running with the cache {board.cache}") from None
        yield


class _Interrupts:
    """The first interrupt lets running trials end and starts no more; the second ends them at once. One that comes
    before there is an executor holds for it: raised in the middle of an import, it could end the process."""

    def __init__(self) -> None:
        self.count = 0
        self.executor: LocalExecutor | None = None

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """What a signal does."""
        self.count += 1
        if self.executor is not None:
            self.executor.stop() if self.count == 1 else self.executor.kill()

    def hold_for(self, executor: "LocalExecutor") -> None:
        """Names whom interrupts stop."""
        self.executor = executor
        if self.count:
            executor.stop()


@contextmanager
def _interruptible() -> Iterator[_Interrupts]:
    found = _Interrupts()
    before = {number: signal.signal(number, found.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield found
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def selector(expression: str | None, suite: SuiteEntry) -> Callable[[Trial], bool]:
    """Which reported trials `--only` picks: `model=cnn-small,task=digits`; several values as `model=a|b`.

    Raises:
        BoardError: for a word that no cell of the suite has.
    """
    if not expression:
        return lambda trial: True
    wanted: dict[str, set[str]] = {}
    for part in expression.split(","):
        name, equals, values = part.partition("=")
        if not equals or name.strip() not in NAMES:
            raise BoardError(f"--only {expression!r}: write NAME=VALUE[|VALUE],... with NAME of {', '.join(NAMES)}")
        wanted[name.strip()] = {value.strip() for value in values.split("|")}
    arms: dict[str, set[str]] = {}
    for name, arm in suite.arms.items():
        cell = pretraining_cell(suite, "", arm, "")
        arms.setdefault(canonical({part: cell[part] for part in ARM}), set()).add(name)
    there = cells(suite)
    for name, chosen in wanted.items():
        known = {fact for cell in there for seed in suite.seeds for fact in _facts(cell, seed, name, arms)}
        for value in sorted(chosen - known):
            raise BoardError(f"--only: no {name} '{value}' in the suite '{suite.name}'; {nearest(value, known)}")
    return lambda trial: all(_facts(trial.cell, trial.seed, name, arms) & values for name, values in wanted.items())


ARM = ("objective", "corpus", "fraction", "corruption", "shape")
NAMES = ("model", "arm", "objective", "corpus", "task", "protocol", "shots", "progress", "seed")


def _facts(cell: Mapping[str, Any], seed: int, name: str, arms: Mapping[str, set[str]]) -> set[str]:
    """What a trial is called by; an arm by each of the names that the suite has for it."""
    if name == "seed":
        return {str(seed)}
    if name == "arm":
        return arms.get(canonical({part: cell["pretraining"][part] for part in ARM}), set())
    if name == "progress":
        return {f"{progress_of(cell):g}"}
    value = cell["pretraining"].get(name, cell.get(name))
    return {"all" if value is None and name == "shots" else str(value)}
