"""The interface of executors, their setting, and the jobs of their workers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from harness.store.record import Outcome
from harness.trial import Trial
from harness.worker.protocol import Job

Ready = Callable[[], Trial | None]
"""The next trial to start; None when no trial is ready now."""


@dataclass(frozen=True)
class Setting:
    """The folders and resources of an executor."""

    registry: Path
    cache: Path
    device: str
    timeout_s: float
    """Limit of one trial."""
    workers: int
    """Trials at once."""
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arguments of data sources and folders of weights, by `kind/name` of their entry."""


class Executor(Protocol):
    """Runs ready trials, `Setting.workers` at once."""

    def run(self, ready: Ready) -> Iterator[tuple[Trial, Outcome]]:
        """Yields each trial with its outcome as it ends.

        Calls `ready` whenever a slot is free. Ends when no trial is ready and none is running.
        """
        ...

    def stop(self) -> None:
        """Starts no further trial; running trials end normally. Safe in a signal handler."""
        ...

    def kill(self) -> None:
        """Ends running trials at once, with the status `interrupted`. Safe in a signal handler."""
        ...


def job_of(trial: Trial, setting: Setting) -> Job:
    """The job of a trial: all that its worker needs, and no test labels."""
    return Job(
        kind=trial.kind,
        role=trial.role,
        key=trial.key,
        spec=trial.spec,
        model=trial.model,
        shape=trial.cell.pretraining.arm.shape,
        registry=setting.registry,
        cache=setting.cache,
        corpus=trial.corpus,
        excluded=trial.excluded,
        tokenized=trial.tokenized,
        chosen=trial.chosen,
        saved=trial.saved,
        sources={name: dict(arguments) for name, arguments in setting.sources.items()},
        device=setting.device,
        workers=setting.workers,
    )


def now() -> str:
    """The time in UTC to the millisecond, as in records: `2026-01-31T12:00:00.000Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
