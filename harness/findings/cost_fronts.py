"""Scores against costs: for each problem and cost the cells on the front, and how much the best costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.cells import Problem, problem_labels
from harness.findings.base import Axis, Column, Finding, Point, Scatter, Section, Table, attributes, with_data
from harness.findings.columns import ARM, CELL, MODEL, cell_columns
from harness.findings.cost_overview import cell_label, cost_column, overview_section, score_text, spread_section
from harness.findings.costs import COSTS, Cost, Front, Priced, fronts, machine_label
from harness.findings.evidence import Evidence
from harness.grouping import group_by
from harness.metrics.names import metric_title
from harness.printable import count

TITLE = "Cost fronts"
DECADE = 10.0
"""Costs that span more have a logarithmic axis."""
MOST_TASKS = 4
"""In the summary."""
LEGEND = {
    "on the front": "no other cell has a higher mean score at no more cost, nor the same score at less",
    "surely dominated": "a cell that costs no more has a score whose 0.95 interval is wholly above this cell's",
}
CELLS = with_data(
    (), *CELL, "hardware", "workers", "control", "metric", "score", "score_low", "score_high", "cost", "value", "unit",
    "front", "surely_dominated",
)  # fmt: skip
"""All cells of all fronts, data only."""


def cost_fronts(evidence: Evidence) -> Finding:
    """The fronts of all costs, task by task."""
    every = [front for cost in COSTS.values() for front in fronts(evidence.whole_rows, cost)]
    if not every:
        return Finding(["No cell with a score has a recorded cost. Run the suite: each trial records its costs."])
    labels = problem_labels([front.problem for front in every])
    order = list(dict.fromkeys(front.problem for front in every))
    every.sort(key=lambda front: (front.problem.protocol != "finetune", order.index(front.problem)))
    by_task = group_by(every, lambda front: front.problem.task)
    first = {name: own for name in COSTS if (own := [f for inside in by_task.values() for f in _first(inside, name)])}
    several = len({front.machine for front in every if front.machine}) > 1
    sections = [overview_section(first, labels, evidence), spread_section(evidence)]
    sections += [_section(front, labels[front.problem], several) for inside in by_task.values() for front in inside]
    return Finding(_summary(every, next(iter(first.values())), labels), sections, LEGEND)


def _first(inside: Sequence[Front], cost: str) -> list[Front]:
    """Of a task's first problem with a cost the front on the machine with most cells; empty without such a cost."""
    own = [front for front in inside if front.cost.name == cost]
    same = [front for front in own if front.problem == own[0].problem]
    return [max(same, key=lambda front: len(front.cells))] if same else []


def _summary(every: Sequence[Front], first: Sequence[Front], labels: Mapping[Problem, str]) -> list[str]:
    """The share of cells that are surely dominated, and for each task the cells at both ends of its first front."""
    cost = first[0].cost
    own = [front for front in every if front.cost is cost]
    cells, on = sum(len(front.cells) for front in own), sum(len(front.on) for front in own)
    surely = sum(cell.surely_dominated for front in own for cell in front.cells)
    problems = count(len({front.problem for front in own}), "problem")
    sentences = [
        f"{cost.title}: {on} of {count(cells, 'cell')} of {problems} are on a front, {surely} surely dominated."
    ]
    for front in first[:MOST_TASKS]:
        best, cheapest = front.on[-1].row, front.on[0].row
        among = f" of {count(len(front.cells), 'cell')} with this cost" if front.highest else ""
        scores = f"{score_text(best)} (n = {best.n})"
        other = f"it is the {cost.first}" if best is cheapest else f"the {cost.first} has {score_text(cheapest)}"
        sentences.append(f"{labels[front.problem]}: {cell_label(best)} is best{among} with {scores}; {other}.")
    return sentences


