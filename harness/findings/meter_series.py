"""Meters from night to night: whether trials ran faster or slower, and whether that exceeds the usual variation.

A series is one meter of one kind of work on one machine: a chained index over the cells that nights share
(`harness.stats.chained_index`). A machine varies from night to night (load, heat, drivers), and then in all cells at
once, which the spread over cells does not show. So a ratio is compared with the other ratios of its series, as on a
chart of individuals and moving ranges (Wheeler & Chambers 1992), by `harness.stats.outliers`. With fewer than four
ratios there is no verdict.

A change that is reversed the night after is a change for one night; one in the newest night awaits a second night; any
other is a step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.cells import Cell, Coordinates
from harness.findings.cell_records import OK, Machine
from harness.findings.nights import Night, NightRecord
from harness.stats.chained_index import Ratio, chained_ratios, levels
from harness.stats.outliers import FEWEST, outliers

METERS = ("examples_per_s", "train_s", "latency_ms", "peak_memory_bytes", "energy_j")
"""Without the time of a step: it is the batch over the throughput."""
WORK = ("pretrain", "finetune", "linear", "knn")
STEP, SPIKE, NEWEST, UNDECIDED, FEW = "step", "one night", "newest night", "undecided", "too few ratios"
CHANGED = (STEP, SPIKE, NEWEST)
"""The verdicts of a change that exceeds the usual variation."""

Moved = tuple[Coordinates, float]
"""A cell and its log ratio."""


@dataclass(frozen=True)
class Link:
    """A night against an earlier one, over the cells that both ran."""

    first: int
    other: int
    """The numbers of the nights."""
    cells: int
    change: float
    """The mean log ratio."""
    low: float
    high: float
    """Its interval over cells."""
    lowest: Moved | None = None
    highest: Moved | None = None
    verdict: str = FEW


@dataclass(frozen=True)
class Series:
    """A meter of one kind of work on one machine."""

    meter: str
    work: str
    """`pretrain`, or the protocol of adaptations."""
    hardware: str | None
    workers: int | None
    links: Sequence[Link]
    level: dict[int, float]
    """The chained log index of each night: 0 at the first of those that are linked together."""


def meter_series(nights: Sequence[Night], recorded: Sequence[NightRecord]) -> list[Series]:
    """The series in which two nights have cells in common."""
    numbers: dict[Coordinates, int] = {}
    machines: dict[Machine, dict[str, list[tuple[int, int, Mapping[str, float]]]]] = {}
    for record, night in recorded:
        if record.status == OK:
            machine = nights[night].hardware, record.meters.get("workers")
            work = record.cell.protocol if isinstance(record.cell, Cell) else "pretrain"
            measured = numbers.setdefault(record.cell, len(numbers)), night, record.meters
            machines.setdefault(machine, {}).setdefault(work, []).append(measured)
    cells = list(numbers)
    return [
        Series(meter, work, machine[0], None if machine[1] is None else int(machine[1]), judged(links),
               levels([(link.first, link.other, link.change) for link in links]))
        for machine, works in machines.items()
        for work in WORK
        for meter in METERS
        if (links := [_link(ratio, cells) for ratio in chained_ratios(_periods(works.get(work, ()), meter))])
    ]  # fmt: skip


def _periods(
    measured: Sequence[tuple[int, int, Mapping[str, float]]], meter: str
) -> dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """By night, the cells with a positive value of the meter and the mean log of each cell's values."""
    values = [(night, cell, meters[meter]) for cell, night, meters in measured if (meters.get(meter) or 0) > 0]
    if not values:
        return {}
    at = np.array([value[:2] for value in values], dtype=np.int64)
    places, where = np.unique(at, axis=0, return_inverse=True)
    where = where.ravel()
    means = np.bincount(where, np.log([value for *_, value in values])) / np.bincount(where)
    return {
        int(night): (places[places[:, 0] == night, 1], means[places[:, 0] == night]) for night in np.unique(at[:, 0])
    }


def _link(ratio: Ratio, cells: Sequence[Coordinates]) -> Link:
    lowest, highest = (
        (cells[ratio.items[at]], float(ratio.ratios[at])) for at in (ratio.ratios.argmin(), ratio.ratios.argmax())
    )
    return Link(ratio.first, ratio.other, len(ratio.items), ratio.change, ratio.low, ratio.high, lowest, highest)


def judged(links: Sequence[Link]) -> list[Link]:
    """The links of a series with their verdicts."""
    if len(links) < FEWEST:
        return list(links)
    outlying = outliers(np.array([link.change for link in links]))
    return [replace(link, verdict=_verdict(links, outlying, at)) for at, link in enumerate(links)]


def _verdict(links: Sequence[Link], outlying: npt.NDArray[np.bool_], at: int) -> str:
    if not outlying[at]:
        return UNDECIDED
    if any(_reversed(links, outlying, one) for one in (at - 1, at)):
        return SPIKE
    return NEWEST if links[at].other == links[-1].other else STEP


def _reversed(links: Sequence[Link], outlying: npt.NDArray[np.bool_], at: int) -> bool:
    """Whether half or more of a change was reversed the night after."""
    if at < 0 or at + 1 >= len(links) or not (outlying[at] and outlying[at + 1]):
        return False
    rest = links[at].change + links[at + 1].change
    return links[at].change * links[at + 1].change < 0 and abs(rest) < abs(links[at].change) / 2
