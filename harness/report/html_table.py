"""Tables and heat maps as HTML. Rows are many, so they are written as text; every value is escaped."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup, escape

from harness.findings.base import Column, HeatMap, Row, Table, missing
from harness.printable import plain
from harness.report.svg_axes import Scale, drawable, interval_ends
from harness.report.svg_bars import interval_bar
from harness.report.table_data import FIRST, trial_links
from harness.report.values import around_text, matrix_text, title_of, value_text, verdict

SHADES = 5
SHORT = 12
"""Names of columns of at most this many characters need no numbers."""
LONG = 64
"""Texts of more characters are wrapped."""
LIST_COLUMNS = 5
"""A single row of this many columns or more is a list of titles and values."""
PAGES: Mapping[str, str] = {"model": "models/{}.html", "task": "tasks/{}.html"}
"""The page of a column's subject, by its kind."""


def table_html(table: Table, root: str, section: str = "", titled: bool = True) -> Markup:
    """A table in its frame, which scrolls where it is too wide. `root` leads to the site's root (`../`); its title is
    shown where it is `titled`, and read out together with that of its `section`.

    A table of one row with many columns is a list of titles and values.
    """
    columns = table.shown
    if not table.rows:
        return Markup(f'<p class="note">{escape(plain(table.empty or "No rows."))}</p>')
    if len(table.rows) == 1 and len(columns) >= LIST_COLUMNS:
        return _list(columns, table.rows[0], root)
    look = "near" if any(column.format == "picture" for column in columns) else "rows"
    label = plain(", ".join(filter(None, (table.title, section))))
    return _framed_rows(columns, table.rows, root, label, look, plain(table.title) if titled else "")


def live_html(table: Table, root: str, file: str, section: str = "", only: tuple[str, str] | None = None) -> Markup:
    """The first rows of a table that a script draws again from its data `file`, after a hook for controls.

    `only` is a column with the value that all rows of this page have: instead of the column their trials are shown.
    """
    columns, rows = table.shown, list(table.rows)
    if only:
        trials = [column for column in table.columns if column.optional and column.subject == "trial"]
        columns = [column for column in (*columns, *trials) if column.name != only[0]]
        rows = [row for row in rows if row.get(only[0]) == only[1]]
    fixed = f"{quote(only[0])}={quote(only[1])}" if only else ""
    data = f' data-file="{escape(file)}" data-fixed="{escape(fixed)}"'
    label = plain(", ".join(filter(None, (table.title, section)))) or "table"
    return _framed_rows(columns, rows[:FIRST], root, label, "rows live", plain(table.title), data)


def _framed_rows(
    columns: Sequence[Column], rows: Sequence[Row], root: str, label: str, look: str, caption: str, data: str = ""
) -> Markup:
    scales = {column.name: _scale(column, rows) for column in columns if column.format == "signed" and column.low}
    long = {column.name for column in columns if _is_long(column, rows)}
    lines = [_row(row, columns, root, scales, long) for row in rows]
    head = "".join(_head(column, number == 0) for number, column in enumerate(columns))
    return _frame(label, look, head, lines, caption, data)


def heat_map_html(matrix: HeatMap) -> Markup:
    """A heat map as a table with shaded cells, in its frame. Where rows and columns have the same long names, the
    columns have the rows' numbers."""
    same = list(matrix.rows) == list(matrix.columns) and any(len(name) > SHORT for name in matrix.columns)
    head = f'<th scope="col" class="name">{escape(plain(matrix.row_title))}</th>'
    for number, name in enumerate(matrix.columns, 1):
        words = str(escape(plain(name)))
        inner = f'{number}<span class="unseen">: {words}</span>' if same else words
        head += f'<th scope="col" class="num" title="{words}">{inner}</th>'
    rows = []
    for place, (name, values) in enumerate(zip(matrix.rows, matrix.values, strict=True)):
        cells = [
            f'<td class="num {_shade(matrix, value, place == column)}">{matrix_text(matrix, value)}</td>'
            for column, value in enumerate(values)
        ]
        label = escape(plain(f"{place + 1} {name}" if same else name))
        rows.append(f'<tr><th scope="row" class="name">{label}</th>{"".join(cells)}</tr>')
    axes = f"rows: {matrix.row_title}, columns: {matrix.column_title}" if matrix.column_title else ""
    caption = "; ".join(filter(None, (matrix.title, axes, "in %" if matrix.percent else "")))
    return _frame(plain(matrix.alt), "matrix", head, rows, plain(caption))


