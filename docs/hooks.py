"""The generated parts of the documentation.

A line `{{ entries }}`, `{{ columns }}` or `{{ results SUITE }}` of a page is replaced by the keys of registry entries,
the columns of findings, or the findings of a suite from its committed records. Tables and lists are HTML, with every
value escaped: a value never becomes Markdown.
"""

import ast
import functools
import inspect
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from harness.board import open_board  # noqa: E402
from harness.catalog import schemas  # noqa: E402
from harness.findings import FINDINGS, compute, title_of  # noqa: E402
from harness.findings.base import Column, Finding, Table  # noqa: E402
from harness.findings.compare import compare  # noqa: E402
from harness.printable import plain  # noqa: E402
from harness.report import values  # noqa: E402

if TYPE_CHECKING:
    from harness.findings.evidence import Evidence

SUITES = ("quick", "vision", "text", "natural", "gpu-quick")
MOST_ROWS, MOST_COLUMNS, MOST_SENTENCES = 10, 10, 6
"""The size of a table and of a summary on a page of results."""
MOST_SECTIONS, MOST_TABLES = 3, 3
"""The sections of a finding there, and the tables of a section."""
DATA_ONLY = ("trials",)
"""Findings that are lists of keys."""
PART = re.compile(r"^\{\{ (entries|columns|results) ?([\w-]*) \}\}$", re.MULTILINE)
NESTED = (schemas.ArmSpec, schemas.Corruption, schemas.AdaptationSpec, schemas.Block, schemas.Headline, schemas.Budget,
          schemas.TokenizerArgs, schemas.OptimizerArgs, schemas.About)  # fmt: skip
"""The tables inside entries."""


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replaces the lines of generated parts."""
    parts = {"entries": lambda _: entry_keys(), "columns": lambda _: column_meanings(), "results": results}
    return PART.sub(lambda match: parts[match[1]](match[2]), markdown)


@functools.cache
def evidence(suite: str) -> "Evidence":
    """The committed records of a suite."""
    return open_board(ROOT, results=ROOT / "results").evidence(suite)


def results(suite: str) -> str:
    """The summaries and first rows of a suite's findings."""
    lines, empty = [], []
    for name in FINDINGS:
        finding = compute(name, evidence(suite))
        sections = [(section, tables) for section in finding.sections if (tables := shown_tables(section.tables))
                    and not section.subject]  # fmt: skip
        if name in DATA_ONLY:
            continue
        if not sections:
            empty.append(title_of(name))
            continue
        lines += [f"## {escaped(title_of(name))}", bullets(finding.summary[:MOST_SENTENCES])]
        for section, tables in sections[:MOST_SECTIONS]:
            lines += [f"### {escaped(section.title)}", f"<p>{escaped(section.note)}</p>"]
            lines += [table_html(table) for table in tables[:MOST_TABLES]]
        lines.append(f"<p>All tables: <code>pretune show {escaped(suite)} {name}</code></p>")
    if empty:
        lines.append(f"<p>These findings need records that the suite does not have: {escaped('; '.join(empty))}.</p>")
    return "\n\n".join(lines)


def shown_tables(tables: Iterable[Table]) -> list[Table]:
    """The tables with rows and columns for people."""
    return [table for table in tables if table.rows and table.shown]


def table_html(table: Table) -> str:
    """The first rows and columns of a table, with its title."""
    columns = table.shown[:MOST_COLUMNS]
    rows = [[(values.cell_text(column, row), column.numeric) for column in columns] for row in table.rows[:MOST_ROWS]]
    caption = f"<p><strong>{escaped(table.title)}</strong></p>\n" if table.title else ""
    hidden = len(table.rows) - MOST_ROWS
    more = f"\n<p>{hidden:,} more {'row' if hidden == 1 else 'rows'}.</p>" if hidden > 0 else ""
    return caption + rows_html([(values.title_of(column), column.numeric) for column in columns], rows) + more


def column_meanings() -> str:
    """The meaning of each column and term, finding by finding."""
    lines = []
    for name in (*FINDINGS, "compare"):
        meanings: dict[str, str] = {}
        for suite in SUITES:
            finding = compared(suite) if name == "compare" else compute(name, evidence(suite))
            columns = [column for table in finding.tables().values() for column in table.columns]
            meanings |= {term: text for term, text in finding_terms(columns, finding).items() if term not in meanings}
        title = "Comparison of models or commits" if name == "compare" else title_of(name)
        command = "pretune compare NAME NAME" if name == "compare" else f"pretune show SUITE {name}"
        rows = [[(term, False), (text, False)] for term, text in sorted(meanings.items(), key=lambda m: m[0].lower())]
        lines += [f"## {escaped(title)}", f"<p><code>{command}</code></p>",
                  rows_html([("column or term", False), ("meaning", False)], rows)]  # fmt: skip
    return "\n\n".join(lines)


