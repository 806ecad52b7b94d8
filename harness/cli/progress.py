"""The progress of a sweep on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TYPE_CHECKING, Any

from harness.errors import failure_reason
from harness.printable import plain
from harness.sweep.forecast import Estimate
from harness.sweep.plan import BLOCKED, DONE, FAILED, PENDING, RUNNING, SKIPPED, Plan
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.board import Board
    from harness.store.record import Outcome

LINE_EVERY_S = 10.0


def progress(board: "Board", suite: str) -> "Lines":
    """A bar where stderr is a terminal, else lines."""
    return (Bar if sys.stderr.isatty() else Lines)(board, suite)


def opening(plan: Plan) -> list[str]:
    """The lines before anything runs."""
    counts = plan.counts()
    lines = [f"{len(plan.trials)} trials: {counts[DONE]} done, {len(plan.pending())} to run"]
    if counts[SKIPPED]:
        lines[0] += f", {counts[SKIPPED]} skipped because their data are missing"
    if counts[FAILED] or counts[BLOCKED]:
        lines[0] += f", {counts[FAILED]} failed before, {counts[BLOCKED]} blocked (--retry failed runs them again)"
    if plan.rerun:
        lines.append(f"{len(plan.rerun)} pretraining trials run again: their checkpoints are not in the cache")
    return lines


class Lines:
    """A line every few seconds, and one for each failure."""

    def __init__(self, board: "Board", suite: str) -> None:
        self.board, self.suite = board, suite

    def begin(self, plan: Plan) -> None:
        self.begun = self.last = time.monotonic()
        pending = plan.pending()
        self.total, self.ran = len(pending), 0
        self.estimate = Estimate(pending, plan.store.all(), self.board.catalog.suite(self.suite))
        for line in opening(plan):
            self.print(line)

    def started(self, trial: Trial) -> None:
        self.estimate.started(trial, time.monotonic())

    def ended(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None:
        self._count(trial, outcome, plan)
        if outcome.status != "ok":
            self.print(failure(trial, outcome))
        if time.monotonic() - self.last >= LINE_EVERY_S:
            self.last = time.monotonic()
            self.print(f"{self.ran}/{self.total} run, {plan.counts()[FAILED]} failed, {self.time_left()} left")

    def close(self, plan: Plan) -> None:
        counts = plan.counts()
        text = f"{counts[DONE]} done, {counts[FAILED]} failed, {counts[BLOCKED]} blocked, {counts[PENDING]} not run"
        if counts[SKIPPED]:
            text += f", {counts[SKIPPED]} skipped because their data are missing"
        self.print(f"{text}; {time.monotonic() - self.begun:.1f} s")
        if self.ran and counts[FAILED]:
            self.print("`pretune why TRIAL` prints the whole message of a failure")

    def _count(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None:
        self.ran += 1
        ok = outcome.status == "ok"
        self.estimate.ended(trial, outcome.meters.get("total_s") if ok else None, time.monotonic())
        if not ok:
            self.estimate.wait_for(plan.pending())

    def time_left(self) -> str:
        seconds = self.estimate.seconds_left(time.monotonic())
        if seconds is None:
            return "unknown time"
        return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"

    def print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class Bar(Lines):
    """A live bar with the numbers of running and failed trials and the time left."""

    bar: Any = None

    def begin(self, plan: Plan) -> None:
        super().begin(plan)
        if not self.total:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn
        from rich.text import Text

        lines = self

        class State(ProgressColumn):
            """Computed at each refresh: trials begin between two ends."""

            def render(self, task: Any) -> "Text":
                counts = plan.counts()
                return Text(f"{counts[RUNNING]} running, {counts[FAILED]} failed, {lines.time_left()} left")

        console = Console(stderr=True)
        self.bar = Progress("trials", BarColumn(), MofNCompleteColumn(), State(), console=console)
        self.task = self.bar.add_task("", total=self.total)
        self.bar.start()

    def ended(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None:
        self._count(trial, outcome, plan)
        if outcome.status != "ok":
            self.bar.console.print(failure(trial, outcome), markup=False, highlight=False)
        self.bar.update(self.task, completed=self.ran)

    def close(self, plan: Plan) -> None:
        if self.bar is not None:
            self.bar.stop()
        super().close(plan)


def failure(trial: Trial, outcome: "Outcome") -> str:
    """A failed trial in one line."""
    return plain(f"{outcome.status}: {trial.label} ({trial.key[:12]}): {failure_reason(outcome.message)}")
