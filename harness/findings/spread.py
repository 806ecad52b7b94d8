"""By how much a meter differs between the seeds of one cell: what is less than that tells no two cells apart.

Seeds do the same work, so that what their meters differ in is the machine's: other work beside, heat, the clock. It is
the ratio of a cell's largest figure to its smallest, over all cells that one machine measured at two seeds or more.
What a pretraining costs is the pretraining's, which counts once however many cells share it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SCRATCH
from harness.findings.cell_records import Counted, machine, made_on

if TYPE_CHECKING:
    from harness.store import Store
    from harness.store.record import Record

Machine = tuple[str | None, Any]
"""Hardware class and trials at once."""
OF_ADAPTATION = ("latency_ms", "peak_memory_bytes", "energy_j")
OF_PRETRAINING = {"pretrain_s": "train_s", "pretrain_examples_per_s": "examples_per_s"}
"""The leaderboard's columns that meter the pretraining, and the meters of its record."""


@dataclass(frozen=True)
class Spread:
    """The ratios of the largest figure to the smallest between seeds: never below 1."""

    middle: float
    """The median over cells; of what meters the pretraining, over pretrainings."""
    most: float
    cells: int
    """How many have two seeds or more."""


Spreads = Mapping[tuple[str, Machine], Spread]
"""By the leaderboard's column and the machine."""


def spreads(found: Iterable[Counted], store: "Store") -> Spreads:
    """The spread of each measured cost on each machine, of the meters that the leaderboard shows the medians of."""
    ratios: dict[tuple[str, Machine], list[float]] = defaultdict(list)
    seen = set()
    for each in found:
        if not each.latest:
            continue
        where = machine(store, max(each.latest.values(), key=lambda record: record.started))
        for name in OF_ADAPTATION:
            ratios[name, where] += _ratio(each.latest, name)
        made = (where, *(record.key for record in each.parents.values()))
        if each.cell["pretraining"]["objective"] == SCRATCH or made in seen:
            continue
        seen.add(made)
        parents = made_on(store, each.parents, where)
        for name, meter in OF_PRETRAINING.items():
            ratios[name, where] += _ratio(parents, meter)
    return {(name, where): Spread(median(r), max(r), len(r)) for (name, where), r in ratios.items() if r}


def _ratio(records: Mapping[int, "Record"], meter: str) -> list[float]:
    """The largest figure over the smallest; nothing where there are not two above zero."""
    values = [value for record in records.values() if (value := record.meters.get(meter))]
    return [max(values) / min(values)] if len(values) > 1 else []
