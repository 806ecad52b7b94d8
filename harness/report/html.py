"""Sections of a finding as HTML, from the templates in `site/templates`, which escape every value."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.findings.base import Figure, Finding, HeatMap, Scatter, Section, Table
from harness.printable import plain
from harness.report.html_table import heat_map_html, table_html
from harness.report.svg import figure_svg, legend_html
from harness.report.values import decimal, meanings

TEMPLATES = Path(__file__).parents[2] / "site" / "templates"
SMALL_ROWS, SMALL_COLUMNS = 12, 4
"""A table of at most these has room next to a figure."""


def section_html(section: Section, root: str, folded: bool = False, legend: bool = True) -> Markup:
    """A section as a `<section>` element: title, note, figures, tables, and the meanings of its columns.

    `root` leads to the site's root (`../`). A `folded` section opens on demand. Without `legend` the page shows the
    meanings itself, by `legend_html`.
    """
    return _macro("section_html", section, root, folded, legend)


def summary_html(finding: Finding) -> Markup:
    """The sentences of a finding, the first one large."""
    return _macro("summary_html", finding)


def meanings_html(finding: Finding) -> Markup:
    """The meanings of all shown columns and terms, as a list that opens on demand."""
    tables = [table for section in finding.sections for table in section.tables]
    return _macro("meanings_html", meanings(tables, finding.legend))


def figure_html(figure: Figure, heading: bool = False) -> Markup:
    """A figure with its legend; a heat map is a table. The points of a scatter can be walked by keyboard."""
    title = Markup(f"<h3>{escape(plain(figure.title))}</h3>") if heading and figure.title else Markup("")
    if isinstance(figure, HeatMap):
        return heat_map_html(figure)
    words = "Points: arrow keys go from one to the next, Enter opens its model"
    kind = f' tabindex="0" class="points" aria-label="{words}"' if isinstance(figure, Scatter) else ""
    output = '<output class="note" aria-live="polite"></output>' if isinstance(figure, Scatter) else ""
    caption = f"<figcaption>{legend_html(figure)}{output}</figcaption>"
    return title + Markup(f"<figure{kind}>{figure_svg(figure)}\n{caption}</figure>")


def slug(text: str) -> str:
    """An anchor for a title."""
    words = "".join(character.lower() if character.isalnum() else " " for character in text).split()
    return "-".join(words) or "section"


def empty(section: Section) -> bool:
    """Whether a section has nothing for people: no note, no figure, and no table but data."""
    return not (section.note or section.figures or any(table.shown for table in section.tables))


def parts(section: Section) -> dict[str, Any]:
    """The layout of a section: `side` is a small table next to a single figure; tables below figures are folded."""
    tables = [table for table in section.tables if table.shown]
    drawn = [figure for figure in section.figures if not isinstance(figure, HeatMap)]
    matrices = [figure for figure in section.figures if isinstance(figure, HeatMap)]
    side = tables[0] if len(drawn) == 1 and tables and _small(tables[0]) else None
    below = tables[1:] if side else tables
    return {"drawn": drawn, "matrices": matrices, "side": side, "below": below, "fold": bool(drawn)}


@cache
def environment() -> Environment:
    """The site's templates, with what they need to show findings."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"table": table_html, "figure": figure_html, "plain": plain, "slug": slug, "number": decimal}
    made.globals |= {
        "parts": parts, "empty": empty, "meanings": meanings, "section_html": section_html, "summary_html": summary_html,
        "meanings_of": meanings_html,
    }  # fmt: skip
    return made


def _small(table: Table) -> bool:
    return len(table.rows) == 1 or (len(table.rows) <= SMALL_ROWS and len(table.shown) <= SMALL_COLUMNS)


def _macro(name: str, *args: Any) -> Markup:
    return Markup(getattr(_module(), name)(*args))


@cache
def _module() -> Any:
    return environment().get_template("sections.html").module
