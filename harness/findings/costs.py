"""The costs of a cell, and the front of score against cost: the cells that no other cell beats in both.

A cell is on the front when none has a higher mean score at no more cost, nor the same score at less. Means are noisy:
a cell off the front is *surely dominated* only where a cell that costs no more has an interval wholly above its own.
All others are undecided. The intervals are those of the cells, not of differences, and so conservative.

Costs that a clock, an allocator or a meter measures are compared within one hardware class and worker count: a problem
that ran on several machines has a front on each. Objectives that see labels are excluded: they pay for labels, too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.cells import Problem
from harness.findings.base import Format
from harness.findings.board_rows import BoardRow, rows_by_problem
from harness.findings.cell_records import Machine
from harness.printable import count
from harness.stats.pareto import on_front, surely_dominated

PASSES = 3
"""A step costs a forward pass, and backward twice as much (Kaplan 2020, 2001.08361)."""


def pretraining_flops(row: BoardRow) -> float | None:
    """FLOPs of a pretraining: 3 x those of an example forward x steps x batch; 0 for scratch, None if unknown.

    A lower bound: it counts one forward and backward pass of the encoder an example. Decoders, discriminators, momentum
    encoders and second views are not counted. The FLOPs of published weights are unknown.
    """
    arm = row.cell.arm
    if arm.scratch:
        return 0.0
    if not arm.trained or row.pretrain_flops is None:
        return None
    return PASSES * float(row.pretrain_flops) * arm.steps * arm.batch


def _pretraining_time(row: BoardRow) -> float | None:
    return 0.0 if row.cell.arm.scratch else row.pretrain_s


@dataclass(frozen=True)
class Cost:
    """A kind of cost: `of` a row of the board, None where it is unknown."""

    name: str
    title: str
    unit: str
    meter: str | None
    """The board's column that it is measured by; None where it is the same on every machine."""
    of: Callable[[BoardRow], float | None]
    lower_is_better: bool = True
    format: Format = "engineering"
    symbol: str = ""
    """The unit after a prefix (k, M, G)."""

    @property
    def first(self) -> str:
        """The word for the cell that costs least."""
        return "cheapest" if self.lower_is_better else "fastest"

    @property
    def measured(self) -> bool:
        """Whether it depends on the machine."""
        return self.meter is not None


COSTS = {
    cost.name: cost
    for cost in (
        Cost("flops", "FLOPs of pretraining, at least", "", None, pretraining_flops, symbol="FLOP"),
        Cost("time", "time of pretraining", "s", "pretrain_s", _pretraining_time, format="number"),
        Cost("latency", "latency of one example", "ms", "latency_ms", lambda row: row.latency_ms, format="number"),
        Cost(
            "throughput", "throughput of pretraining", "examples/s", "pretrain_examples_per_s",
            lambda row: row.pretrain_examples_per_s, lower_is_better=False, symbol="examples/s",
        ),
        Cost(
            "memory", "peak memory of the adaptation", "bytes", "peak_memory_bytes", lambda row: row.peak_memory_bytes,
            symbol="B",
        ),
        Cost("energy", "energy of the adaptation", "J", "energy_j", lambda row: row.energy_j, symbol="J"),
        Cost("parameters", "parameters", "", None, lambda row: row.parameters),
    )
}  # fmt: skip
"""By name: the costs of the pretraining itself first."""


@dataclass(frozen=True)
class Priced:
    """A cell with its cost."""

    row: BoardRow
    cost: float
    front: bool
    surely_dominated: bool


@dataclass(frozen=True)
class Front:
    """The cells of one problem with a cost, the cheapest first; of a measured cost those of one machine."""

    problem: Problem
    cost: Cost
    machine: Machine | None
    """None where the cost does not depend on it."""
    cells: Sequence[Priced]
    unpriced: int
    """The cells of the problem with a score and without this cost."""
    elsewhere: int
    """The cells with this cost on another machine."""
    highest: BoardRow | None
    """The cell of the problem with the highest mean, where that is higher than all of `cells`."""

    @property
    def on(self) -> list[Priced]:
        """The cells on the front, from the cheapest to the best."""
        return [cell for cell in self.cells if cell.front]


def fronts(rows: Iterable[BoardRow], cost: Cost) -> list[Front]:
    """The fronts of score against a cost, problem by problem in the rows' order."""
    result = []
    for problem, inside in rows_by_problem(row for row in rows if row.score is not None and not row.labelled).items():
        machines: dict[Machine | None, list[tuple[BoardRow, float]]] = {}
        for row in inside:
            value = cost.of(row)
            if value is not None:
                machines.setdefault(row.machine if cost.measured else None, []).append((row, float(value)))
        priced = sum(map(len, machines.values()))
        highest = max(inside, key=_score)
        result += [
            Front(
                problem=problem,
                cost=cost,
                machine=machine,
                cells=_priced(each, cost.lower_is_better),
                unpriced=len(inside) - priced,
                elsewhere=priced - len(each),
                highest=highest if all(_score(row) < _score(highest) for row, _ in each) else None,
            )
            for machine, each in machines.items()
        ]
    return result


def _score(row: BoardRow) -> float:
    return -np.inf if row.score is None else row.score


def _priced(inside: Sequence[tuple[BoardRow, float]], lower_is_better: bool) -> list[Priced]:
    sign = 1.0 if lower_is_better else -1.0
    costs = sign * np.array([value for _, value in inside])
    scores = np.array([row.score for row, _ in inside], dtype=np.float64)
    low = np.array([-np.inf if row.score_low is None else row.score_low for row, _ in inside], dtype=np.float64)
    high = np.array([np.inf if row.score_high is None else row.score_high for row, _ in inside], dtype=np.float64)
    front, surely = on_front(costs, scores), surely_dominated(costs, low, high)
    order = np.lexsort((-scores, costs))
    cells = [
        Priced(row, cost, bool(on), bool(sure)) for (row, cost), on, sure in zip(inside, front, surely, strict=True)
    ]
    return [cells[at] for at in order]


def machine_label(machine: Machine | None) -> str:
    """`NVIDIA H200, 8 workers`; empty for no machine or an unknown one."""
    if machine is None or machine[0] is None:
        return ""
    hardware, workers = machine
    return f"{hardware}, {count(int(workers), 'worker')}" if workers else str(hardware)
