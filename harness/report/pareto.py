"""What quality costs, in the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.findings.pareto import COSTS, Front, Priced, machine_of
from harness.findings.spread import OF_PRETRAINING, Machine
from harness.findings.table import FACET
from harness.report.output import count, emit_rows, plain, table, wrapped
from harness.report.words import arm_of, metric, problem

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
ALIKE = 1.005
"""Below this factor two figures show the same digits."""


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
    for where, remark in {machine_name(front.machine): spread_of(front) for front in found}.items():
        if remark:
            print(wrapped(f"on {where}: {remark}" if where else remark))
    for front in found:
        print()
        where = machine_name(front.machine)
        name = f"{title}: {problem(front.facet)} over {paid.title}{f', on {where}' if where else ''}"
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


def machine_name(where: Machine | None) -> str | None:
    """A class of hardware and how many trials ran at once; None where either a cost or a record has none."""
    if where is None or where[0] is None:
        return None
    hardware, workers = where
    return plain(f"{hardware}, {count(int(workers), 'trial')} at once" if workers else hardware)


def rest(front: Front) -> str:
    """In words, how many cells are not on the front, how sure that is, and what could not be placed."""
    off = [cell for cell in front.cells if not cell.front]
    surely = sum(cell.surely_dominated for cell in off)
    told = f"{surely} surely beaten, {len(off) - surely} not to be told from the front"
    return "; ".join([f"of {count(len(off), 'other cell')} {told}" if off else "no other cell", *left_out(front)])


def left_out(front: Front) -> list[str]:
    """The cells that have a score and no place beside the front, how many and why."""
    groups = (
        (front.unpriced, "without a figure of this cost", False),
        (front.elsewhere, "measured on another machine", True),
    )
    return [f"{count(cells, 'cell')} {why}{_highest(front, cells, paid)}" for cells, why, paid in groups if cells]


def _highest(front: Front, cells: int, paid: bool) -> str:
    """The cell with the highest mean of all, where it is among so many that a front leaves out, `paid` for or not."""
    row = front.highest
    cost = COSTS[front.cost].of(row) if row else None
    if row is None or (cost is not None) != paid:
        return ""
    told = f", {'which has' if cells == 1 else 'among them'} the highest mean of all: {scored(row)}"
    if cost is None:
        return told
    where = machine_name(machine_of(row, front.cost))
    return f"{told}, for {priced(front.cost, cost)}{f' on {where}' if where else ''}"


def scored(row: Mapping[str, Any]) -> str:
    """A cell with its score."""
    return f"{plain(row['model'])}, {plain(arm_of(row))} ({row['score']:.3f}{f' {margin(row)}'.rstrip()})"


def spread_of(front: Front) -> str | None:
    """By how much seeds differ in a measured cost on a front's machine, and so what is no difference between cells;
    None where it is not known."""
    found = front.spread
    if found is None:
        return None
    one = "pretraining" if COSTS[front.cost].meter in OF_PRETRAINING else "cell"
    told = f"between the seeds of one {one} the {COSTS[front.cost].title}"
    if found.most < ALIKE:
        return f"{told} is the same, to {ALIKE - 1:.1%}"
    if found.cells == 1:
        return f"{told} differs by a factor of {_factor(found.most)}: between {one}s a smaller one says nothing"
    return (
        f"{told} differs by a factor of {_factor(found.middle)} in the middle of {found.cells} and of "
        f"{_factor(found.most)} at most: between {one}s a factor below the first says nothing, and one below the "
        "second may be other work on the machine"
    )


def _factor(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
