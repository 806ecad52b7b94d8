"""The cost of a plan, from recorded trials like its own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import fmean, median
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SuiteEntry
from harness.cells import Cell, Coordinates
from harness.sweep.plan import BLOCKED, PENDING, SKIPPED, Plan
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

LONGEST_REASON = 60
"""The characters of a retraction's reason in the table of a plan; `why` prints all of it."""
Shape = tuple[Any, ...]


def rows(plan: Plan, store: "Store") -> list[dict[str, Any]]:
    """One row a trial: its status, and why."""
    recorded = {(record.cell, record.seed) for record in store.all() if record.status == "ok"}
    return [_row(plan, trial, recorded, store.retracted) for trial in plan.trials.values()]


def _row(
    plan: Plan, trial: Trial, recorded: set[tuple[Coordinates, int]], retracted: Mapping[str, str]
) -> dict[str, Any]:
    arm, cell = trial.cell.pretraining.arm, trial.cell if isinstance(trial.cell, Cell) else None
    status = plan.status[trial.key]
    return {
        "trial": trial.key[:12],
        "status": status,
        "why": _why(plan, trial, status, recorded, retracted),
        "role": trial.role,
        "model": trial.cell.pretraining.model,
        "objective": arm.objective,
        "corpus": arm.corpus,
        "fraction": arm.fraction,
        "corruption": str(arm.corruption) if arm.corruption else None,
        "task": cell.task if cell else None,
        "protocol": cell.protocol if cell else None,
        "shots": cell.shots if cell else None,
        "progress": None if cell is None or cell.whole else cell.progress,
        "rate": cell.rate if cell else None,
        "seed": trial.seed,
    }


def _why(
    plan: Plan, trial: Trial, status: str, recorded: set[tuple[Coordinates, int]], retracted: Mapping[str, str]
) -> str:
    if status == PENDING:
        if trial.key in plan.rerun:
            return "its checkpoint is not in the cache"
        if trial.key in retracted:
            return f"its record was retracted: {shorten(retracted[trial.key], LONGEST_REASON, placeholder=' …')}"
        stale = (trial.cell, trial.seed) in recorded
        return "stale: recorded with other code, data or settings" if stale else "no record yet"
    if status == SKIPPED:
        missing = plan.missing_data.get(trial.key)
        return f"cannot read {', '.join(missing)}" if missing else "only skipped trials need it"
    if status == BLOCKED:
        return f"waits for {plan.blockers(trial)[0][:12]}, which failed"
    return "recorded"


def forecast(plan: Plan, store: "Store", suite: SuiteEntry) -> str:
    """The cost of the pending trials in core-hours, from medians of recorded trials of the same shape."""
    pending = plan.pending()
    if not pending:
        return "nothing to run"
    estimate = Estimate(pending, store.all(), suite)
    trials = f"{len(pending)} trial{'s' * (len(pending) != 1)}"
    known = [seconds for trial in pending if (seconds := estimate.of_shape(trial)) is not None]
    if not known:
        return f"{trials} to run; no trial of their kind is recorded, so their cost is unknown"
    hours, unknown = sum(known) / 3600, len(pending) - len(known)
    text = f"{trials} to run, {'at least' if unknown else 'about'} {hours:.3f} core-hours"
    if unknown:
        text += f" (no trial like {unknown} of them is recorded)"
    if hours > suite.core_hours:
        text += f"; the suite declares {suite.core_hours:g}"
    return text


class Estimate:
    """The seconds that trials will take: the median of recorded trials of the same shape, updated as trials end.

    A trial whose shape is new gets an equal share of the suite's declared core-hours that known shapes leave, and no
    less than the mean of known trials: trials of one shape run one after the other, so the first ones that end say
    little about the last.
    """

    def __init__(self, trials: Iterable[Trial], records: Iterable["Record"], suite: SuiteEntry) -> None:
        self.trials = list(trials)
        self.declared_s = 3600 * suite.core_hours
        self.ended_s = 0.0
        """The sum of the seconds of the trials that have ended."""
        self._seconds: dict[Shape, list[float]] = defaultdict(list)
        for record in records:
            if record.status == "ok" and record.meters.get("total_s"):
                self._seconds[_shape(record.cell)].append(record.meters["total_s"])

    def of_shape(self, trial: Trial) -> float | None:
        """The median seconds of trials of the same shape; None where none has ended."""
        seconds = self._seconds.get(_shape(trial.cell))
        return median(seconds) if seconds else None

    def ended(self, trial: Trial, seconds: float) -> None:
        """Adds the duration of a trial."""
        self._seconds[_shape(trial.cell)].append(seconds)
        self.ended_s += seconds

    def remaining_s(self, remaining: Iterable[Trial]) -> float:
        """The seconds that some of the trials will take, one after the other."""
        shapes = {_shape(trial.cell): self.of_shape(trial) for trial in self.trials}
        known = [seconds for trial in self.trials if (seconds := shapes[_shape(trial.cell)]) is not None]
        unknown = len(self.trials) - len(known)
        share = max(self.declared_s - sum(known), 0.0) / unknown if unknown else 0.0
        guess = max(share, fmean(known)) if known else share
        each = (shapes[_shape(trial.cell)] for trial in remaining)
        return sum(guess if seconds is None else seconds for seconds in each)


def _shape(cell: Coordinates) -> Shape:
    """The parts of a trial that decide its duration."""
    model, arm = cell.pretraining.model, cell.pretraining.arm
    if isinstance(cell, Cell):
        return model, cell.task, cell.protocol, cell.shots, cell.steps
    return model, arm.objective, arm.steps, arm.batch
