"""The executor's interface, and what a trial's attempt leaves behind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.sweep.trials import Trial

Ready = Callable[[], Trial | None]


@dataclass(frozen=True)
class Outcome:
    """What one attempt at a trial came to."""

    status: str
    started: str
    ended: str
    message: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    meters: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    checkpoint: str | None = None
    parent_checkpoint: str | None = None
    contamination: dict[str, Any] | None = None
    beside: dict[str, Any] | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    """By its name, what lies beside for many records and is written once."""


class Executor(Protocol):
    """Runs ready trials side by side."""

    def run(self, ready: Ready) -> Iterator[tuple[Trial, Outcome]]:
        """Yields each trial with its outcome as it ends.

        `ready` is asked whenever a slot is free; the run ends when it has nothing and nothing is running.
        """
        ...
