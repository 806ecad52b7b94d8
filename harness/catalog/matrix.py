"""A suite's cells: what the leaderboard shows, found without keys, data or a device."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.catalog.keys import canonical
from harness.catalog.schemas import UNTRAINED, WHOLE, AdaptationSpec, ArmSpec, SuiteEntry
from harness.meters.precision import resolved

Cell = dict[str, Any]


@dataclass(frozen=True)
class Coordinate:
    """One place of the matrix: names of the model, the arm and the adaptation, and how far the pretraining has come."""

    model: str
    arm: str
    adaptation: str
    progress: float = WHOLE


def coordinates(suite: SuiteEntry) -> list[Coordinate]:
    """The places of a suite's matrix, in its order, each once. What has no steps is whole at once."""
    found = {
        Coordinate(model, arm, adaptation, WHOLE if suite.arms[arm].objective in UNTRAINED else progress): None
        for block in suite.matrix
        for model in block.models
        for arm in block.arms
        for adaptation in block.adaptations
        for progress in block.progress
    }
    return list(found)


def pretraining_cell(suite: SuiteEntry, model: str, arm: ArmSpec, precision: str) -> Cell:
    """The cell of a pretraining: who learns what from which data, and for how long."""
    return {
        "model": model,
        "objective": arm.objective,
        "corpus": arm.corpus,
        "fraction": arm.fraction,
        "corruption": arm.corruption.model_dump() if arm.corruption else None,
        "steps": 0 if arm.objective in UNTRAINED else suite.pretrain.steps,
        "batch": suite.pretrain.batch,
        "shape": list(arm.shape or suite.shape),
        "precision": precision,
    }


def adaptation_cell(suite: SuiteEntry, pretraining: Cell, adaptation: AdaptationSpec, progress: float = WHOLE) -> Cell:
    """The cell of an adaptation: a pretraining, a task and a protocol; and how far the pretraining had come, where that
    is not its end."""
    trained = adaptation.protocol == "finetune"
    return {
        "pretraining": pretraining,
        "task": adaptation.task,
        "protocol": adaptation.protocol,
        "shots": adaptation.shots,
        "shape": list(adaptation.shape or pretraining["shape"]),
        "steps": (adaptation.steps or suite.finetune.steps) if trained else None,
        "batch": suite.finetune.batch if trained else None,
    } | point(progress)


def corruption_text(corruption: Mapping[str, Any] | None) -> str | None:
    """A corruption of a cell in words."""
    return f"{corruption['kind']} {corruption['severity']}" if corruption else None


def point(progress: float) -> dict[str, float]:
    """What a cell and a spec say of a point within a run: of its end nothing."""
    return {} if progress == WHOLE else {"progress": progress}


def progress_of(cell: Mapping[str, Any]) -> float:
    """How far the pretraining of an adaptation cell had come."""
    return float(cell.get("progress", WHOLE))


def cells(suite: SuiteEntry, precision: str | None = None) -> list[Cell]:
    """The adaptation cells that a suite reports, each once, in the suite's order; by default at its own precision."""
    precision = precision or resolved(suite.precision)
    found = {canonical(cell): cell for cell in _cells(suite, precision)}
    return list(found.values())


def _cells(suite: SuiteEntry, precision: str) -> Iterator[Cell]:
    made: dict[tuple[str, str], Cell] = {}
    for place in coordinates(suite):
        name = place.model, place.arm
        if name not in made:
            made[name] = pretraining_cell(suite, place.model, suite.arms[place.arm], precision)
        yield adaptation_cell(suite, made[name], suite.adaptations[place.adaptation], place.progress)


def headline_cells(suite: SuiteEntry) -> list[Cell]:
    """The cells that the suite named before it ran."""
    precision = resolved(suite.precision)
    found = []
    for place in suite.headline:
        pretraining = pretraining_cell(suite, place.model, suite.arms[place.arm], precision)
        found.append(adaptation_cell(suite, pretraining, suite.adaptations[place.adaptation]))
    return found
