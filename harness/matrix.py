"""A suite's cells, without keys, data or a device."""

from dataclasses import dataclass

from harness.catalog.schemas import UNTRAINED, WHOLE, AdaptationSpec, ArmSpec, SuiteEntry
from harness.cells import Arm, Cell, Corruption, Pretraining
from harness.meters.precision import resolved


@dataclass(frozen=True)
class NamedCell:
    """A cell of the matrix by its names in the suite, with the share of the run at which the encoder is taken."""

    model: str
    arm: str
    adaptation: str
    progress: float = WHOLE


def named_cells(suite: SuiteEntry) -> list[NamedCell]:
    """The cells of a suite's matrix, in its order, each once. An arm without steps is always at its end."""
    matrix = {
        NamedCell(model, arm, adaptation, WHOLE if suite.arms[arm].objective in UNTRAINED else progress): None
        for block in suite.matrix
        for model in block.models
        for arm in block.arms
        for adaptation in block.adaptations
        for progress in block.progress
    }
    return list(matrix)


def pretraining_of(suite: SuiteEntry, model: str, spec: ArmSpec, precision: str) -> Pretraining:
    """A model and an arm at the suite's budget and precision."""
    corruption = Corruption(spec.corruption.kind, spec.corruption.severity) if spec.corruption else None
    arm = Arm(
        objective=spec.objective,
        corpus=spec.corpus,
        fraction=spec.fraction,
        corruption=corruption,
        steps=0 if spec.objective in UNTRAINED else suite.pretrain.steps,
        batch=suite.pretrain.batch,
        shape=tuple(spec.shape or suite.shape),
        precision=precision,
    )
    return Pretraining(model, arm)


def cell_of(suite: SuiteEntry, pretraining: Pretraining, spec: AdaptationSpec, progress: float = WHOLE) -> Cell:
    """A pretraining, adapted to a task by a protocol at the suite's budget."""
    trained = spec.protocol == "finetune"
    return Cell(
        pretraining=pretraining,
        task=spec.task,
        protocol=spec.protocol,
        shots=spec.shots,
        shape=tuple(spec.shape or pretraining.arm.shape),
        steps=(spec.steps or suite.finetune.steps) if trained else None,
        batch=suite.finetune.batch if trained else None,
        progress=progress,
    )


def cells(suite: SuiteEntry, precision: str | None = None) -> list[Cell]:
    """The cells that a suite reports, each once, in the suite's order; by default at its own precision."""
    precision = precision or resolved(suite.precision)
    return list(dict.fromkeys(_cell(suite, at, precision) for at in named_cells(suite)))


def headline_cells(suite: SuiteEntry) -> list[Cell]:
    """The cells that the suite preregistered."""
    precision = resolved(suite.precision)
    return [_cell(suite, NamedCell(at.model, at.arm, at.adaptation), precision) for at in suite.headline]


def _cell(suite: SuiteEntry, at: NamedCell, precision: str) -> Cell:
    pretraining = pretraining_of(suite, at.model, suite.arms[at.arm], precision)
    return cell_of(suite, pretraining, suite.adaptations[at.adaptation], at.progress)
