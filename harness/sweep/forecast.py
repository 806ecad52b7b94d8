"""The cost of a plan, from recorded trials like its own."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SuiteEntry
from harness.cells import Cell, Coordinates
from harness.printable import count
from harness.sweep.plan import BLOCKED, PENDING, SKIPPED, Plan
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.store.record import Record

LONGEST_REASON = 60
"""The characters of a retraction's reason in the table of a plan; `why` prints all of it."""
OTHER_MACHINE = 3.0
"""The factor between this sweep's durations and recorded ones from which on recorded ones are scaled."""
Shape = tuple[Any, ...]


def rows(plan: Plan) -> list[dict[str, Any]]:
    """One row a trial: its status, and why."""
    recorded = {(record.cell, record.seed) for record in plan.store.all() if record.status == "ok"}
    return [_row(plan, trial, recorded, plan.store.retracted) for trial in plan.trials.values()]


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


def forecast(plan: Plan, suite: SuiteEntry) -> str:
    """The cost of the pending trials in core-hours, from medians of recorded trials of the same shape."""
    pending = plan.pending()
    if not pending:
        return "nothing to run"
    estimate = Estimate(pending, plan.store.all(), suite)
    trials = count(len(pending), "trial")
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
    """The time that a sweep needs, from the durations of trials of the same shape. Times and durations are in seconds.

    The median of this sweep's trials counts, or else that of recorded trials. A shape without either gets an equal
    share of the suite's declared core-hours that known shapes leave, within the mean and the longest of known trials.
    """

    def __init__(self, trials: Iterable[Trial], records: Iterable["Record"], suite: SuiteEntry) -> None:
        self._total = Counter(_shape(trial.cell) for trial in trials)
        self._waiting = self._total
        self._running: dict[str, tuple[Shape, float]] = {}
        """The shape and the start of each running trial, by key."""
        self._parallel = 0
        """The largest number of trials that ran at once."""
        self._declared_s = 3600 * suite.core_hours
        self._recorded = _medians(records)
        self._ended: dict[Shape, list[float]] = defaultdict(list)
        self._overheads: list[float] = []
        """The time between start and end of each ended trial beyond its own duration."""

    def of_shape(self, trial: Trial) -> float | None:
        """The median duration of trials of the same shape; None where none has ended."""
        return self._median(_shape(trial.cell))

    def wait_for(self, trials: Iterable[Trial]) -> None:
        """Sets the trials that have not started: those blocked by a failure never will."""
        self._waiting = Counter(_shape(trial.cell) for trial in trials)

    def started(self, trial: Trial, now: float) -> None:
        """Notes that a trial has started."""
        shape = _shape(trial.cell)
        self._waiting = self._waiting - Counter([shape])
        self._running[trial.key] = shape, now
        self._parallel = max(self._parallel, len(self._running))

    def ended(self, trial: Trial, duration: float | None, now: float) -> None:
        """Notes that a trial has ended; `duration` is None for one that failed."""
        shape, start = self._running.pop(trial.key)
        if duration is not None:
            self._ended[shape].append(duration)
            self._overheads.append(max(now - start - duration, 0.0))

    def seconds_left(self, now: float) -> float | None:
        """The time until the last trial ends; None before one has ended."""
        if not self._overheads:
            return None
        each = self._durations()
        running = [max(each[shape] - (now - start), 0.0) for shape, start in list(self._running.values())]
        waiting = self._waiting
        work = sum(running) + sum(number * each[shape] for shape, number in waiting.items())
        return max(work / self._parallel, *running, *(each[shape] for shape in waiting), 0.0)

    def _durations(self) -> dict[Shape, float]:
        """The expected time between start and end of a trial of each shape."""
        overhead, scale = median(self._overheads), self._scale()
        known = {}
        for shape in self._total:
            if (seconds := self._median(shape)) is not None:
                known[shape] = overhead + (seconds if shape in self._ended else scale * seconds)
        trials = sum(self._total[shape] for shape in known)
        work = sum(self._total[shape] * seconds for shape, seconds in known.items())
        share = (self._declared_s - work) / max(self._total.total() - trials, 1)
        unknown = min(max(share, work / trials), max(known.values()))
        return dict.fromkeys(self._total, unknown) | known

    def _median(self, shape: Shape) -> float | None:
        durations = self._ended.get(shape)
        return median(durations) if durations else self._recorded.get(shape)

    def _scale(self) -> float:
        """The factor for recorded durations: 1, unless another kind of machine recorded them."""
        both = [shape for shape in list(self._ended) if shape in self._recorded]
        ours = sum(sum(self._ended[shape]) for shape in both)
        recorded = sum(len(self._ended[shape]) * self._recorded[shape] for shape in both)
        scale = ours / recorded if recorded else 1.0
        return 1.0 if 1 / OTHER_MACHINE < scale < OTHER_MACHINE else scale


def _medians(records: Iterable["Record"]) -> dict[Shape, float]:
    """The median duration of recorded trials by shape."""
    durations: dict[Shape, list[float]] = defaultdict(list)
    for record in records:
        if record.status == "ok" and record.meters.get("total_s") is not None:
            durations[_shape(record.cell)].append(record.meters["total_s"])
    return {shape: median(each) for shape, each in durations.items()}


def _shape(cell: Coordinates) -> Shape:
    """The parts of a trial that decide its duration."""
    model, arm = cell.pretraining.model, cell.pretraining.arm
    if isinstance(cell, Cell):
        return model, cell.task, cell.protocol, cell.shots, cell.steps
    return model, arm.objective, arm.steps, arm.batch
