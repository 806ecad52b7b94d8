"""Meters from night to night: what ran faster or slower, and whether that is more than nights differ anyway.

A series is one meter of one kind of work on one machine. Each of its nights is linked with the latest night before it
that ran at least three of the same cells: over those cells, d is the mean log ratio of their mean log meters, exp(d)
the ratio, and the links make a chained index of matched items. Beside a ratio stands its 0.95 t interval over cells:
what these two nights tell, and no more.

A machine differs from itself from night to night (neighbours, heat, drivers), and then in all cells at once, which no
spread over cells shows. So a link is held against the other links of its series, as on a chart of individuals and
moving ranges (Wheeler & Chambers 1992), by the generalised extreme Studentised deviate (Rosner 1983): from the largest
on

    |d| / s > t(1 - alpha / 2m; k - 1),    s^2 = the mean square of the k links that are smaller,  m = k + 1

and all down to the last that exceeds its bound are called. Neighbouring links share a night, so that k of them are
worth fewer: with k - 1 degrees of freedom a series in which nothing changes errs once in twenty or less (simulated from
5 to 100 nights; see the tests). With fewer than four links, each a ratio, there is too little to say.

Assumed: nights are independent, in logs about normal and alike, and at most half of the links hold a change. Where
single nights are far off more often than a normal distribution has it, more is called; so what came back the night
after is called one night, and what nobody has seen again is called the newest night, and neither a step.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from harness.findings.cell_records import OK, Cell
from harness.findings.nights import Made, Night
from harness.stats.intervals import LEVEL

METERS = ("examples_per_s", "train_s", "latency_ms", "peak_memory_bytes", "energy_j")
"""The time of a step is not among them: it is the batch over the throughput."""
WORK = ("pretrain", "finetune", "linear", "knn")
SHARED = 3
"""Fewer cells than these make no link."""
FEWEST = 4
"""Links of a series below which none is called."""
ALPHA = 0.05
MOVED = 6
"""So many cells are named that moved otherwise than the rest."""
STEP, SPIKE, NEWEST, UNDECIDED, FEW = "step", "one night", "newest night", "undecided", "too few ratios"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
    moved: Sequence[tuple[Cell, float]]
    """The cells whose log ratio is farthest from the mean, with it."""
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
    """The chained log index of each night: 0 at the first of those that are linked with one another."""


@dataclass(frozen=True)
class _Measured:
    """A column each: the cell, the night, the kind of work and the meters of trials on one machine."""

    cell: Ints
    night: Ints
    work: Ints
    meters: Floats
    """(trials, meters), NaN where there is none."""


def series_of(nights: Sequence[Night], made: Sequence[Made]) -> list[Series]:
    """The series in which two nights have cells in common."""
    found: list[Series] = []
    machines, cells = _measured(nights, made)
    for (hardware, workers), measured in machines.items():
        for work in np.unique(measured.work):
            for column, meter in enumerate(METERS):
                own = (measured.work == work) & (measured.meters[:, column] > 0)
                values = np.log(measured.meters[own, column])
                links = _links(*_means(measured.cell[own], measured.night[own], values), cells)
                if links:
                    at_once = None if workers is None else int(workers)
                    found.append(Series(meter, WORK[work], hardware, at_once, judged(links), _level(links)))
    return found


def _measured(nights: Sequence[Night], made: Sequence[Made]) -> tuple[dict[Any, _Measured], list[Cell]]:
    """What trials that ended well measured, by machine; and the cells, tuning rates apart."""
    numbers: dict[Any, int] = {}
    cells: list[Cell] = []
    rows: dict[Any, list[tuple[float, ...]]] = {}
    for record, night, place, cell in made:
        if record.status == OK:
            meters = record.meters
            name = (place, cell.get("rate"))
            if name not in numbers:
                numbers[name] = len(numbers)
                cells.append(cell)
            work = WORK.index(cell.get("protocol", "pretrain"))
            figures = [meters.get(meter) for meter in METERS]
            machine = (nights[night].hardware, meters.get("workers"))
            rows.setdefault(machine, []).append((numbers[name], night, work, *(x or math.nan for x in figures)))
    found = {}
    for machine, inside in rows.items():
        table = np.array(inside, dtype=np.float64)
        names = table[:, :3].astype(np.int64)
        found[machine] = _Measured(names[:, 0], names[:, 1], names[:, 2], table[:, 3:])
    return found, cells


def _means(cell: Ints, night: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    """The mean of each cell in each night, the cells of a night in order."""
    places, where = np.unique(np.stack([night, cell], axis=1), axis=0, return_inverse=True)
    where = where.ravel()
    return places[:, 1], places[:, 0], np.bincount(where, values) / np.bincount(where)


def _links(cell: Ints, night: Ints, values: Floats, cells: Sequence[Cell]) -> list[Link]:
    """Each night with the latest before it that has enough cells in common."""
    within = [(number, cell[night == number], values[night == number]) for number in np.unique(night)]
    found = []
    for at, (number, own, now) in enumerate(within):
        for earlier, theirs, before in reversed(within[:at]):
            shared, here, there = np.intersect1d(own, theirs, assume_unique=True, return_indices=True)
            if len(shared) >= SHARED:
                ratios = now[here] - before[there]
                found.append(_link(int(earlier), int(number), ratios, [cells[each] for each in shared]))
                break
    return found


def _link(first: int, other: int, ratios: Floats, cells: Sequence[Cell]) -> Link:
    mean, count = float(ratios.mean()), len(ratios)
    quantile = float(special.stdtrit(count - 1, (1 + LEVEL) / 2))
    margin = quantile * float(ratios.std(ddof=1)) / math.sqrt(count)
    far = np.argsort(-np.abs(ratios - mean), kind="stable")[:MOVED]
    moved = sorted(((cells[each], float(ratios[each])) for each in far), key=lambda pair: pair[1])
    return Link(first, other, count, mean, mean - margin, mean + margin, moved)


def _level(links: Sequence[Link]) -> dict[int, float]:
    level: dict[int, float] = {}
    for link in links:
        level[link.other] = level.setdefault(link.first, 0.0) + link.change
    return dict(sorted(level.items()))


def judged(links: Sequence[Link]) -> list[Link]:
    """The links with what can be said of each."""
    if len(links) < FEWEST:
        return list(links)
    off = outlying(np.array([link.change for link in links]))
    return [replace(link, verdict=_verdict(links, off, at)) for at, link in enumerate(links)]


def outlying(changes: Floats) -> npt.NDArray[np.bool_]:
    """Which changes are larger than the others of their series let expect; at most half."""
    order = np.argsort(-np.abs(changes), kind="stable")
    squares = changes[order] ** 2
    called = 0
    for at in range(len(changes) // 2):
        rest = squares[at + 1 :]
        if len(rest) < FEWEST - 1:
            break
        bound = float(special.stdtrit(len(rest) - 1, 1 - ALPHA / 2 / (len(rest) + 1)))
        if squares[at] > bound**2 * rest.mean():
            called = at + 1
    found = np.zeros(len(changes), dtype=bool)
    found[order[:called]] = True
    return found


def _verdict(links: Sequence[Link], off: npt.NDArray[np.bool_], at: int) -> str:
    if not off[at]:
        return UNDECIDED
    if any(_returned(links, off, one) for one in (at - 1, at)):
        return SPIKE
    return NEWEST if links[at].other == links[-1].other else STEP


def _returned(links: Sequence[Link], off: npt.NDArray[np.bool_], at: int) -> bool:
    """Whether what a night changed was changed back, by half or more, the night after."""
    if at < 0 or at + 1 >= len(links) or not (off[at] and off[at + 1]):
        return False
    left = links[at].change + links[at + 1].change
    return links[at].change * links[at + 1].change < 0 and abs(left) < abs(links[at].change) / 2
