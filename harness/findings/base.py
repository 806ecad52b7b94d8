"""What a finding returns: sections of tables and figures, as plain values that every renderer draws.

A finding is a function of the evidence. It is written once; the terminal, the site, CSV, JSON, LaTeX and the figures
for papers are made from its sections by `harness.report`, which knows no finding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
"""A row of a table: plain values by column name; None where there is none."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in data, and how people see it.

    `format` is one of
        text        words
        number      a figure; `digits` after the point, thousands separated
        signed      a difference with its sign
        count       a whole number
        percent     a share, in per cent
        engineering a large figure with a prefix (k, M, G) and `unit`
        yesno       a truth, shown where it is true: by its title
        list        several words
        picture     an image (a `data:` URI) with words: a mapping of `picture` and `text`
    `low` and `high` name the columns of an interval, shown in brackets after the figure; `margin` that of half an
    interval, shown after a ±. A column without a title is data only: it is in JSON and CSV and not shown.
    """

    name: str
    title: str = ""
    meaning: str = ""
    unit: str = ""
    format: str = "text"
    digits: int = 3
    low: str = ""
    high: str = ""
    margin: str = ""

    @property
    def shown(self) -> bool:
        return bool(self.title)

    @property
    def numeric(self) -> bool:
        """Whether it is right-aligned and sorted by value."""
        return self.format in ("number", "signed", "count", "percent", "engineering")


@dataclass(frozen=True)
class Table:
    """Rows under columns. Tables with one name are one table in data, parted for people."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    name: str = "rows"
    title: str = ""
    empty: str = ""
    """What to say where there are no rows."""


@dataclass(frozen=True)
class Point:
    """A point of a figure, with the standard error or the ends of its interval along each axis."""

    x: float
    y: float
    label: str = ""
    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """What a page's script filters by: model, objective, family."""
    named: bool = False
    """Whether its label stands beside it."""
    faint: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis: its title, whether it is logarithmic, and the names of places on it where they are not numbers."""

    title: str
    log: bool = False
    ticks: Mapping[float, str] | None = None
    unit: str = ""


@dataclass(frozen=True)
class Scatter:
    """Points by group over two axes. `references` are horizontal lines by name; `trend` draws a least-squares line
    for each group of three or more; `curve` is a line through given places; `steps` joins the points of `front`."""

    x: Axis
    y: Axis
    groups: Mapping[str, Sequence[Point]]
    alt: str
    name: str = ""
    references: Mapping[str, float] = field(default_factory=dict)
    trend: bool = False
    curve: Sequence[tuple[float, float]] = ()
    curve_steps: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines by name, each point with its interval. `zero` draws the line of no difference."""

    x: Axis
    y: Axis
    series: Mapping[str, Sequence[Point]]
    alt: str
    name: str = ""
    zero: bool = False


@dataclass(frozen=True)
class Bar:
    """A figure with its interval, under a label."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    group: str = ""


@dataclass(frozen=True)
class Forest:
    """Figures with their intervals, one a line, beside the line of no difference."""

    axis: Axis
    bars: Sequence[Bar]
    alt: str
    name: str = ""


@dataclass(frozen=True)
class Bars:
    """Figures as bars from zero, one a line."""

    axis: Axis
    bars: Sequence[Bar]
    alt: str
    name: str = ""


@dataclass(frozen=True)
class HeatMap:
    """A matrix of figures (rows, columns), None where there is none; `low` and `high` are the ends of the scale.

    `diagonal` marks the cells on the diagonal as right and all others as wrong, as in a confusion matrix.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    alt: str
    name: str = ""
    low: float = 0.0
    high: float = 1.0
    digits: int = 2
    percent: bool = False
    diagonal: bool = False


Figure = Scatter | Lines | Forest | Bars | HeatMap


@dataclass(frozen=True)
class Section:
    """A part of a finding: a title, what it says, its tables and figures.

    `subject` is the entry that it is of, as kind and name (`task digits`, `model cnn-tiny`): the site puts it on a page
    of that subject. An empty subject is of the whole suite.
    """

    title: str
    note: str = ""
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    subject: str = ""


@dataclass(frozen=True)
class Finding:
    """What one analysis of a suite's records found."""

    summary: Sequence[str] = ()
    """One sentence a fact, the most important first."""
    sections: Sequence[Section] = ()
    legend: Mapping[str, str] = field(default_factory=dict)
    """The meaning of terms that its tables and figures use."""

    def tables(self) -> dict[str, Table]:
        """The tables of all sections by name, those of one name joined."""
        found: dict[str, list[Table]] = {}
        for section in self.sections:
            for table in section.tables:
                found.setdefault(table.name, []).append(table)
        return {name: _joined(name, inside) for name, inside in found.items()}


def _joined(name: str, tables: Sequence[Table]) -> Table:
    columns = {column.name: column for table in tables for column in table.columns}
    return Table([*columns.values()], [row for table in tables for row in table.rows], name)
