"""The columns that name the cell of a row, shared by all findings."""

from typing import Any

from harness.cells import Cell, Coordinates, Problem
from harness.findings.base import Column, attributes

PRETRAINING = ("model", "objective", "corpus", "fraction", "corruption")
PROBLEM = ("task", "protocol", "shots", "steps")
CELL = ("id", *PRETRAINING, *PROBLEM, "shape", "batch", "precision")
RUN = ("pretrain_steps", "pretrain_batch", "progress")
"""The names of the coordinates of a pretraining, of a problem, and of a cell; those of its pretraining's run."""
MODEL = Column("model", "model", subject="model")
ARM = Column("arm", "pretraining")
TASK = Column("task", "task", subject="task")
LABEL = Column("problem", "problem")
"""The label of a problem among those of a finding. `cell_columns` does not have it."""


def cell_columns(of: Coordinates) -> dict[str, Any]:
    """The coordinates of a cell by the names of columns. A pretraining has its own steps and no task."""
    pretraining, arm = of.pretraining, of.pretraining.arm
    problem = of.problem if isinstance(of, Cell) else None
    return {
        "id": of.id,
        "model": pretraining.model,
        "arm": of.arm_label if isinstance(of, Cell) else arm.label,
        **attributes(arm, "objective", "corpus", "fraction", "precision"),
        "corruption": str(arm.corruption) if arm.corruption else None,
        **(problem_columns(problem) if problem else {**dict.fromkeys(PROBLEM), "steps": arm.steps}),
        "pretrain_steps": arm.steps,
        "pretrain_batch": arm.batch,
        "progress": of.progress if isinstance(of, Cell) else None,
    }


def problem_columns(problem: Problem) -> dict[str, Any]:
    """The coordinates of a problem by the names of columns."""
    return attributes(problem, *PROBLEM, "batch", "precision") | {"shape": "x".join(map(str, problem.shape))}
