"""Runs a recorded trial again, with what it depends on, in folders of its own, and compares.

On the recorded hardware and packages the result is the same to the bit. Elsewhere rounding differs and training
amplifies it: there a share agrees within the sampling error of its test examples, and any other figure within 5 %.
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
from harness.sweep.run import setting_of
from harness.sweep.trials import planned_here
from harness.trial import Trial

if TYPE_CHECKING:
    from harness.board import Board
    from harness.store import Store
    from harness.store.record import Record

SAME, CLOSE, DIFFERS = "the same, bit for bit", "close", "differs"
RELATIVE = 0.05
FEWEST_ITEMS = 100
"""The assumed number of test examples where the sidecar has none."""


@dataclass(frozen=True)
class Comparison:
    """Recorded and new metrics, the differences of the environments, and the verdict."""

    rows: list[dict[str, Any]]
    environment: list[str]
    """The differences in hardware and packages, one line each; empty where every bit has to match."""
    verdict: str


def reproduce(board: "Board", prefix: str, device: str) -> Comparison:
    """Recorded and new metrics side by side. Nothing is written to the board's results.

    Raises:
        BoardError: when the trial is not recorded, or this registry no longer leads to its key.
    """
    store = board.store
    key = find(store.keys(), prefix)
    recorded = store.first_ok(key)
    if recorded is None:
        raise BoardError(place=f"trial {key[:16]}", expected="a record with status ok", got="none")
    trials, suite = _trials_with(board, key)
    outcome = _run(board, suite, trials, trials[key], device)[key]
    if outcome.status != "ok":
        raise BoardError(f"ended as {outcome.status}: {outcome.message}", place=f"trial {key[:16]}")
    environment = _environment_differences(store.environment(recorded.environment) or {}, board, device)
    return compared(recorded, outcome.metrics, _items(store, recorded), environment)


def compared(record: "Record", now: Mapping[str, float], items: int, environment: list[str]) -> Comparison:
    """Compares recorded and new metrics; `items` is the number of test examples of a share."""
    names = sorted(record.metrics.keys() | now.keys())
    rows = [{"metric": name, "recorded": record.metrics.get(name), "now": now.get(name)} for name in names]
    if all(row["recorded"] == row["now"] for row in rows):
        return Comparison(rows, environment, SAME)
    close = bool(environment) and all(_close(row, items) for row in rows)
    return Comparison(rows, environment, CLOSE if close else DIFFERS)


def _close(row: Mapping[str, Any], items: int) -> bool:
    before, after = row["recorded"], row["now"]
    if before is None or after is None:
        return False
    declared = METRICS.get(row["metric"])
    if declared is not None and declared.unit == "share":
        return bool(abs(before - after) <= 1.96 * 0.5 / math.sqrt(items))
    return math.isclose(before, after, rel_tol=RELATIVE)


def _items(store: "Store", record: "Record") -> int:
    correct = (store.sidecar(record) or {}).get("correct") or {}
    return int(correct.get("items", FEWEST_ITEMS))


def _environment_differences(then: Mapping[str, Any], board: "Board", device: str) -> list[str]:
    """The differences between the recorded environment and this one that can change bits."""
    from harness.meters.devices import resolved_device
    from harness.store.environment import capture

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
    raise BoardError(
        "no suite of this registry has this key now", place=f"trial {key[:16]}", fix=f"see `pretune why {key[:12]}`"
    )


def _run(board: "Board", suite: str, trials: dict[str, Trial], wanted: Trial, device: str) -> dict[str, Any]:
    """Runs the trial and its parents in a temporary folder."""
    from harness.executors import executor_class
    from harness.store import Store
    from harness.sweep.plan import needs

    with tempfile.TemporaryDirectory(prefix="pretune-") as folder:
        place = Path(folder)
        plan = Plan(
            {trial.key: trial for trial in needs(wanted, trials)}, Store(place / "results"), lambda trial: False
        )
        setting = setting_of(board, board.catalog.suite(suite), device, cache=place / "cache")
        outcomes: dict[str, Any] = {}
        for trial, outcome in executor_class("local")(setting).run(plan.ready):
            outcomes[trial.key] = outcome
            plan.settle(trial, outcome)
    if wanted.key not in outcomes:
        failed = next(outcome for outcome in outcomes.values() if outcome.status != "ok")
        raise BoardError(f"its parent ended as {failed.status}: {failed.message}", place=f"trial {wanted.key[:16]}")
    return outcomes
