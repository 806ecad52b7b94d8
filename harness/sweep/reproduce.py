"""Runs a recorded trial again, with what it depends on, in folders of its own, and compares.

On the hardware and with the packages of the record every bit has to come again. Elsewhere sums are rounded otherwise
and training amplifies it, so there a share has to agree within what its test examples leave open, and any other figure
within a twentieth.
"""

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BoardError
from harness.metrics.names import METRICS
from harness.sweep.plan import Plan, find
from harness.sweep.trials import Trial, planned_here

if TYPE_CHECKING:
    from harness.board import Board
    from harness.store import Store
    from harness.store.record import Record

SAME, CLOSE, DIFFERS = "the same, bit for bit", "close", "differs"
RELATIVE = 0.05
FEWEST_ITEMS = 100
"""What a share is taken to rest on where no test examples are recorded beside it."""


@dataclass(frozen=True)
class Comparison:
    """Metrics side by side, what differs in the environment, and what follows."""

    rows: list[dict[str, Any]]
    elsewhere: list[str]
    """What is not as it was: hardware and packages, one line each; empty where bits have to come again."""
    verdict: str


def reproduce(board: "Board", prefix: str, device: str) -> Comparison:
    """Recorded and new metrics side by side. Nothing is written to the board's results.

    Raises:
        BoardError: when the trial is not recorded, or this registry no longer leads to its key.
    """
    store = board.store
    key = find(store.keys(), prefix)
    recorded = store.quality(key)
    if recorded is None:
        raise BoardError(f"trial {key[:16]} has no ok record, so there is nothing to compare with")
    trials, suite = _trials_with(board, key)
    outcome = _run(board, suite, trials, trials[key], device)[key]
    if outcome.status != "ok":
        raise BoardError(f"trial {key[:16]} ended as {outcome.status}: {outcome.message}")
    return compared(recorded, outcome.metrics, _items(store, recorded), _elsewhere(board, recorded, device))


def compared(record: "Record", now: Mapping[str, float], items: int, elsewhere: list[str]) -> Comparison:
    """What the two come to, when a share rests on so many test examples."""
    names = sorted(record.metrics.keys() | now.keys())
    rows = [{"metric": name, "recorded": record.metrics.get(name), "now": now.get(name)} for name in names]
    if all(row["recorded"] == row["now"] for row in rows):
        return Comparison(rows, elsewhere, SAME)
    close = bool(elsewhere) and all(_close(row, items) for row in rows)
    return Comparison(rows, elsewhere, CLOSE if close else DIFFERS)


def _close(row: Mapping[str, Any], items: int) -> bool:
    before, after = row["recorded"], row["now"]
    if before is None or after is None:
        return False
    declared = METRICS.get(row["metric"])
    if declared is not None and declared.unit == "share":
        return bool(abs(before - after) <= 1.96 * 0.5 / math.sqrt(items))
    return math.isclose(before, after, rel_tol=RELATIVE)


def _items(store: "Store", record: "Record") -> int:
    correct = (store.beside(record) or {}).get("correct") or {}
    return int(correct.get("items", FEWEST_ITEMS))


def _elsewhere(board: "Board", record: "Record", device: str) -> list[str]:
    """What differs between the recorded environment and this one in what decides bits."""
    from harness.meters.devices import resolved_device
    from harness.store.environment import capture

    then: Mapping[str, Any] = board.store.environment(record.environment) or {}
    now = capture(resolved_device(device), board.root)
    pairs = [(name, then.get(name), now[name]) for name in ("hardware", "system", "python")]
    packages = then.get("packages", {})
    pairs += [(name, packages.get(name), version) for name, version in now["packages"].items()]
    return [f"{name}: {old} when it was recorded, {new} now" for name, old, new in pairs if old != new]


def _trials_with(board: "Board", key: str) -> tuple[dict[str, Trial], str]:
    for suite, trials in planned_here(board):
        if key in trials:
            return trials, suite
    board.catalog.remark()
    raise BoardError(f"trial {key[:16]}: no suite of this registry leads to its key now; see `pretune why {key[:12]}`")


def _run(board: "Board", suite: str, trials: dict[str, Trial], wanted: Trial, device: str) -> dict[str, Any]:
    """Runs the trial and its parents afresh."""
    from harness.executors.local import LocalExecutor, Setting
    from harness.meters.devices import cores, resolved_device
    from harness.store import Store
    from harness.sweep.plan import needs

    with tempfile.TemporaryDirectory(prefix="pretune-") as folder:
        place = Path(folder)
        found = resolved_device(device)
        plan = Plan(
            {trial.key: trial for trial in needs(wanted, trials)}, Store(place / "results"), lambda trial: False
        )
        setting = Setting(
            registry=board.registry,
            cache=place / "cache",
            sources=board.sources(),
            device=found,
            timeout_s=board.catalog.suite(suite).timeout_s,
            workers=cores() if found == "cpu" else 1,
        )
        outcomes: dict[str, Any] = {}
        for trial, outcome in LocalExecutor(setting).run(plan.ready):
            outcomes[trial.key] = outcome
            plan.settle(trial, outcome)
    if wanted.key not in outcomes:
        failed = next(outcome for outcome in outcomes.values() if outcome.status != "ok")
        raise BoardError(f"what trial {wanted.key[:16]} depends on ended as {failed.status}: {failed.message}")
    return outcomes
