"""How a sweep goes: a bar on a terminal, plain lines elsewhere; always on stderr."""

import sys
import time
from typing import TYPE_CHECKING, Any

from harness.matrix import corruption_text
from harness.errors import failure_reason
from harness.report.output import plain
from harness.sweep.plan import BLOCKED, DONE, FAILED, LEFT_OUT, PENDING, RUNNING, Plan
from harness.sweep.trials import Trial

if TYPE_CHECKING:
    from harness.executors.base import Outcome
    from harness.sweep.run import Progress

LINE_EVERY_S = 10.0


def progress() -> "Progress":
    """What fits where stderr goes."""
    return Bar() if sys.stderr.isatty() else Lines()


def name_of(trial: Trial) -> str:
    """A trial in one line: model, arm, task, protocol, seed."""
    cell = trial.cell.get("pretraining", trial.cell)
    parts = [cell["model"], cell["objective"], cell["corpus"]]
    if cell["fraction"] != 1:
        parts.append(f"{100 * cell['fraction']:g}%")
    if corruption := corruption_text(cell["corruption"]):
        parts.append(corruption)
    if "task" in trial.cell:
        shots = trial.cell["shots"]
        parts += [trial.cell["task"], trial.cell["protocol"], "all labels" if shots is None else f"{shots} shots"]
    if "rate" in trial.cell:
        parts.append(f"rate {trial.cell['rate']:g}")
    return f"{' / '.join(parts)} / seed {trial.seed}"


def opening(plan: Plan) -> list[str]:
    """What is said before anything runs."""
    counts = plan.counts()
    lines = [f"{len(plan.trials)} trials: {counts[DONE]} done, {len(plan.pending())} to run"]
    if counts[LEFT_OUT]:
        lines[0] += f", {counts[LEFT_OUT]} left out for lack of data"
    if counts[FAILED] or counts[BLOCKED]:
        lines[0] += f", {counts[FAILED]} failed before, {counts[BLOCKED]} blocked (--retry failed runs them again)"
    if plan.remade:
        lines.append(f"{len(plan.remade)} pretraining trials are made again: their checkpoints are not in the cache")
    return lines


class Lines:
    """A line every few seconds, and one for every failure."""

    def begin(self, plan: Plan) -> None:
        self.started = self.last = time.monotonic()
        self.total = len(plan.pending())
        self.ran = 0
        for line in opening(plan):
            self.say(line)

    def ended(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None:
        self.ran += 1
        if self.ran == 1:
            self.first = time.monotonic()
        if outcome.status != "ok":
            self.say(failure(trial, outcome))
        if time.monotonic() - self.last >= LINE_EVERY_S:
            self.last = time.monotonic()
            self.say(f"{self.ran}/{self.total} run, {plan.counts()[FAILED]} failed, {self.left()} left")

    def close(self, plan: Plan) -> None:
        counts = plan.counts()
        text = f"{counts[DONE]} done, {counts[FAILED]} failed, {counts[BLOCKED]} blocked, {counts[PENDING]} not run"
        if counts[LEFT_OUT]:
            text += f", {counts[LEFT_OUT]} left out for lack of data"
        self.say(f"{text}; {time.monotonic() - self.started:.1f} s")
        if self.ran and counts[FAILED]:
            self.say("the whole of a failure: pretune why, with the trial's key as printed above")

    def left(self) -> str:
        """From when the first trial ended: before it, what is preloaded takes its time once."""
        if self.ran < 2:
            return "an unknown time"
        each = (time.monotonic() - self.first) / (self.ran - 1)
        return f"about {each * (self.total - self.ran):.0f} s"

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class Bar(Lines):
    """A live bar with what is done, running and failed, and the time left."""

    bar: Any = None

    def begin(self, plan: Plan) -> None:
        super().begin(plan)
        if not self.total:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TimeRemainingColumn
        from rich.text import Text

        class State(ProgressColumn):
            """Read at every refresh: between two ends of trials others have begun."""

            def render(self, task: Any) -> "Text":
                counts = plan.counts()
                return Text(f"{counts[RUNNING]} running, {counts[FAILED]} failed")

        console = Console(stderr=True)
        self.bar = Progress(
            "trials", BarColumn(), MofNCompleteColumn(), State(), TimeRemainingColumn(), console=console
        )
        self.task = self.bar.add_task("", total=self.total)
        self.bar.start()

    def ended(self, trial: Trial, outcome: "Outcome", plan: Plan) -> None:
        self.ran += 1
        if outcome.status != "ok":
            self.bar.console.print(failure(trial, outcome), markup=False, highlight=False)
        self.bar.update(self.task, completed=self.ran)

    def close(self, plan: Plan) -> None:
        if self.bar is not None:
            self.bar.stop()
        super().close(plan)


def failure(trial: Trial, outcome: "Outcome") -> str:
    """A failed trial in one line."""
    return plain(f"{outcome.status}: {name_of(trial)} ({trial.key[:12]}): {failure_reason(outcome.message)}")
