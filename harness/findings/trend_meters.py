"""The sections of meters from night to night: a figure and a table for each meter on each machine."""

import math
from collections.abc import Iterator, Sequence

from harness.cells import PROTOCOLS, Cell
from harness.findings.base import Axis, Column, Lines, Point, Row, Section
from harness.findings.meter_series import FEW, Link, Moved, Series
from harness.findings.nights import Night
from harness.findings.trend_tables import FROM, TO, between, change_table
from harness.grouping import group_by
from harness.metrics.names import METERS
from harness.printable import count
from harness.stats.outliers import FEWEST

WORK = {"pretrain": "pretraining", **PROTOCOLS}
COLUMNS = [
    Column("work", "work"),
    FROM,
    TO,
    Column("n", "cells", "number of cells that both nights ran", format="count"),
    Column("change", "ratio", "mean ratio over the cells that both nights ran", format="number", digits=2, low="low",
           high="high"),
    Column("result", "verdict"),
    Column("lowest", "lowest cell", "the cell with the lowest ratio", optional=True),
    Column("highest", "highest cell", "the cell with the highest ratio", optional=True),
]  # fmt: skip


def meter_sections(nights: Sequence[Night], series: Sequence[Series]) -> list[Section]:
    """One section for each meter on each machine."""
    groups = group_by(series, lambda each: (each.hardware, each.workers, each.meter))
    return [_section(nights, inside) for inside in groups.values()]


def _section(nights: Sequence[Night], inside: Sequence[Series]) -> Section:
    first = inside[0]
    at_once = f", {count(first.workers, 'trial')} in parallel" if first.workers else ""
    title = f"{METERS[first.meter].title} on {first.hardware or 'an unnamed machine'}{at_once}"
    links = sorted(((series, link) for series in inside for link in series.links), key=lambda pair: -pair[1].other)
    numbers = sorted({night for series in inside for night in series.level})
    figure = Lines(
        x=Axis("night, by its commit", ticks={float(number): nights[number].commit_label for number in numbers}),
        y=Axis("ratio to the first night"),
        series={name: points for series in inside for name, points in _lines(nights, series)},
        alt=f"{title}, from night to night; the table below has the same figures.",
    )
    note = "Each night against the latest earlier night with the same cells. The index starts at 1."
    return Section(title, note, [change_table([_row(nights, *pair) for pair in links], *COLUMNS)], [figure])


def _lines(nights: Sequence[Night], series: Series) -> Iterator[tuple[str, list[Point]]]:
    """A line for each set of nights that links connect."""
    roots: dict[int, int] = {}
    arrived = {link.other: link for link in series.links}
    for link in series.links:
        roots[link.other] = roots.setdefault(link.first, link.first)
    for root in sorted(set(roots.values())):
        name = WORK[series.work] + (f", from night {nights[root].label}" if len(set(roots.values())) > 1 else "")
        inside = sorted(night for night, own in roots.items() if own == root)
        yield name, [_point(nights, series, night, arrived.get(night)) for night in inside]


def _point(nights: Sequence[Night], series: Series, number: int, link: Link | None) -> Point:
    label = f"{WORK[series.work]}, night {nights[number].label}, {nights[number].day}"
    level = math.exp(series.level[number])
    if link is None:
        return Point(float(number), level, label)
    before = series.level[link.first]
    return Point(
        float(number),
        level,
        f"{label}: {link.verdict}",
        y_low=math.exp(before + link.low),
        y_high=math.exp(before + link.high),
    )


def _row(nights: Sequence[Night], series: Series, link: Link) -> Row:
    ends = between(nights, (link.first, nights[link.first].began), (link.other, nights[link.other].began))
    return ends | {
        "kind": "meter", "measure": series.meter, "protocol": series.work, "hardware": series.hardware,
        "workers": series.workers, "n": link.cells, "before": math.exp(series.level[link.first]),
        "after": math.exp(series.level[link.other]), "change": math.exp(link.change), "low": math.exp(link.low),
        "high": math.exp(link.high), "verdict": link.verdict, "work": WORK[series.work],
        "result": _result(nights, series, link), "lowest": _moved(link.lowest), "highest": _moved(link.highest),
    }  # fmt: skip


def _result(nights: Sequence[Night], series: Series, link: Link) -> str:
    """The verdict, and whether both nights have one environment, so that no commit is the cause."""
    verdict = f"{FEW}: {len(series.links)} of {FEWEST}" if link.verdict == FEW else link.verdict
    same = nights[link.first].environment == nights[link.other].environment
    return verdict + (", same commit and packages" if same else "")


def _moved(moved: Moved | None) -> str:
    if moved is None:
        return ""
    cell, change = moved
    if not isinstance(cell, Cell):
        return f"×{math.exp(change):.2f} {cell.label}"
    rate = "" if cell.rate is None else f" · rate {cell.rate:g}"
    return f"×{math.exp(change):.2f} {cell.model} · {cell.arm_label} · {cell.task}{rate}"
