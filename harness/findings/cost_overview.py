"""The sections on costs that sum up a suite: the best and the cheapest cell of each task, and the noise of costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.cells import Problem
from harness.findings.base import Column, Section, Table, attributes
from harness.findings.board_rows import BoardRow
from harness.findings.columns import LABEL
from harness.findings.costs import COSTS, Cost, Front, Priced, machine_label
from harness.findings.evidence import Evidence
from harness.findings.spread import spreads
from harness.stats.intervals import Interval, ends_of

SPREADS = [
    Column("cost", "cost"),
    Column("meter"),
    Column("hardware"),
    Column("workers"),
    Column("machine", "machine", "hardware class and parallel trials"),
    Column("median", "median", "largest value over smallest between the seeds of one cell", format="number", digits=2),
    Column("largest", "largest", "the largest such ratio", format="number", digits=2),
    Column("cells", "cells", "cells with two seeds or more; for costs of pretraining: pretrainings", format="count"),
]


def overview_section(
    first: Mapping[str, Sequence[Front]], labels: Mapping[Problem, str], evidence: Evidence
) -> Section:
    """The ends of the front of each task's first problem, a table a cost; `first` are those fronts by cost.

    The gap between both has an interval that is paired by seed and test item.
    """
    cells = {each.cell: each for each in evidence.whole}

    def gap(front: Front) -> Interval | None:
        best, cheapest = (cells[cell.row.cell] for cell in (front.on[-1], front.on[0]))
        return None if best is cheapest else evidence.items.lift(best, cheapest)

    tables = [
        Table(
            _overview_columns(COSTS[name]),
            [_overview_row(front, labels[front.problem], gap(front)) for front in inside],
            name="overview",
            title=COSTS[name].title,
        )
        for name, inside in first.items()
    ]
    missing = [cost.title for name, cost in COSTS.items() if name not in first]
    note = f"No record has this cost: {', '.join(missing)}." if missing else ""
    return Section("The best and the cheapest cell, by the first problem of each task", note, tables)


def _overview_columns(cost: Cost) -> list[Column]:
    return [
        Column("cost"),
        Column("task", subject="task"),
        LABEL,
        Column("machine", "machine", "hardware class and parallel trials"),
        Column("best", "best", "the cell with the highest mean score"),
        Column("best_score", "score", format="number", margin="best_margin"),
        cost_column("best_cost", "cost", cost),
        Column("cheapest", cost.first, "the cell at the other end of the front"),
        Column("cheapest_score", "its score", format="number", margin="cheapest_margin"),
        cost_column("cheapest_cost", "its cost", cost),
        Column(
            "gap", "gap", "score of the best minus that of the other; the best was chosen by the same scores",
            format="signed", low="gap_low", high="gap_high", better="higher",
        ),
        Column("decided", "decided", "the 0.95 interval of the gap excludes zero", format="yesno"),
        Column("n", "seeds", "seeds of the best cell", format="count"),
        Column("cells", "cells", "cells with this cost", format="count"),
        Column("unpriced", "without", "cells with a score and without this cost", format="count"),
        Column("elsewhere", "elsewhere", "cells with this cost on another machine", format="count"),
        Column("highest", "highest of all", "the cell with the highest mean, where it is without or elsewhere"),
    ]  # fmt: skip


def _overview_row(front: Front, label: str, gap: Interval | None) -> dict[str, Any]:
    best, cheapest = front.on[-1], front.on[0]
    low, high = ends_of(gap)
    return {
        **attributes(front, "unpriced", "elsewhere"),
        "cost": front.cost.name,
        "task": front.problem.task,
        "problem": label,
        "machine": machine_label(front.machine) or None,
        **_end("best", best),
        **_end("cheapest", cheapest),
        "gap": None if best is cheapest else (best.row.score or 0.0) - (cheapest.row.score or 0.0),
        "gap_low": low,
        "gap_high": high,
        "decided": gap and gap.low > 0,
        "n": best.row.n,
        "cells": len(front.cells),
        "highest": cell_label(front.highest) if front.highest else None,
    }


def _end(name: str, cell: Priced) -> dict[str, Any]:
    row = cell.row
    figures = {"score": row.score, "margin": row.score_margin, "cost": cell.cost}
    return {name: cell_label(row), **{f"{name}_{figure}": value for figure, value in figures.items()}}


def spread_section(evidence: Evidence) -> Section:
    """The ratio of the largest value of each measured cost to the smallest, between the seeds of one cell."""
    titles = {cost.meter: cost.title for cost in COSTS.values()}
    rows = [
        {
            "cost": titles[meter],
            "meter": meter,
            "hardware": machine[0],
            "workers": machine[1],
            "machine": machine_label(machine) or None,
            **vars(spread),
        }
        for (meter, machine), spread in spreads(evidence.whole, evidence.store).items()
    ]
    note = "Seeds of one cell do the same work. Costs of two cells that differ by less than the median ratio are ties."
    empty = "No cell has two seeds with a measured cost."
    return Section("Ratio of measured costs between seeds", note, [Table(SPREADS, rows, "spreads", empty=empty)])


def cost_column(name: str, title: str, cost: Cost) -> Column:
    """A column of values of a cost."""
    engineering = cost.format == "engineering"
    unit, digits = (cost.symbol, None) if engineering else (cost.unit, 1 if cost.unit == "s" else 3)
    return Column(name, title, unit=unit, format=cost.format, digits=digits)


def cell_label(row: BoardRow) -> str:
    """A cell within its problem: `cnn-tiny, simclr on digits-unlabelled`."""
    return f"{row.cell.model}{' (control)' * row.control}, {row.cell.arm_label}"


def score_text(row: BoardRow) -> str:
    """A score with half of its interval, in a sentence."""
    margin = "" if row.score_margin is None else f" ± {row.score_margin:.3f}"
    return f"{row.score:.3f}{margin}"
