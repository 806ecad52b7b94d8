"""The selection of cells by `--only`."""

from collections.abc import Callable

from harness.catalog.schemas import SuiteEntry
from harness.cells import Arm, Cell
from harness.errors import BoardError, nearest
from harness.matrix import cells, pretraining_of
from harness.printable import exact
from harness.trial import Trial

NAMES = ("model", "arm", "objective", "corpus", "task", "protocol", "shots", "progress", "seed")


def selector(expression: str | None, suite: SuiteEntry) -> Callable[[Trial], bool]:
    """Which reported trials `--only` selects: `model=cnn-small,task=digits`; several values as `model=a|b`.

    Raises:
        BoardError: for a value that no cell of the suite has.
    """
    if not expression:
        return lambda trial: True
    wanted: dict[str, set[str]] = {}
    for part in expression.split(","):
        name, equals, values = part.partition("=")
        if not equals or name.strip() not in NAMES:
            expected = f"NAME=VALUE[|VALUE],... with NAME of {', '.join(NAMES)}"
            raise BoardError(place="--only", expected=expected, got=repr(expression))
        wanted[name.strip()] = {value.strip() for value in values.split("|")}
    arms: dict[Arm, set[str]] = {}
    for name, spec in suite.arms.items():
        arms.setdefault(pretraining_of(suite, "", spec, "").arm, set()).add(name)
    suite_cells = cells(suite)
    for name, chosen in wanted.items():
        known = {value for cell in suite_cells for seed in suite.seeds for value in _values(cell, seed, name, arms)}
        for value in sorted(chosen - known):
            expected = f"the {name} of a cell of the suite '{suite.name}'"
            raise BoardError(place="--only", expected=expected, got=f"'{value}'", fix=nearest(value, known))

    def selected(trial: Trial) -> bool:
        cell = trial.cell
        return isinstance(cell, Cell) and all(
            _values(cell, trial.seed, name, arms) & values for name, values in wanted.items()
        )

    return selected


def _values(cell: Cell, seed: int, name: str, arms: dict[Arm, set[str]]) -> set[str]:
    """The values of a trial under a name; an arm has each of its names in the suite."""
    arm = cell.arm
    anywhere = Arm(arm.objective, arm.corpus, arm.fraction, arm.corruption, arm.steps, arm.batch, arm.shape, "")
    values: dict[str, set[str]] = {
        "model": {cell.model},
        "arm": arms.get(anywhere, set()),
        "objective": {arm.objective},
        "corpus": {arm.corpus},
        "task": {cell.task},
        "protocol": {cell.protocol},
        "shots": {"all" if cell.shots is None else str(cell.shots)},
        "progress": {exact(cell.progress)},
        "seed": {str(seed)},
    }
    return values[name]
