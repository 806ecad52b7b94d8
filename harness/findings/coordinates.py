"""The columns of a row that name its cell."""

from typing import Any

from harness.cells import Cell, Coordinates, Problem

PRETRAINING = ("model", "objective", "corpus", "fraction", "corruption")
PROBLEM = ("task", "protocol", "shots", "steps")


def cell_columns(of: Coordinates) -> dict[str, Any]:
    """The values of `PRETRAINING` and `PROBLEM` by name. A pretraining has its own steps and no task."""
    arm = of.pretraining.arm
    row: dict[str, Any] = {
        "model": of.pretraining.model,
        "objective": arm.objective,
        "corpus": arm.corpus,
        "fraction": arm.fraction,
        "corruption": str(arm.corruption) if arm.corruption else None,
    }
    if isinstance(of, Cell):
        return row | problem_columns(of.problem)
    return row | dict.fromkeys(PROBLEM) | {"steps": arm.steps}


def problem_columns(problem: Problem) -> dict[str, Any]:
    """The values of `PROBLEM` by name."""
    return {name: getattr(problem, name) for name in PROBLEM}
