"""The result of a finding: sections of tables and figures, as plain values that every renderer draws.

A finding is a function of the evidence. It is written once; the terminal, the site, CSV, JSON, LaTeX and the figures
for papers are made from its sections by `harness.report`, which knows no finding.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.grouping import group_by

Row = Mapping[str, Any]
"""A row of a table: plain values by column name; None for a missing value."""
Format = Literal["text", "number", "signed", "count", "percent", "engineering", "yesno", "list", "picture"]
NUMERIC: tuple[Format, ...] = ("number", "signed", "count", "percent", "engineering")


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in data, and how people see it.

    `format` is one of
        text        words
        number      a decimal number with `digits` after the point (3 by default), thousands separated
        signed      a difference with its sign and `digits` after the point (3 by default)
        count       a whole number
        percent     a share (0 to 1), shown in per cent with `digits` after the point (0 by default)
        engineering a large number with a prefix (k, M, G, T) and `unit`
        yesno       a boolean; true shows the column's title, false nothing
        list        several words
        picture     an image with words: a mapping of `picture` (a `data:` URI, or "") and `text`
    A column without a title is data only: JSON and CSV have it, people do not see it.
    """

    name: str
    title: str = ""
    meaning: str = ""
    """One phrase: a tooltip on a page, a line of the legend in the terminal."""
    unit: str = ""
    format: Format = "text"
    digits: int | None = None
    low: str = ""
    high: str = ""
    margin: str = ""
    """`low` and `high` name the ends of an interval, `margin` half of it. Renderers read them from the row."""
    better: Literal["", "higher", "lower"] = ""
    """The preferred direction. It decides how a page sorts, and whether an interval without zero helps or hurts."""
    subject: str = ""
    """The kind of page that its values name: `model`, `task` or `trial`. A page links to it."""
    optional: bool = False
    """Hidden until a reader of a page chooses it; other renderers skip it."""

    @property
    def shown(self) -> bool:
        return bool(self.title) and not self.optional

    def has_value(self, row: Row) -> bool:
        """Whether a row has something to show."""
        value = row.get(self.name)
        return bool(value) if self.format == "yesno" else not missing(value)

    @property
    def numeric(self) -> bool:
        """Whether it is right-aligned and sorted by value."""
        return self.format in NUMERIC


@dataclass(frozen=True)
class Table:
    """Rows under columns. Tables of one name are one table in data, split for people.

    A table without a shown column is data only. Renderers drop a shown column that no row has a value of.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    name: str = "rows"
    title: str = ""
    empty: str = ""  # the sentence in place of no rows

    @property
    def shown(self) -> list[Column]:
        """The columns for people, without those that no row has a value of."""
        shown = [column for column in self.columns if column.shown]
        return [column for column in shown if not self.rows or any(map(column.has_value, self.rows))]

    @property
    def fields(self) -> list[str]:
        """The names of all values in data: those of the columns, and of their interval ends and margins."""
        names = [(column.name, column.low, column.high, column.margin) for column in self.columns]
        return list(dict.fromkeys(name for inside in names for name in inside if name))


def attributes(of: object, *names: str) -> dict[str, Any]:
    """The values of attributes by name: a part of a row."""
    return {name: getattr(of, name) for name in names}


def with_data(shown: Iterable[Column], *names: str) -> list[Column]:
    """The shown columns, then columns without a title for those of `names` that are not among them: data only."""
    columns = {column.name: column for column in shown}
    return [*columns.values(), *(Column(name) for name in dict.fromkeys(names) if name not in columns)]


def missing(value: Any) -> bool:
    """Whether there is no value: None, NaN, or empty text or list."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str | list | tuple) and not value)


@dataclass(frozen=True)
class Point:
    """A point of a figure, with the ends of its error bars along each axis."""

    x: float
    y: float
    label: str = ""
    name: str = ""
    """`label` is its full name, shown on demand with its coordinates; `name` is drawn next to its mark."""
    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """What a page's script filters by: model, objective, family."""
    faint: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis: its title, whether it is logarithmic, the names of its ticks where they are not numbers, and the unit,
    with which numbers get a prefix (k, M, G, T). A logarithmic axis shows values of zero apart, at its start."""

    title: str
    log: bool = False
    ticks: Mapping[float, str] | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The words of every figure."""

    alt: str
    title: str = ""
    name: str = ""
    """`alt` is a sentence for readers who do not see it, `title` its heading (needless where a section has one figure),
    `name` the stem of its file, by default made from the titles."""


@dataclass(frozen=True, kw_only=True)
class Scatter(Drawing):
    """Points by group over two axes."""

    x: Axis
    y: Axis
    groups: Mapping[str, Sequence[Point]]
    references: Mapping[str, float] = field(default_factory=dict)
    """Horizontal lines by name."""
    trend: bool = False
    """Whether each group of three or more points has its least-squares line."""
    curve: Sequence[tuple[float, float]] = ()
    """A line through these coordinates over all points: a fit or a front."""
    curve_title: str = ""
    curve_steps: bool = False
    """Whether the curve is a step function: level to the next x, then up."""


@dataclass(frozen=True, kw_only=True)
class Lines(Drawing):
    """Lines by name, each point with its interval."""

    x: Axis
    y: Axis
    series: Mapping[str, Sequence[Point]]
    zero: bool = False
    """Whether to draw the line of no difference."""


@dataclass(frozen=True)
class Bar:
    """A value with its interval, under a label. Bars of one group share a colour."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Forest(Drawing):
    """Values with their intervals, one a line, against the line of no difference."""

    axis: Axis
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class Bars(Drawing):
    """Values as bars from zero, one a line."""

    axis: Axis
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class HeatMap(Drawing):
    """A matrix of values (rows, columns), None for a missing value. `low` and `high` are the ends of the scale."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    row_title: str = ""
    column_title: str = ""
    low: float = 0.0
    high: float = 1.0
    percent: bool = False
    digits: int | None = None
    """After the point: 2 by default, 0 in per cent."""
    diagonal: bool = False
    """Whether cells on the diagonal are right and all others wrong, as in a confusion matrix."""


Figure = Scatter | Lines | Forest | Bars | HeatMap


@dataclass(frozen=True)
class Section:
    """A part of a finding: a title, a note, tables and figures."""

    title: str
    note: str = ""
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    subject: str = ""
    """The entry whose page it is on, as kind and name: `task digits`, `model cnn-tiny`. Empty for the whole suite."""


@dataclass(frozen=True)
class Finding:
    """The result of one analysis of a suite's records."""

    summary: Sequence[str] = ()
    """One sentence a fact, the most important first."""
    sections: Sequence[Section] = ()
    legend: Mapping[str, str] = field(default_factory=dict)
    """The meaning of terms that its tables and figures use."""

    def tables(self) -> dict[str, Table]:
        """The tables of all sections by name, those of one name joined."""
        parts = group_by((table for section in self.sections for table in section.tables), lambda table: table.name)
        return {name: _joined(name, tables) for name, tables in parts.items()}


def _joined(name: str, tables: Sequence[Table]) -> Table:
    columns = {column.name: column for table in tables for column in table.columns}
    title = tables[0].title if len(tables) == 1 else ""
    return Table([*columns.values()], [row for table in tables for row in table.rows], name, title)
