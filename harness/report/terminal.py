"""A finding in the terminal: its sentences and tables. Heat maps are numbered matrices; other figures are not drawn."""

import sys

from harness.findings.base import Finding, HeatMap, Section, Table
from harness.printable import count
from harness.report.console import print_cells, print_heading, print_text
from harness.report.values import cell_text, matrix_text, meanings, title_of

MOST_ROWS = 40
"""The rows of a table before it is cut."""
HINT = "add --format csv for all"


def print_finding(
    finding: Finding, summary_only: bool = False, most_rows: int | None = MOST_ROWS, hint: str = HINT
) -> None:
    """A finding on stdout. A table is cut at `most_rows` (None: never); a remark on stderr says so, with the `hint`.

    Raises:
        BrokenPipeError: when the reader of stdout has closed it.
    """
    for sentence in finding.summary:
        print_text(sentence, "• ")
    if summary_only:
        return
    printed = [table for section in finding.sections for table in _print_section(section, most_rows, hint)]
    legend = meanings(printed, finding.legend)
    if legend:
        print()
    for term, meaning in legend.items():
        print_text(f"{term}: {meaning}", "  ")


def _print_section(section: Section, most_rows: int | None, hint: str) -> list[Table]:
    """Prints a section and returns its tables that were printed; nothing where it has none, no matrix and no note."""
    tables = [table for table in section.tables if table.shown]
    matrices = [figure for figure in section.figures if isinstance(figure, HeatMap)]
    if not (tables or matrices or section.note):
        return []
    if section.title:
        print()
        print_heading(section.title)
    if section.note:
        print_text(section.note)
    blocks: list[Table | HeatMap] = [*tables, *matrices]
    for number, block in enumerate(blocks):
        if number:
            print()
        if isinstance(block, HeatMap):
            _print_matrix(block)
        else:
            _print_table(block, most_rows, hint)
    return tables


def _print_table(table: Table, most_rows: int | None, hint: str) -> None:
    if not table.rows:
        print_text(f"{table.title}: {table.empty or 'none'}" if table.title else table.empty or "No rows.")
        return
    columns = table.shown
    rows = table.rows[:most_rows]
    titles = [title_of(column) for column in columns]
    right = [title for title, column in zip(titles, columns, strict=True) if column.numeric]
    print_cells([[cell_text(column, row) for column in columns] for row in rows], titles, table.title, right)
    if len(rows) < len(table.rows):
        sys.stdout.flush()
        print(f"{len(rows)} of {count(len(table.rows), 'row')} of {table.title or table.name}: {hint}", file=sys.stderr)


def _print_matrix(matrix: HeatMap) -> None:
    """Rows are named and numbered. Columns have the numbers; where they differ from the rows, their names follow."""
    numbers = [str(number) for number in range(1, len(matrix.columns) + 1)]
    same = list(matrix.rows) == list(matrix.columns)
    names = [f"{number} {name}" if same else name for number, name in enumerate(matrix.rows, 1)]
    cells = [[name, *(matrix_text(matrix, value) for value in row)]
             for name, row in zip(names, matrix.values, strict=True)]  # fmt: skip
    print_cells(cells, [matrix.row_title, *numbers], matrix.title or matrix.alt, numbers)
    if not same:
        columns = "; ".join(f"{number}: {name}" for number, name in enumerate(matrix.columns, 1))
        print_text(f"{matrix.column_title or 'columns'}: {columns}")
