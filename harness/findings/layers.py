"""What fine-tuning does to an encoder's layers: linear CKA of each with what it was before, on the task's panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.findings.cell_records import Cell, Counted
from harness.findings.factors import over_seeds
from harness.findings.inspected import Seen


@dataclass(frozen=True)
class Layer:
    """A layer's mean CKA over n seeds with its 0.95 interval (Student's) for new seeds, up to 1; no ends with one
    seed."""

    name: str
    n: int
    cka: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Moved:
    """The layers of one cell's encoder, in the order in which they run."""

    cell: Cell
    layers: list[Layer]


def moved(seen: Mapping[str, Seen], found: Sequence[Counted]) -> list[Moved]:
    """The fine-tuned cells that were looked at, in the cells' order."""
    told = []
    for each in found:
        values: dict[str, list[float]] = {}
        for record in each.records.values():
            for name, value in seen[record.key].layers if record.key in seen else ():
                if value is not None:
                    values.setdefault(name, []).append(value)
        layers = [_layer(name, inside) for name, inside in values.items()]
        if layers:
            told.append(Moved(each.cell, layers))
    return told


def _layer(name: str, values: Sequence[float]) -> Layer:
    n, mean, low, high = over_seeds(values)
    assert mean is not None  # there is a value
    return Layer(name, n, mean, low, None if high is None else min(high, 1.0))
