"""What quality costs, in the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.analysis.pareto import COSTS, Front, Priced
from harness.analysis.table import FACET
from harness.report.output import emit_rows, plain, table, wrapped
from harness.report.words import arm_of, count, metric, problem

LEGEND = (
    "on the front: no other cell has a higher mean score at no more cost, nor the same at less; ±: half the 0.95 "
    "interval for new seeds and new test items; surely beaten: another cell that costs no more has an interval wholly "
    "above; what is neither cannot be told from the front"
)
COLUMNS = [
    *FACET, "hardware", "workers", "id", "model", "objective", "corpus", "fraction", "corruption", "control", "metric",
    "score", "score_low", "score_high", "cost", "value", "unit", "front", "surely_dominated",
]  # fmt: skip
PREFIXES = ("", "k", "M", "G", "T", "P", "E")
PREFIXED = {"memory": "B", "flops": "FLOP", "parameters": ""}
"""Costs in large numbers, and what is counted."""


def pareto_table(found: Sequence[Front], cost: str, form: str = "table", title: str = "") -> None:
    """The cells on each front, the cheapest first; as data all cells."""
    if form != "table":
        emit_rows([_row(front, cell) for front in found for cell in front.cells], form, columns=COLUMNS)
        return
    paid = COSTS[cost]
    if not found:
        print(f"{plain(title)}: no cell with a score has a figure of its {paid.title}")
        return
    print(wrapped(LEGEND))
    for front in found:
        print()
        where = f", on {front.machine[0]}, {front.machine[1]} trials at once" if front.machine else ""
        name = f"{title}: {problem(front.facet)} over {paid.title}{where}"
        unit = f" ({paid.unit})" if paid.unit and cost not in PREFIXED else ""
        columns = [f"{paid.title}{unit}", _metric(front), "model", "pretraining"]
        table([_shown(cost, cell) for cell in front.cells if cell.front], columns, name, columns[:1])
        print(rest(front))


def _row(front: Front, cell: Priced) -> dict[str, Any]:
    figures = {
        "cost": front.cost,
        "value": cell.cost,
        "unit": COSTS[front.cost].unit,
        "front": cell.front,
        "surely_dominated": cell.surely_dominated,
    }
    return {**cell.row, **figures}


def _metric(front: Front) -> str:
    return metric(next((cell.row["metric"] for cell in front.cells if cell.row["metric"]), None))


def _shown(cost: str, cell: Priced) -> list[str]:
    row = cell.row
    control = " (control)" if row["control"] else ""
    figure = priced(cost, cell.cost) if cost in PREFIXED else amount(cell.cost)
    return [figure, f"{row['score']:.3f} {margin(row)}".rstrip(), f"{plain(row['model'])}{control}", plain(arm_of(row))]


def margin(row: Mapping[str, Any]) -> str:
    """What stands beside a cell's score; nothing where no interval is known."""
    if row["n"] == 1:
        return "of one seed"
    return "" if row["score_margin"] is None else f"± {row['score_margin']:.3f}"


def amount(cost: float) -> str:
    """A cost in figures that a reader takes in: with thousands, or to three digits."""
    if cost >= 1e9:
        return f"{cost:.3g}"
    return f"{cost:,.0f}" if cost >= 1000 or cost == int(cost) else f"{cost:.3g}"


def priced(cost: str, value: float) -> str:
    """A cost with its unit; large numbers of bytes, FLOPs and parameters with a prefix."""
    if cost not in PREFIXED:
        return f"{amount(value)} {COSTS[cost].unit}"
    digits, _, power = f"{value:.2e}".partition("e")
    place = min(max(int(power) // 3, 0), len(PREFIXES) - 1)
    number = f"{float(digits) * 10 ** (int(power) - 3 * place):.3g}"
    unit = f"{PREFIXES[place]}{PREFIXED[cost]}" if value else ""
    return f"{number} {unit}".strip()


def rest(front: Front) -> str:
    """In words, how many cells are not on the front, and how sure that is."""
    off = [cell for cell in front.cells if not cell.front]
    surely = sum(cell.surely_dominated for cell in off)
    told = f"{surely} surely beaten, {len(off) - surely} not to be told from the front"
    lacking = f"; {count(front.unpriced, 'cell')} without a figure of this cost" if front.unpriced else ""
    return (f"of {count(len(off), 'other cell')} {told}" if off else "no other cell") + lacking