def _section(front: Front, label: str, several: bool) -> Section:
    """A front with its figure, the table of the cells on it, and all cells as data."""
    machine = f", {machine_label(front.machine)}" if several and front.machine else ""
    surely = sum(cell.surely_dominated for cell in front.cells)
    other = len(front.cells) - len(front.on)
    on = f"{len(front.on)} of {count(len(front.cells), 'cell')} are on the front"
    notes = [f"{on}, {surely} are surely dominated, {other - surely} are undecided."]
    excluded = {"without this cost": front.unpriced, "on another machine": front.elsewhere}
    notes += [f"Excluded: {', '.join(parts)}."] if (parts := [f"{n} {why}" for why, n in excluded.items() if n]) else []
    title = f"{label}: {front.cost.title}{machine}"
    return Section(
        title,
        " ".join(notes),
        [
            Table(
                _front_columns(front.cost),
                [_front_row(number, cell, front.cost) for number, cell in enumerate(front.on, 1)],
                "fronts",
            ),
            Table(CELLS, [_cell_row(cell, front.cost) for cell in front.cells], "cells"),
        ],
        [_figure(front, title)] if len(front.cells) > 1 else [],
        subject=f"task {front.problem.task}",
    )


def _front_columns(cost: Cost) -> list[Column]:
    return [
        Column("number", "no.", "its number in the figure", format="count"),
        Column("id"),
        Column("cost"),
        cost_column("value", cost.title, cost),
        Column("score", "score", format="number", margin="score_margin"),
        Column("n", "seeds", format="count"),
        MODEL,
        ARM,
        Column("control", "control", format="yesno"),
    ]


def _front_row(number: int, cell: Priced, cost: Cost) -> dict[str, Any]:
    row = attributes(cell.row, "score", "score_margin", "n", "control")
    return cell_columns(cell.row.cell) | row | {"number": number, "cost": cost.name, "value": cell.cost}


def _cell_row(cell: Priced, cost: Cost) -> dict[str, Any]:
    names = ("hardware", "workers", "control", "metric", "score", "score_low", "score_high")
    row = cell_columns(cell.row.cell) | attributes(cell.row, *names) | attributes(cell, "front", "surely_dominated")
    return row | {"cost": cost.name, "value": cell.cost, "unit": cost.unit}


def _figure(front: Front, title: str) -> Scatter:
    """All cells of a front by objective; those on it are numbered as in the table, surely dominated ones are faint."""
    cost, numbers = front.cost, {cell.row.cell: str(number) for number, cell in enumerate(front.on, 1)}
    costs = [cell.cost for cell in front.cells if cell.cost > 0]
    log = bool(costs) and max(costs) > DECADE * min(costs)
    groups = group_by(front.cells, lambda cell: cell.row.cell.arm.objective)
    metric = metric_title(next((cell.row.metric for cell in front.cells if cell.row.metric), None))
    unit = f" ({cost.unit})" if cost.unit and not cost.symbol else ""
    better = "" if cost.lower_is_better else ", more is better"
    return Scatter(
        x=Axis(f"{cost.title}{unit}{better}", log, unit=cost.symbol),
        y=Axis(f"{metric} on test"),
        groups={
            objective: [_point(cell, numbers.get(cell.row.cell, "")) for cell in inside]
            for objective, inside in groups.items()
        },
        curve=[(cell.cost, cell.row.score or 0.0) for cell in front.on],
        curve_title="front",
        curve_steps=True,
        alt=f"{title}, {metric} of {count(len(front.cells), 'cell')}; the table below has the cells on the front.",
    )


def _point(cell: Priced, number: str) -> Point:
    row = cell.row
    return Point(
        x=cell.cost,
        y=row.score or 0.0,
        label=cell_label(row),
        name=number,
        y_low=row.score_low if cell.front else None,
        y_high=row.score_high if cell.front else None,
        facts={"model": row.cell.model, "objective": row.cell.arm.objective, "family": row.family or row.cell.model},
        faint=cell.surely_dominated,
    )
