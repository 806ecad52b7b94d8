"""How much a meter differs between the seeds of one cell.

Seeds do the same work, so their meters differ by the machine's noise alone: other load, heat, the clock. A difference
between two cells below that noise is a tie.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from harness.findings.cell_records import CellRecords, Machine, machine_of, records_on

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

OF_ADAPTATION = ("latency_ms", "peak_memory_bytes", "energy_j")
"""Columns of the board that are meters of the adaptation."""
OF_PRETRAINING = {"pretrain_s": "train_s", "pretrain_examples_per_s": "examples_per_s"}
"""Columns of the board that are meters of the pretraining, and the meters of its record."""


@dataclass(frozen=True)
class Spread:
    """Ratios of the largest value of a meter to the smallest between the seeds of one cell: never below 1."""

    median: float
    """Over cells; of a meter of the pretraining, over pretrainings."""
    largest: float
    cells: int
    """The cells or pretrainings with two seeds or more."""


Spreads = Mapping[tuple[str, Machine], Spread]
"""By the board's column and the machine."""


def spreads(cells: Iterable[CellRecords], store: "Store") -> Spreads:
    """The spread of each measured cost on each machine, of the records that the board shows the medians of.

    A pretraining counts once, however many cells share it.
    """
    ratios: dict[tuple[str, Machine], list[float]] = defaultdict(list)
    counted = set()
    for each in cells:
        if not each.latest:
            continue
        machine = machine_of(store, max(each.latest.values(), key=lambda record: record.started))
        for name in OF_ADAPTATION:
            ratios[name, machine] += _ratio(each.latest, name)
        pretraining = (machine, *(record.key for record in each.parents.values()))
        if each.cell.arm.scratch or pretraining in counted:
            continue
        counted.add(pretraining)
        parents = records_on(store, each.parents, machine)
        for name, meter in OF_PRETRAINING.items():
            ratios[name, machine] += _ratio(parents, meter)
    return {name: Spread(median(inside), max(inside), len(inside)) for name, inside in ratios.items() if inside}


def _ratio(records: Mapping[int, "Record"], meter: str) -> list[float]:
    """The largest value over the smallest; empty with fewer than two values above zero."""
    values = [value for record in records.values() if (value := record.meters.get(meter))]
    return [max(values) / min(values)] if len(values) > 1 else []
