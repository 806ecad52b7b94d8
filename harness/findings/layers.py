"""The change of an encoder's layers by fine-tuning: linear CKA of each layer before and after, on the task's panel."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.cells import Cell, Problem, problem_labels
from harness.findings.base import Column, Finding, HeatMap, Section, Table, attributes
from harness.findings.cell_records import by_problem
from harness.findings.columns import PRETRAINING, PROBLEM, cell_columns
from harness.findings.evidence import Evidence
from harness.findings.inspected import inspected_cells, inspections, not_inspected
from harness.printable import count
from harness.stats.intervals import over_seeds

TITLE = "Layers that fine-tuning changes"
LEGEND = {
    "CKA": "linear CKA of a layer's features before and after fine-tuning, on a panel of test examples: 1 unchanged",
    "[ ]": "0.95 interval of the mean for new seeds; none with one seed",
}
COLUMNS = [
    Column("arm", "pretraining", "objective, corpus, fraction and corruption"),
    Column("layer", "layer", "layers in the order in which they run"),
    Column("cka", "CKA", "similarity of the layer before and after fine-tuning, mean over seeds", format="number",
           digits=2, low="low", high="high"),
    Column("n", "seeds", "number of seeds", format="count"),
    *map(Column, (*PRETRAINING, *PROBLEM, "low", "high")),
]  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """The mean CKA of one layer over n seeds, with its 0.95 interval for new seeds, at most 1; None with one seed."""

    cell: Cell
    name: str
    n: int
    cka: float
    low: float | None
    high: float | None


def layers(evidence: Evidence) -> Finding:
    """The change of each layer of the fine-tuned cells that were inspected."""
    cells = evidence.once(layers_of_cells)
    if not cells:
        return Finding(not_inspected(evidence, "fine-tuned layers", "fine-tuning", "finetune"))
    labels = problem_labels([cell.problem for cell in cells])
    groups: dict[tuple[str, Problem], dict[Cell, list[Layer]]] = {}
    for cell, inside in cells.items():
        groups.setdefault((cell.model, cell.problem), {})[cell] = inside
    return Finding(_summary(cells), [_section(labels[problem], own) for (_, problem), own in groups.items()], LEGEND)


def layers_of_cells(evidence: Evidence) -> dict[Cell, list[Layer]]:
    """The layers of each inspected fine-tuned cell, by problem, in the order in which they run."""
    known = evidence.once(inspections)
    cells: dict[Cell, list[Layer]] = {}
    for each in (each for inside in by_problem(inspected_cells(evidence)) for each in inside):
        values: dict[str, list[float]] = {}
        for record in each.records.values():
            for name, value in known[record.key].layers if record.key in known else ():
                if value is not None:
                    values.setdefault(name, []).append(value)
        if values:
            cells[each.cell] = [_layer(each.cell, name, inside) for name, inside in values.items()]
    return cells


def _layer(cell: Cell, name: str, values: Sequence[float]) -> Layer:
    n, mean, low, high = over_seeds(values)
    assert mean is not None  # there is a value
    return Layer(cell, name, n, mean, low, None if high is None else min(high, 1.0))


def _summary(cells: dict[Cell, list[Layer]]) -> list[str]:
    every = [layer for inside in cells.values() for layer in inside]
    models = len({cell.model for cell in cells})
    return [
        f"Layers are recorded of {count(len(cells), 'fine-tuned cell')} of {count(models, 'model')}.",
        f"Fine-tuning changes {_extreme(min(every, key=lambda layer: layer.cka))} most.",
        f"Fine-tuning changes {_extreme(max(every, key=lambda layer: layer.cka))} least.",
    ]


def _extreme(layer: Layer) -> str:
    interval = "" if layer.low is None else f" [{layer.low:.2f}, {layer.high:.2f}]"
    return f"layer {layer.name} of {layer.cell.model} (CKA {layer.cka:.2f}{interval}, {count(layer.n, 'seed')})"


def _section(problem: str, cells: dict[Cell, list[Layer]]) -> Section:
    first = next(iter(cells))
    names = list(dict.fromkeys(layer.name for inside in cells.values() for layer in inside))
    by_name = [{layer.name: layer.cka for layer in inside} for inside in cells.values()]
    heat = HeatMap(
        rows=[cell.arm_label for cell in cells],
        columns=names,
        values=[[own.get(name) for name in names] for own in by_name],
        row_title="pretraining",
        column_title="layer",
        alt=f"CKA of the layers of {first.model}, {problem}; the table below has the same figures.",
    )
    lowest = min((layer for inside in cells.values() for layer in inside), key=lambda layer: layer.cka)
    rows = [
        cell_columns(layer.cell) | attributes(layer, "n", "cka", "low", "high") | {"layer": layer.name}
        for inside in cells.values()
        for layer in inside
    ]
    return Section(
        problem,
        f"Lowest CKA: {lowest.cka:.2f}, layer {lowest.name}, {lowest.cell.arm_label}.",
        [Table(COLUMNS, rows)],
        [heat],
        f"model {first.model}",
    )