def cell_html(column: Column, row: Row, root: str, scale: Scale | None = None) -> str:
    """The content of a cell: value, interval, and its small figure where there is a `scale`."""
    value, text = row.get(column.name), escape(value_text(column, row.get(column.name)))
    if column.format == "picture":
        return _picture(value) + f'<span class="example">{text}</span>'
    if column.format == "yesno":
        return f'<span class="tag">{text}</span>' if text else ""
    if column.subject == "trial" and not missing(value):
        return " ".join(_trial_link(root, *link) for link in trial_links(value))
    if column.subject in PAGES and not missing(value):
        page = PAGES[column.subject].format(quote(str(value), safe=""))
        return f'<a href="{escape(root)}{page}">{text}</a>'
    around = escape(around_text(column, row).strip())
    content = str(text)
    if around:
        kind = verdict(column, row)
        content = f"<b>{text}</b>" if kind else content
        content += f' <span class="pm">{around}</span>'
        if scale is not None and drawable(value):
            content += f" {interval_bar(row.get(column.low), float(value), row.get(column.high), scale, kind)}"
    return content


def _trial_link(root: str, seed: str, name: str) -> str:
    page = f"{escape(root)}trial.html#{quote(name, safe='')}"
    return f'<a href="{page}" aria-label="trial of seed {escape(seed)}">{escape(seed)}</a>'


def _row(row: Row, columns: Sequence[Column], root: str, scales: Mapping[str, Scale], long: set[str]) -> str:
    cells = []
    for number, column in enumerate(columns):
        content = cell_html(column, row, root, scales.get(column.name))
        if number == 0:
            cells.append(f'<th scope="row" class="name{" num" * column.numeric}">{content}</th>')
        else:
            kinds = ["num" if column.numeric else "text", "remarks" * (column.name in long), verdict(column, row)]
            cells.append(f'<td class="{" ".join(filter(None, kinds))}">{content}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _head(column: Column, first: bool) -> str:
    kind = "name" if first else "num" if column.numeric else "text"
    meaning = f' title="{escape(plain(column.meaning))}"' if column.meaning else ""
    return f'<th scope="col" class="{kind}"{meaning}>{escape(title_of(column))}</th>'


def _list(columns: Sequence[Column], row: Row, root: str) -> Markup:
    contents = [(title_of(column), cell_html(column, row, root)) for column in columns]
    items = "".join(f"<div><dt>{escape(title)}</dt><dd>{content}</dd></div>" for title, content in contents if content)
    return Markup(f'<dl class="figures">{items}</dl>')


def _frame(label: str, look: str, head: str, rows: Sequence[str], caption: str, data: str = "") -> Markup:
    """A frame that can be scrolled by keyboard. Where no caption is shown, the label is read out as one."""
    frame = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
    words = f"<caption>{escape(caption)}</caption>" if caption else f'<caption class="unseen">{escape(label)}</caption>'
    table = f'<table class="{look}"{data}>{words if label else ""}<thead><tr>{head}</tr></thead>\n<tbody>\n'
    return Markup(frame + table + "\n".join(rows) + "\n</tbody></table></div>")


def _picture(value: object) -> str:
    """An image from a `data:` address; an address of anything else is not followed."""
    address = str(value.get("picture") or "") if isinstance(value, Mapping) else ""
    return f'<img class="example" src="{escape(address)}" alt="">' if address.startswith("data:image/") else ""


def _scale(column: Column, rows: Sequence[Row]) -> Scale:
    values = [row.get(column.name) for row in rows]
    ends = interval_ends([0.0, *values], (row.get(name) for row in rows for name in (column.low, column.high)))
    return Scale([0.0, *filter(drawable, values), *ends], 4, 116)


def _is_long(column: Column, rows: Sequence[Row]) -> bool:
    return column.format in ("text", "list") and any(
        len(value_text(column, row.get(column.name))) > LONG for row in rows
    )


def _shade(matrix: HeatMap, value: float | None, diagonal: bool) -> str:
    """The class of a cell's colour: its strength, and its side where a scale has two."""
    if not drawable(value):
        return "none"
    two_sided = matrix.low < 0 < matrix.high
    span = max(matrix.high, -matrix.low) if two_sided else matrix.high - matrix.low
    share = abs(value) / span if two_sided else (value - matrix.low) / span if span > 0 else 0.0
    strength = f"shade-{round(SHADES * min(max(share, 0.0), 1.0))}"
    if matrix.diagonal:
        return f"{strength} {'right' if diagonal else 'wrong'}"
    return f"{strength} {'above' if value > 0 else 'below'}" if two_sided else strength
