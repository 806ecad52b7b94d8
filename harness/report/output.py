"""Data on stdout: as a table for people, as JSON and CSV for programs. Nothing in a record can steer the terminal."""

import csv
import json
import math
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_json

from harness.findings.rows import rows_of
from harness.report.fit import stacked, widths, wrapped_in

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
NOTHING = "–"
FORMULA = tuple("=+-@\t\r")
WIDE = 220
"""Columns of a table that goes to a pipe or a file, where nothing has to be wrapped."""


def emit(frame: "pd.DataFrame", form: str, title: str = "") -> None:
    """A frame on stdout, all of its columns."""
    emit_rows(rows_of(frame), form, title, list(frame.columns))


def emit_rows(rows: Iterable[Row], form: str, title: str = "", columns: Sequence[str] | None = None) -> None:
    """Rows on stdout as `table`, `json` or `csv`; columns are those of the first row where none are named."""
    rows = list(rows)
    names = list(columns) if columns is not None else list(rows[0]) if rows else []
    if form == "json":
        print(json.dumps([{name: json_value(row.get(name)) for name in names} for row in rows], indent=1))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(map(csv_field, names))
        writer.writerows([csv_field(row.get(name)) for name in names] for row in rows)
    else:
        table([[text(row.get(name)) for name in names] for row in rows], names, title)


def plain(value: object) -> str:
    """A value as one line of text in which whatever is not printable (escape sequences, bidi controls) is spelt out."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def plain_lines(value: str | None) -> list[str]:
    """The lines of a text, each as `plain` gives it."""
    return [plain(line) for line in (value or "").splitlines()]


def wrapped(legend: str) -> str:
    """A legend in lines that a terminal holds."""
    return textwrap.fill(legend, width=min(110, width()))


def width() -> int:
    """How many columns stdout has: those of the terminal, or `WIDE`."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE


def text(value: object) -> str:
    """A value as a table shows it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict | list):
        return plain(json.dumps(json_value(value)))
    return plain(value)


def json_value(value: Any) -> Any:
    """A value as JSON has words for it."""
    if isinstance(value, Mapping):
        return {str(name): json_value(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def count(number: int, noun: str) -> str:
    """So many of something."""
    return f"{number} {noun}{'s' * (number != 1)}"


def json_text(value: Any) -> str:
    """A value with parts as a line of JSON."""
    return to_json(value, inf_nan_mode="null").decode()


def csv_field(value: Any) -> Any:
    """A value as a field of CSV: empty for what is missing, JSON for what has parts, one line without controls. A text
    that a spreadsheet would run as a formula is quoted by an apostrophe."""
    if isinstance(value, Mapping | list | tuple):
        return json_text(value)
    if not isinstance(value, str):
        return json_value(value)
    return ("'" if value[:1] in FORMULA else "") + plain(value)


def table(cells: list[list[str]], columns: Sequence[str], title: str, right: Iterable[str] = ()) -> None:
    """Cells of printable text on stdout, row below row where the terminal is too narrow for columns; those in `right`
    are flush right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    class Closing(Console):
        def on_broken_pipe(self) -> None:
            """A reader who has seen enough is no failure: rich would end with status 1."""
            raise BrokenPipeError

    console = Closing(file=sys.stdout, width=width(), highlight=False)
    if not cells:
        print(f"{plain(title)}: none")
        return
    heading, names = Text(plain(title), style="bold"), [plain(name) for name in columns]
    fitted = widths(cells, names, console.width)
    if fitted is None:
        lines = [Text(line) for row in cells for line in stacked(row, names, NOTHING, console.width)]
        console.print(heading, *lines, sep="\n", end="\n\n")
        return
    shown = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, wide in zip(names, fitted, strict=True):
        justify: Literal["left", "right"] = "right" if name in right else "left"
        shown.add_column(Text(wrapped_in(name, wide)), justify=justify, overflow="fold", width=wide)
    for row in cells:
        shown.add_row(*(Text(wrapped_in(cell, wide)) for cell, wide in zip(row, fitted, strict=True)))
    console.print(shown)
