"""The data of tables that a page's script sorts, filters and pages: columns of coded words and whole numbers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.findings.base import Column, Table, missing
from harness.printable import plain
from harness.report.values import digits_of, title_of, verdict

FIRST = 100
"""The number of rows that stand on a page without its script."""
TRIAL_DIGITS = 16
"""The digits of a key that name a trial in addresses."""
VERDICTS = ("", "helps", "hurts")
MOST_CHOICES, LONGEST_CHOICE = 60, 80
"""A text column with at most this many values of at most this many characters is offered as a filter."""


def is_live(table: Table) -> bool:
    """Whether a script takes over the table: it has columns to choose from, or more rows than a page shows."""
    if not table.shown or any(column.format == "picture" for column in table.shown):
        return False
    choices = any(column.optional and column.title for column in table.columns)
    return len(table.rows) > (1 if choices else FIRST)


def table_data(table: Table) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data that a table needs at once, and the rest, which is loaded when a reader chooses a column of it."""
    shown = {column.name for column in table.shown}
    columns = [column for column in table.columns if column.title and (column.optional or column.name in shown)]
    filters = [column.name for column in columns if column.format in ("text", "yesno") and _filters(column, table)]
    data = {name: values for column in columns for name, values in _values(column, table).items()}
    first = {name for column in columns if column.name in shown for name in _names(column)} | set(filters)
    content = {
        "rows": len(table.rows),
        "columns": [_described(column, column.name in shown) for column in columns],
        "filters": filters,
        "data": {name: values for name, values in data.items() if name in first},
    }
    return content, {name: values for name, values in data.items() if name not in first}


def _described(column: Column, shown: bool) -> dict[str, Any]:
    return {
        "name": column.name,
        "title": title_of(column),
        "meaning": plain(column.meaning),
        "format": column.format,
        "numeric": column.numeric,
        "digits": digits_of(column),
        "unit": plain(column.unit),
        "low": column.low,
        "high": column.high,
        "margin": column.margin,
        "better": column.better,
        "subject": column.subject,
        "shown": shown,
    }


def _names(column: Column) -> list[str]:
    return [name for name in (column.name, column.low, column.high, column.margin) if name]


def _filters(column: Column, table: Table) -> bool:
    values = {_text(value) for row in table.rows if not missing(value := row.get(column.name))}
    return 1 < len(values) <= MOST_CHOICES and all(len(value) <= LONGEST_CHOICE for value in values)


def _values(column: Column, table: Table) -> dict[str, Any]:
    """The values of a column and of its interval or margin, by name."""
    values = {name: _coded([row.get(name) for row in table.rows], column) for name in _names(column)}
    verdicts = [VERDICTS.index(verdict(column, row)) for row in table.rows]
    if any(verdicts):  # of the exact ends: a page has rounded ones
        values[column.name]["verdicts"] = verdicts
    return values


def _coded(values: Sequence[Any], column: Column) -> dict[str, Any]:
    """Words as indices into a list of words; numbers in units of their last shown digit; links as pairs."""
    if column.subject == "trial":
        return {"links": [trial_links(value) for value in values]}
    if column.format == "yesno":
        return {"digits": 0, "at": [int(bool(value)) for value in values]}
    if column.numeric and not any(isinstance(value, str) for value in values):
        digits = digits_of(column) + 2 * (column.format == "percent")
        return {"digits": digits, "at": [_number(value, column, digits) for value in values]}
    texts = [None if missing(value) else _text(value) for value in values]
    words = {word: index for index, word in enumerate(dict.fromkeys(text for text in texts if text is not None))}
    return {"words": list(words), "at": [-1 if text is None else words[text] for text in texts]}


def _number(value: Any, column: Column, digits: int) -> float | None:
    if missing(value) or not math.isfinite(value):
        return None
    return float(f"{value:.6g}") if column.format == "engineering" else whole(value, digits)


def _text(value: Any) -> str:
    return ", ".join(map(plain, value)) if isinstance(value, list | tuple) else plain(value)


def trial_links(value: Any) -> list[list[str]]:
    """The seed and the name of each trial of a cell, from its keys by seed."""
    if isinstance(value, Mapping):
        return [[plain(seed), plain(key)[:TRIAL_DIGITS]] for seed, key in value.items()]
    keys: Iterable[Any] = [value] if isinstance(value, str) else value or ()
    return [[plain(key)[:TRIAL_DIGITS]] * 2 for key in keys]


def whole(value: float, digits: int) -> int | float:
    """A number in units of its last shown digit, rounded as `format` rounds; a negative zero keeps its sign."""
    number = int(f"{value:.{digits}f}".replace(".", ""))
    return number if number or value >= 0 else -0.0
