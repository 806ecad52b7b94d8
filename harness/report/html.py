"""Sections of a finding as HTML, from the templates in `site/templates`, which escape every value."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.cells import percent
from harness.findings.base import Figure, Finding, HeatMap, Scatter, Section, Table
from harness.printable import decimal, plain
from harness.report.html_table import heat_map_html, live_html, table_html
from harness.report.svg import figure_svg, legend_html
from harness.report.table_data import FIRST
from harness.report.values import meanings

SOURCE = Path(__file__).parents[2] / "site"
SMALL_ROWS, SMALL_COLUMNS = 12, 4
"""A table of at most these has room next to a figure."""


def rendered(template: str, **values: Any) -> str:
    """The text of a template."""
    return environment().get_template(template).render(**values)


def section_html(
    section: Section, root: str, anchor: str = "", level: int = 2, files: Mapping[int, str] | None = None
) -> Markup:
    """A section as a `<section>` element: title, note, figures, tables.

    `root` leads to the site's root (`../`), `level` is that of its heading. `files` are the data files of live tables
    by their id().
    """
    return _macro("section_html", section, root, anchor or slug(section.title), level, files or {})


def summary_html(finding: Finding) -> Markup:
    """The sentences of a finding, the first one large."""
    return _macro("summary_html", finding)


def meanings_html(tables: Iterable[Table], legend: Mapping[str, str]) -> Markup:
    """The meanings of the shown columns of tables and of terms, as a list that opens on demand."""
    return _macro("meanings_html", meanings(tables, legend))


def live_table_html(
    table: Table, root: str, file: str, section: str = "", only: tuple[str, str] | None = None
) -> Markup:
    """A table with controls for its script; see `live_html` of html_table."""
    rows = sum(not only or row.get(only[0]) == only[1] for row in table.rows)
    return _macro("live_html", live_html(table, root, file, section, only), rows, FIRST, root, table.title or section)


def figure_html(figure: Figure, level: int = 0) -> Markup:
    """A figure with its legend, under a heading of a `level`; a heat map is a table. The points of a scatter can be
    walked by keyboard."""
    title = Markup(f"<h{level}>{escape(plain(figure.title))}</h{level}>") if level and figure.title else Markup("")
    if isinstance(figure, HeatMap):
        return heat_map_html(figure)
    words = "Points: arrow keys move from point to point, Enter opens the model's page"
    kind = f' tabindex="0" class="points" aria-label="{escape(words)}"' if isinstance(figure, Scatter) else ""
    output = '<output class="note" aria-live="polite"></output>' if isinstance(figure, Scatter) else ""
    caption = f"<figcaption>{legend_html(figure)}{output}</figcaption>"
    return title + Markup(f"<figure{kind}>{figure_svg(figure)}\n{caption}</figure>")


def slug(text: str) -> str:
    """A text as part of an address: lower case, ASCII letters, digits and hyphens."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "section"


def distinct(name: str, taken: set[str]) -> str:
    """The name, with a number from 2 on where it is taken; it is then taken too."""
    numbered = (f"{name}-{number}" for number in count(2))
    chosen = name if name not in taken else next(each for each in numbered if each not in taken)
    taken.add(chosen)
    return chosen


def empty(section: Section) -> bool:
    """Whether a section has nothing for people: no note, no figure, and no table but data."""
    return not (section.note or section.figures or any(table.shown for table in section.tables))


def parts(section: Section) -> dict[str, Any]:
    """The layout of a section: `side` is a small table next to a single figure. Long tables below a figure are
    folded."""
    tables = [table for table in section.tables if table.shown]
    drawn = [figure for figure in section.figures if not isinstance(figure, HeatMap)]
    matrices = [figure for figure in section.figures if isinstance(figure, HeatMap)]
    side = tables[0] if len(drawn) == 1 and tables and _small(tables[0]) else None
    below = tables[1:] if side else tables
    return {"drawn": drawn, "matrices": matrices, "side": side, "below": below, "fold": bool(drawn), "most": SMALL_ROWS}


@cache
def environment() -> Environment:
    """The site's templates, with what they need to show findings."""
    made = Environment(
        loader=FileSystemLoader(SOURCE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"table": table_html, "live": live_table_html, "figure": figure_html}
    made.filters |= {"plain": plain, "number": decimal, "percent": percent}
    made.globals |= {"parts": parts, "empty": empty, "id": id}
    return made


def _printable(value: Any) -> Any:
    """A value as a template prints it: no text of a record can steer a reader."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return "\n".join(map(plain, value.split("\n")))


def _small(table: Table) -> bool:
    return len(table.rows) == 1 or (len(table.rows) <= SMALL_ROWS and len(table.shown) <= SMALL_COLUMNS)


def _macro(name: str, *args: Any) -> Markup:
    return Markup(getattr(_module(), name)(*args))


@cache
def _module() -> Any:
    return environment().get_template("sections.html").module
