"""The tables of a finding for programs: JSON, CSV and LaTeX."""

import csv
import io
import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from harness.errors import BoardError, nearest
from harness.findings.base import Finding, Row, Table
from harness.printable import plain
from harness.report.values import cell_text, title_of

FORMULA = tuple("=+-@\t\r")
"""The first characters of a text that a spreadsheet runs as a formula."""
LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "±": r"$\pm$", "−": "$-$", "–": "--", "∞": r"$\infty$",
    "×": r"$\times$", "·": r"$\cdot$", "→": r"$\to$", "≤": r"$\leq$", "≥": r"$\geq$", "ρ": r"$\rho$", "τ": r"$\tau$",
}  # fmt: skip


def as_json(finding: Finding, table: str | None = None) -> str:
    """An object of table names and their rows, or of `table` alone: raw values, NaN and infinity as null. One row is
    one line, in ASCII, so that no text steers a terminal.

    Raises:
        BoardError: when there is no such table.
    """
    tables = finding.tables() if table is None else {table: table_of(finding, table)}
    parts = []
    for name, each in tables.items():
        fields = each.fields
        rows = ({field: row.get(field) for field in fields} for row in each.rows)
        lines = ",\n".join(_ascii(to_json(row, inf_nan_mode="null", fallback=json_value)) for row in rows)
        parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(parts) + "\n}"


def as_csv(finding: Finding, table: str | None = None) -> str:
    """One table, with a header.

    Raises:
        BoardError: when there is no such table, or several and none is named.
    """
    chosen = table_of(finding, table)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(map(csv_field, chosen.fields))
    writer.writerows([csv_field(row.get(name)) for name in chosen.fields] for row in chosen.rows)
    return buffer.getvalue()


def as_latex(finding: Finding, table: str | None = None) -> str:
    """A booktabs `table` for each table for people, or for those named `table`, with a caption and a label.

    Raises:
        BoardError: when there is no such table.
    """
    if table is not None:
        table_of(finding, table)
    parts, counts = ["% needs \\usepackage{booktabs}\n"], dict[str, int]()
    for section in finding.sections:
        for each in section.tables:
            if each.shown and table in (None, each.name):
                number = counts[each.name] = counts.get(each.name, 0) + 1
                label = each.name if number == 1 else f"{each.name}-{number}"
                parts.append(_latex_table(each, ": ".join(filter(None, (section.title, each.title))), label))
    return "\n".join(parts)


def table_of(finding: Finding, name: str | None) -> Table:
    """The table of that name; the only one where none is named.

    Raises:
        BoardError: when there is no such table, or several and none is named.
    """
    tables = finding.tables()
    if name is None and len(tables) == 1:
        return next(iter(tables.values()))
    if name in tables:
        return tables[name]
    expected = f"one of {', '.join(tables)}" if tables else "a finding with a table"
    got = "none" if name is None or not tables else f"'{name}'"
    raise BoardError(place="--table", expected=expected, got=got, fix=nearest(name or "", tables) or None)


def json_row(row: Row, names: list[str]) -> dict[str, Any]:
    """A row's values as JSON has them."""
    return {name: json_value(row.get(name)) for name in names}


def _ascii(line: bytes) -> str:
    return line.decode() if line.isascii() else json.dumps(json.loads(line))


def json_value(value: Any) -> Any:
    """A value as JSON has it: null for NaN and infinity."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): json_value(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(each) for each in value]
    return json_value(value.item()) if hasattr(value, "item") else value  # a number of numpy


def json_text(value: Any) -> str:
    """A mapping or list as a printable line of JSON."""
    text = to_json(value, inf_nan_mode="null").decode()
    return text if text.isprintable() else json.dumps(json_value(value), separators=(",", ":"))


def csv_field(value: Any) -> Any:
    """A value as a field of CSV: empty for a missing one, JSON for a mapping or list, one line without controls. A text
    that a spreadsheet would run as a formula is quoted by an apostrophe."""
    if isinstance(value, str):
        return ("'" if value[:1] in FORMULA else "") + plain(value)
    content = json_value(value)
    return json_text(content) if isinstance(content, dict | list) else content


def latex_text(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    return "".join(LATEX.get(character, character) for character in plain(text))


def _latex_table(table: Table, caption: str, label: str) -> str:
    columns = table.shown
    lines = [
        r"\begin{table}",
        rf"\caption{{{latex_text(caption)}}}",
        rf"\label{{tab:{''.join(c if c.isascii() and c.isalnum() else '-' for c in label)}}}",
        rf"\begin{{tabular}}{{{''.join('r' if column.numeric else 'l' for column in columns)}}}",
        r"\toprule",
        " & ".join(latex_text(title_of(column)) for column in columns) + r" \\",
        r"\midrule",
        *(" & ".join(latex_text(cell_text(column, row)) for column in columns) + r" \\" for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"
