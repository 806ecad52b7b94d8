"""What quality costs: the cells of a problem that no other beats in both, and those that surely are beaten.

A cell is on the front when none has a higher mean score at no more cost, nor as high a score at less. Means are noisy,
so a cell off the front may only look beaten: it is *surely dominated* where some cell that costs no more has an
interval that lies wholly above its own. The rest cannot be told from the front. Intervals are each cell's own, not
those of differences, and so careful: cells share seeds and test items.

Costs that a clock, an allocator or a meter measured are compared within one hardware class at one worker count; where a
problem was run on several, each has its own front. Objectives that see labels are left out: they pay in another coin.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.catalog.schemas import SCRATCH, UNTRAINED
from harness.findings.spread import Machine, Spread, Spreads
from harness.findings.table import FACET, by_facet

Row = Mapping[str, Any]
Array = npt.NDArray[np.float64]
PASSES = 3
"""A step costs a forward pass, and backward twice as much (Kaplan 2020, 2001.08361)."""


def pretraining_flops(row: Row) -> float | None:
    """FLOPs of a pretraining: 3 x those of an example forward x steps x batch; 0 for scratch, None where not known.

    A lower bound: it counts one pass of the encoder an example, forward and backward. Decoders, projectors and
    discriminators, a momentum encoder's pass and second views come on top, and what was pretrained elsewhere is not
    known.
    """
    if row["objective"] == SCRATCH:
        return 0.0
    parts = [row.get(name) for name in ("pretrain_flops", "pretrain_steps", "pretrain_batch")]
    if row["objective"] in UNTRAINED or any(part is None for part in parts):
        return None
    example, steps, batch = (float(part) for part in parts if part is not None)
    return PASSES * example * steps * batch


def _seconds(row: Row) -> float | None:
    """From scratch there is nothing to wait for."""
    return 0.0 if row["objective"] == SCRATCH else _column("pretrain_s")(row)


def _column(name: str) -> Callable[[Row], float | None]:
    def read(row: Row) -> float | None:
        value = row.get(name)
        return None if value is None else float(value)

    return read


@dataclass(frozen=True)
class Cost:
    """What is paid: its title and unit, the leaderboard's column of the meter that it depends on (None where it is the
    same on every machine), and whether less of it is better."""

    title: str
    unit: str
    meter: str | None
    of: Callable[[Row], float | None]
    lower_is_better: bool = True


COSTS = {
    "latency": Cost("latency of one example", "ms", "latency_ms", _column("latency_ms")),
    "throughput": Cost(
        "throughput of pretraining", "examples/s", "pretrain_examples_per_s", _column("pretrain_examples_per_s"), False
    ),
    "memory": Cost("peak memory of the adaptation", "bytes", "peak_memory_bytes", _column("peak_memory_bytes")),
    "energy": Cost("energy of the adaptation", "J", "energy_j", _column("energy_j")),
    "time": Cost("time of pretraining", "s", "pretrain_s", _seconds),
    "parameters": Cost("parameters", "", None, _column("parameters")),
    "flops": Cost("FLOPs of pretraining, at least", "", None, pretraining_flops),
}
"""By the name that the command knows."""


@dataclass(frozen=True)
class Priced:
    """A cell's row with its cost and where it stands."""

    row: Row
    cost: float
    front: bool
    surely_dominated: bool


@dataclass(frozen=True)
class Front:
    """The cells of one facet, of a measured cost also of one machine, the cheapest first."""

    facet: Mapping[str, Any]
    cost: str
    """A name in COSTS."""
    machine: Machine | None
    """Hardware class and trials at once; None where the cost does not depend on it."""
    cells: list[Priced]
    unpriced: int
    """How many cells of the facet have a score and no such cost, on any machine."""
    elsewhere: int
    """How many have it on another machine."""
    highest: Row | None
    """The cell of the facet with the highest mean, where that is higher than those of all `cells`."""
    spread: Spread | None
    """By how much seeds differ in the cost on this machine, where that is known."""


def fronts(rows: Sequence[Row], cost: str, spreads: Spreads | None = None) -> list[Front]:
    """The fronts of score against a cost, fine-tuning first, then in the rows' order; `spreads` is by meter and
    machine.

    Raises:
        KeyError: for a cost that is not in COSTS.
    """
    paid = COSTS[cost]
    facets = by_facet(row for row in rows if row["score"] is not None and not row["labelled"])
    found = []
    for facet, inside in sorted(facets.items(), key=lambda item: item[1][0]["protocol"] != "finetune"):
        machines: dict[Machine | None, list[tuple[Row, float]]] = {}
        for row in inside:
            value = paid.of(row)
            if value is not None:
                machines.setdefault(machine_of(row, cost), []).append((row, value))
        named = dict(zip(FACET, facet, strict=True))
        priced = sum(map(len, machines.values()))
        highest = max(inside, key=lambda row: row["score"])
        found += [
            Front(
                facet=named,
                cost=cost,
                machine=where,
                cells=_priced(each, paid),
                unpriced=len(inside) - priced,
                elsewhere=priced - len(each),
                highest=highest if all(row["score"] < highest["score"] for row, _ in each) else None,
                spread=(spreads or {}).get((paid.meter, where)) if paid.meter and where else None,
            )
            for where, each in machines.items()
        ]
    return found


def machine_of(row: Row, cost: str) -> Machine | None:
    """What a row's cost may be compared within; None where it does not depend on the machine."""
    return (row["hardware"], row["workers"]) if COSTS[cost].meter else None


def _priced(inside: Sequence[tuple[Row, float]], paid: Cost) -> list[Priced]:
    sign = 1.0 if paid.lower_is_better else -1.0
    costs = sign * np.array([cost for _, cost in inside])
    scores = np.array([row["score"] for row, _ in inside], dtype=np.float64)
    low, high = (
        np.array([end if row[name] is None else row[name] for row, _ in inside], dtype=np.float64)
        for name, end in (("score_low", -np.inf), ("score_high", np.inf))
    )
    front, surely = on_front(costs, scores), surely_dominated(costs, low, high)
    order = np.lexsort((-scores, costs))
    return [Priced(inside[at][0], inside[at][1], bool(front[at]), bool(surely[at])) for at in order]


def on_front(costs: Array, scores: Array) -> npt.NDArray[np.bool_]:
    """bool (cells,): whom none beats, of costs (cells,), less is better, and scores (cells,), more is better; equals
    are both on it. O(n log n)."""
    order = np.lexsort((-scores, costs))
    sorted_costs, sorted_scores = costs[order], scores[order]
    best = np.maximum.accumulate(sorted_scores)
    first = np.searchsorted(sorted_costs, sorted_costs, side="left")
    cheaper = np.concatenate([[-np.inf], best])[first]
    found = np.zeros(len(costs), dtype=bool)
    found[order] = (sorted_scores == sorted_scores[first]) & (sorted_scores > cheaper)
    return found


def surely_dominated(costs: Array, low: Array, high: Array) -> npt.NDArray[np.bool_]:
    """bool (cells,): whose interval lies below that of another cell that costs no more; an end that is not known is
    infinite. O(n log n)."""
    order = np.argsort(costs, kind="stable")
    sorted_costs = costs[order]
    best = np.maximum.accumulate(low[order])
    last = np.searchsorted(sorted_costs, sorted_costs, side="right") - 1
    found = np.zeros(len(costs), dtype=bool)
    found[order] = best[last] > high[order]
    return found
