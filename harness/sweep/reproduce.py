"""Runs a recorded trial again, with what it depends on, in folders of its own, and compares."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BoardError
from harness.sweep.plan import Plan, find
from harness.sweep.trials import Trial, resolve

if TYPE_CHECKING:
    from harness.board import Board


def reproduce(board: "Board", prefix: str, device: str) -> tuple[list[dict[str, Any]], bool]:
    """Recorded and new metrics side by side, and whether all of them are equal.

    Nothing is written to the board's results.

    Raises:
        BoardError: when the trial is not recorded, or this registry no longer leads to its key.
    """
    store = board.store
    key = find(store.keys(), prefix)
    recorded = store.quality(key)
    if recorded is None:
        raise BoardError(f"trial {key[:16]} has no ok record, so there is nothing to compare with")
    trials, suite = _trials_with(board, key)
    outcomes = _run(board, suite, trials, trials[key], device)
    outcome = outcomes[key]
    if outcome.status != "ok":
        raise BoardError(f"trial {key[:16]} ended as {outcome.status}: {outcome.message}")
    rows = [
        {"metric": name, "recorded": value, "now": outcome.metrics.get(name)}
        for name, value in sorted(recorded.metrics.items())
    ]
    return rows, all(row["recorded"] == row["now"] for row in rows)


def _trials_with(board: "Board", key: str) -> tuple[dict[str, Trial], str]:
    for suite in board.catalog.suites.values():
        trials = resolve(suite, board.catalog)
        if key in trials:
            return trials, suite.name
    raise BoardError(f"trial {key[:16]}: no suite of this registry leads to its key now; see `pretune why {key[:12]}`")


def _run(board: "Board", suite: str, trials: dict[str, Trial], wanted: Trial, device: str) -> dict[str, Any]:
    """Runs the trial and its parents afresh."""
    from harness.executors.local import LocalExecutor, Setting
    from harness.store import Store
    from harness.sweep.devices import cores, resolved_device
    from harness.sweep.plan import needs

    with tempfile.TemporaryDirectory(prefix="pretune-") as folder:
        place = Path(folder)
        found = resolved_device(device)
        plan = Plan({trial.key: trial for trial in needs(wanted, trials)}, Store(place / "results"), lambda key: False)
        setting = Setting(
            registry=board.registry,
            cache=place / "cache",
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
