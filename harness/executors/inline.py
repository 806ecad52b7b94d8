"""Trials in this process, one at a time: for debugging an entry, and for tests.

An entry's code then runs in the trusted process and can end it. The timeout has no effect.
"""

from collections.abc import Iterator

from harness.executors.base import Ready, Setting, job_of, now
from harness.executors.receiving import ResultError
from harness.executors.scoring import outcome_of
from harness.store.record import Outcome
from harness.trial import Trial


class InlineExecutor:
    """See `harness.executors.base.Executor`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._stopping = False

    def run(self, ready: Ready) -> Iterator[tuple[Trial, Outcome]]:
        """See `Executor.run`."""
        from harness.worker.serve import attempt

        while not self._stopping and (trial := ready()):
            started = now()
            result, arrays = attempt(job_of(trial, self.setting))
            try:
                outcome = outcome_of(trial, result, arrays, self.setting, started)
            except ResultError as error:
                outcome = Outcome(status="error", started=started, ended=now(), message=str(error))
            yield trial, outcome

    def stop(self) -> None:
        """See `Executor.stop`."""
        self._stopping = True

    def kill(self) -> None:
        """As `stop`: the running trial cannot be ended from within."""
        self._stopping = True
