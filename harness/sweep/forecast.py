"""What a plan will cost, from what trials like its own have cost before."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.catalog.matrix import corruption_text
from harness.catalog.schemas import SuiteEntry
from harness.sweep.plan import BLOCKED, LEFT_OUT, PENDING, Plan
from harness.sweep.trials import Trial

if TYPE_CHECKING:
    from harness.store import Store

LONGEST_REASON = 60
"""A reason for a retraction longer than this is cut in the table of a plan; `why` has all of it."""


def rows(plan: Plan, store: "Store") -> list[dict[str, Any]]:
    """One row a trial: where it stands, and why."""
    known = {(canonical(record.cell), record.seed) for record in store.all() if record.status == "ok"}
    retracted = store.retracted
    return [_row(plan, trial, known, retracted) for trial in plan.trials.values()]


def _row(plan: Plan, trial: Trial, known: set[tuple[str, int]], retracted: Mapping[str, str]) -> dict[str, Any]:
    cell = trial.cell.get("pretraining", trial.cell)
    status = plan.status[trial.key]
    return {
        "trial": trial.key[:12],
        "status": status,
        "why": _why(plan, trial, status, known, retracted),
        "role": trial.role,
        "model": cell["model"],
        "objective": cell["objective"],
        "corpus": cell["corpus"],
        "fraction": cell["fraction"],
        "corruption": corruption_text(cell["corruption"]),
        "task": trial.cell.get("task"),
        "protocol": trial.cell.get("protocol"),
        "shots": trial.cell.get("shots"),
        "progress": trial.cell.get("progress"),
        "rate": trial.cell.get("rate"),
        "seed": trial.seed,
    }


def _why(plan: Plan, trial: Trial, status: str, known: set[tuple[str, int]], retracted: Mapping[str, str]) -> str:
    if status == PENDING:
        if trial.key in plan.remade:
            return "its checkpoint is needed again"
        if trial.key in retracted:
            return f"its record was taken back: {shorten(retracted[trial.key], LONGEST_REASON, placeholder=' …')}"
        changed = (canonical(trial.cell), trial.seed) in known
        return "recorded of other code, data or settings" if changed else "no record yet"
    if status == LEFT_OUT:
        lacking = plan.lacking.get(trial.key)
        return f"cannot read {', '.join(lacking)}" if lacking else "for trials alone that are left out"
    if status == BLOCKED:
        return f"waits for {plan.blockers(trial)[0][:12]}, which failed"
    return "recorded"


def forecast(plan: Plan, store: "Store", suite: SuiteEntry) -> str:
    """The cost of what is pending, in core-hours, by medians of recorded trials of the same shape."""
    pending = plan.pending()
    if not pending:
        return "nothing to run"
    seconds: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for record in store.all():
        if record.status == "ok" and record.meters.get("total_s"):
            seconds[_shape(record.kind, record.cell)].append(record.meters["total_s"])
    known = [median(seconds[_shape(t.kind, t.cell)]) for t in pending if _shape(t.kind, t.cell) in seconds]
    many = f"{len(pending)} trial{'s' * (len(pending) != 1)}"
    if not known:
        return f"{many} to run; none of their kind is recorded, so their cost is not known"
    hours = sum(known) / 3600
    unknown = len(pending) - len(known)
    least = "at least" if unknown else "about"
    text = f"{many} to run, {least} {hours:.3f} core-hours"
    if unknown:
        text += f" (for {unknown} of them nothing alike is recorded)"
    if hours > suite.core_hours:
        text += f"; that is more than the {suite.core_hours:g} that the suite declares"
    return text


def _shape(kind: str, cell: dict[str, Any]) -> tuple[Any, ...]:
    pretraining = cell.get("pretraining", cell)
    if kind == "pretrain":
        return kind, pretraining["model"], pretraining["objective"], pretraining["steps"], pretraining["batch"]
    return kind, pretraining["model"], cell["task"], cell["protocol"], cell["shots"], cell["steps"]
