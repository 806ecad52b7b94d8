"""The sections of quality from variant to variant: an overview, and for each problem a figure and a table."""

from collections import Counter
from collections.abc import Sequence

from harness.cells import problem_labels
from harness.findings.base import Axis, Column, Lines, Point, Row, Section, Table, attributes
from harness.findings.columns import ARM, LABEL, MODEL, PROBLEM, TASK, problem_columns
from harness.findings.nights import Night
from harness.findings.trend_tables import FROM, TIME, TO, between, change_cell, change_table
from harness.findings.variants import CellVariants, Variant
from harness.grouping import group_by
from harness.metrics.names import METRICS
from harness.printable import count
from harness.stats.intervals import ends_of

MOST_LINES = 8
"""The lines of a figure: the cells that changed most."""
VERDICTS = ("higher", "lower", "undecided", "identical")
OVERVIEW = [
    LABEL,
    TASK,
    Column("cells", "cells", "cells with two variants or more", format="count"),
    *(Column(word, word, "cells by the verdict of their newest variant", format="count") for word in VERDICTS),
    *(Column(name) for name in PROBLEM if name != "task"),
]
CHANGES = [
    MODEL,
    ARM,
    FROM,
    TO,
    Column("before", "before", "score of the earlier variant", format="number"),
    Column("after", "after", "score of the later variant", format="number"),
    Column("change", "difference", "after minus before, at the seeds that both have", format="signed", low="low",
           high="high", better="higher"),
    Column("n", "seeds", "number of seeds that both have", format="count"),
    Column("verdict", "verdict"),
    Column("changed", "changed", "parts of the spec that differ"),
]  # fmt: skip


def verdict_counts(cells: Sequence[CellVariants]) -> Counter[str]:
    """The number of cells by the verdict of their newest variant; without a shared seed there is none."""
    return Counter(change.verdict for each in cells if (change := each.changes[-1]))


def overview(cells: Sequence[CellVariants]) -> list[Section]:
    """One row a problem; no section where no cell has two variants."""
    problems = group_by(cells, lambda each: each.cell.problem)
    labels = problem_labels(problems)
    rows = [
        problem_columns(problem)
        | {"problem": labels[problem], "cells": len(inside)}
        | {word: verdict_counts(inside)[word] for word in VERDICTS}
        for problem, inside in problems.items()
    ]
    return [Section("Quality by problem", tables=[Table(OVERVIEW, rows, "problems")])] if rows else []


def quality_sections(nights: Sequence[Night], cells: Sequence[CellVariants]) -> list[Section]:
    """One section for each problem."""
    problems = group_by(cells, lambda each: each.cell.problem)
    labels = problem_labels(problems)
    return [_section(nights, labels[problem], inside) for problem, inside in problems.items()]


def _section(nights: Sequence[Night], label: str, inside: Sequence[CellVariants]) -> Section:
    moved = sorted((each for each in inside if each.moved), key=lambda each: -each.largest)
    rows = [row for each in [*moved, *(each for each in inside if not each.moved)] for row in _rows(nights, each)]
    tables = [
        change_table([row for row in rows if row["verdict"] != "identical"], *CHANGES),
        change_table([row for row in rows if row["verdict"] == "identical"]),
    ]
    drawn = moved[:MOST_LINES]
    same = len(inside) - len(moved)
    note = f"{count(len(inside), 'cell')} with two variants or more; the scores of {same} are identical."
    more = f" The figure shows the {len(drawn)} cells that changed most." if len(moved) > len(drawn) else ""
    return Section(
        label,
        note + more,
        [table for table in tables if table.rows],
        [_figure(nights, label, drawn)] if drawn else [],
        f"task {inside[0].cell.task}",
    )


def _figure(nights: Sequence[Night], label: str, cells: Sequence[CellVariants]) -> Lines:
    """The scores over the nights with a variant, evenly spaced; the variants of one night are next to each other."""
    placed = [[(variant.night, at) for at, variant in _numbered(each.variants)] for each in cells]
    x = {place: float(at) for at, place in enumerate(sorted({place for own in placed for place in own}))}
    return Lines(
        x=Axis("night, by its commit", ticks={at: nights[night].commit_label for (night, _), at in x.items()}),
        y=Axis(METRICS[cells[0].metric].title),
        series={
            f"{each.cell.model} · {each.cell.arm_label}": [
                _point(nights, each, variant, x[place]) for variant, place in zip(each.variants, own, strict=True)
            ]
            for each, own in zip(cells, placed, strict=True)
        },
        alt=f"Scores of {label}, from night to night; the table below has the same figures.",
    )


def _numbered(variants: Sequence[Variant]) -> list[tuple[int, Variant]]:
    """The variants, each with its position among those of its night."""
    nights = [variant.night for variant in variants]
    return [(nights[:at].count(variant.night), variant) for at, variant in enumerate(variants)]


def _point(nights: Sequence[Night], each: CellVariants, variant: Variant, x: float) -> Point:
    low, high = ends_of(variant.interval)
    shared = sum(one.night == variant.night for one in each.variants) > 1
    time = f", {variant.began[TIME]}" if shared else ""
    return Point(
        x,
        variant.score,
        f"{each.cell.model} · {each.cell.arm_label}, night {nights[variant.night].label}{time}, "
        f"{count(len(variant.records), 'seed')}",
        y_low=low,
        y_high=high,
    )


def _rows(nights: Sequence[Night], each: CellVariants) -> list[Row]:
    rows: list[Row] = []
    for at, change in enumerate(each.changes):
        first, other = each.variants[at : at + 2]
        row = change_cell(each.cell) | between(nights, (first.night, first.began), (other.night, other.began))
        row |= {"kind": "quality", "measure": each.metric}
        row |= {"before": first.score, "after": other.score, "verdict": None, "n": None}
        if change:
            before, after = change.scores
            row |= attributes(change, "n", "low", "high", "verdict")
            row |= {"before": before, "after": after, "change": change.difference, "changed": ", ".join(change.changed)}
        rows.append(row)
    return rows
