"""The text of a value, the same in the terminal, on pages and in LaTeX."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from harness.findings.base import Axis, Column, HeatMap, Row, Table, missing
from harness.printable import MINUS, decimal, plain

NOTHING = "–"
PREFIXES = ("", "k", "M", "G", "T", "P", "E")
DIGITS = {"number": 3, "signed": 3, "percent": 0, "count": 0}


def cell_text(column: Column, row: Row) -> str:
    """A cell of a table, with its interval or margin: `+0.108 [+0.079, +0.137]`, `0.912 ± 0.010`."""
    return value_text(column, row.get(column.name)) + around_text(column, row)


def around_text(column: Column, row: Row) -> str:
    """The interval or margin of a value, with a space before it; empty where there is none."""
    if missing(row.get(column.name)):
        return ""
    low, high, margin = (row.get(name) for name in (column.low, column.high, column.margin))
    if not missing(low) and not missing(high):
        return f" [{value_text(column, low)}, {value_text(column, high)}]"
    return "" if margin is None or missing(margin) else f" ± {decimal(abs(float(margin)), digits_of(column))}"


def value_text(column: Column, value: Any) -> str:
    """A value without its interval; a dash where there is none."""
    if column.format == "yesno":
        return plain(column.title) if value and not missing(value) else ""
    if missing(value):
        return NOTHING
    if column.format == "picture":
        return plain(value.get("text") or NOTHING) if isinstance(value, Mapping) else plain(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(plain, value)) or NOTHING
    if not column.numeric or isinstance(value, str):
        return plain(value)
    if column.format == "engineering":
        return engineering(float(value), plain(column.unit))
    if column.format == "percent":
        return decimal(100 * float(value), digits_of(column)) + "%"
    return decimal(float(value), digits_of(column), signed=column.format == "signed")


def digits_of(column: Column) -> int:
    """The digits that a column shows after the point."""
    return DIGITS.get(column.format, 0) if column.digits is None else column.digits


def engineering(value: float, unit: str = "") -> str:
    """Three significant digits with a prefix: `1.23 MB`, `45.6k examples/s`, `7.89M`."""
    if not math.isfinite(value):
        return decimal(value, 0)
    digits, _, power = f"{abs(value):.2e}".partition("e")
    step = min(max(int(power) // 3, 0), len(PREFIXES) - 1)
    scaled = float(f"{digits}e{int(power) - 3 * step}")
    number = ("" if value >= 0 else MINUS) + (f"{scaled:.3g}" if scaled < 1000 else f"{scaled:.0f}")
    if unit and (len(unit) == 1 or unit[0].isupper()):
        return f"{number} {PREFIXES[step]}{unit}"
    return f"{number}{PREFIXES[step]} {unit}".rstrip()


def matrix_text(matrix: HeatMap, value: float | None) -> str:
    """A cell of a heat map, without a sign of per cent."""
    if value is None or math.isnan(value):
        return NOTHING
    digits = (0 if matrix.percent else 2) if matrix.digits is None else matrix.digits
    return decimal(100 * value if matrix.percent else value, digits)


def axis_text(axis: Axis, value: float, significant: int = 4) -> str:
    """A number along an axis: the name of its tick, else with the axis's unit."""
    if axis.ticks and (name := axis.ticks.get(value)):
        return plain(name)
    if axis.unit:
        return engineering(value, plain(axis.unit))
    return f"{value:.{significant}g}".replace("-", MINUS) if math.isfinite(value) else decimal(value, 0)


def title_of(column: Column) -> str:
    """The head of a column, with the unit of its numbers."""
    unit = column.unit if column.format != "engineering" else ""
    return plain(f"{column.title} ({unit})" if unit else column.title)


def meanings(tables: Iterable[Table], legend: Mapping[str, str]) -> dict[str, str]:
    """The meanings of the shown columns by their titles, then the terms of a legend."""
    shown = {title_of(column): column.meaning for table in tables for column in table.shown if column.meaning}
    return {plain(term): plain(meaning) for term, meaning in {**shown, **legend}.items()}


def verdict(column: Column, row: Row) -> str:
    """`helps` or `hurts` where a signed value's interval excludes zero and its column has a direction, else empty."""
    low: Any = row.get(column.low)
    high: Any = row.get(column.high)
    if column.format != "signed" or not column.better or missing(low) or missing(high):
        return ""
    sign = 1 if column.better == "higher" else -1
    if low > 0:
        return "helps" if sign > 0 else "hurts"
    if high < 0:
        return "hurts" if sign > 0 else "helps"
    return ""