def compared(suite: str) -> Finding:
    """A comparison of the first two models of a suite."""
    return compare(evidence(suite), sorted(evidence(suite).suite.models)[:2])


def finding_terms(columns: Sequence[Column], finding: Finding) -> dict[str, str]:
    """The titles of columns with their meanings, hidden ones included, and the terms of the legend."""
    shown = {values.title_of(column): column.meaning for column in columns if column.title and column.meaning}
    return {**shown, **finding.legend}


def entry_keys() -> str:
    """The keys of all entries and of the tables inside them: type, default and meaning."""
    lines = []
    for kind, schema in schemas.SCHEMAS.items():
        lines += [f"## {kind.capitalize()}", f"<p><code>registry/{kind}/NAME.toml</code>: {prose(schema.__doc__)}</p>",
                  keys_html(schema)]  # fmt: skip
    lines.append("## Tables inside entries")
    for schema in NESTED:
        lines += [f"### {schema.__name__}", f"<p>{prose(schema.__doc__)}</p>", keys_html(schema)]
    return "\n\n".join(lines)


def keys_html(schema: type[schemas.Schema]) -> str:
    """The keys of a schema, those that are required first."""
    fields, meanings = schema.model_json_schema()["properties"], field_meanings(schema)
    required = [name for name, field in schema.model_fields.items() if field.is_required()]
    rows = []
    for name in [*required, *(name for name in fields if name not in required)]:
        default = "required" if name in required else f"`{default_text(fields[name].get('default'))}`"
        rows.append([(f"`{name}`", False), (type_text(fields[name]), False), (default, False),
                     (meanings.get(name, ""), False)])  # fmt: skip
    return rows_html([(title, False) for title in ("key", "type", "default", "meaning")], rows)


def field_meanings(schema: type) -> dict[str, str]:
    """The docstrings of a class's fields, those of its bases included."""
    meanings: dict[str, str] = {}
    for base in reversed(schema.__mro__):
        if base.__module__ != schemas.__name__:
            continue
        (body,) = (each.body for each in ast.parse(inspect.getsource(base)).body if isinstance(each, ast.ClassDef))
        for field, text in itertools.pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                meanings[field.target.id] = str(ast.literal_eval(text.value))
    return meanings


def type_text(field: Mapping[str, Any]) -> str:
    """The type of a key in TOML's terms, from its JSON schema: `integer ≥ 1`, `list of Block`."""
    if "$ref" in field:
        return f"table {field['$ref'].rpartition('/')[2]}"
    if "anyOf" in field:
        return type_text(next(each for each in field["anyOf"] if each.get("type") != "null"))
    if "enum" in field or "const" in field:
        return " or ".join(f'`"{value}"`' for value in field.get("enum", [field.get("const")]))
    if field["type"] == "array":
        return f"list of {type_text(field['items'])}"
    if field["type"] == "object":
        inside = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), True)
        return "table" if inside is True else f"table of {type_text(inside)}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = ", ".join(f"{sign} {field[name]:g}" for name, sign in signs.items() if name in field)
    return f"{field['type']} {bounds}".strip()


def default_text(value: Any) -> str:
    """A default as TOML; `none` for no value or no table."""
    if value is None or isinstance(value, dict):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(default_text, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def bullets(sentences: Iterable[str]) -> str:
    """A list of sentences."""
    return "<ul>\n" + "\n".join(f"<li>{escaped(sentence)}</li>" for sentence in sentences) + "\n</ul>"


Cell = tuple[str, bool]
"""A text, and whether it is a number."""


def rows_html(titles: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> str:
    """A table. Numbers are right-aligned; text in backquotes is code."""
    lines = ["<table>", "<thead>", f"<tr>{''.join(_cells('th', titles))}</tr>", "</thead>", "<tbody>"]
    lines += [f"<tr>{''.join(_cells('td', row))}</tr>" for row in rows]
    return "\n".join([*lines, "</tbody>", "</table>"])


def _cells(tag: str, cells: Sequence[Cell]) -> Iterator[str]:
    for text, numeric in cells:
        align = ' style="text-align: right"' if numeric else ""
        yield f"<{tag}{align}>{prose(text)}</{tag}>"


def prose(text: str | None) -> str:
    """A text as HTML, on one line, with text in backquotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped(text or ""))


def escaped(text: str) -> str:
    """A text that is neither HTML nor Markdown: special characters as entities."""
    line = plain(" ".join(text.split()))
    return re.sub(r"[&<>\"'\\*_{}\[\]#|~!^$]", lambda match: f"&#{ord(match[0])};", line)
