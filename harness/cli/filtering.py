"""The rows and tables of a finding that `--where` and `--table` select."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from harness.errors import BoardError, nearest
from harness.findings.base import Finding, Row, Section, Table, missing
from harness.printable import plain
from harness.report.data import json_text, json_value, table_of

SEPARATOR = re.compile(r",(?=[^,=]+=)")
"""A comma before `NAME=`: the labels of arms have commas too."""


def with_table(finding: Finding, name: str) -> Finding:
    """The sections with a table of that name, and no other table.

    Raises:
        BoardError: when there is no such table.
    """
    table_of(finding, name)
    sections = [
        replace(each, tables=tables, figures=())
        for each in finding.sections
        if (tables := [table for table in each.tables if table.name == name])
    ]
    return replace(finding, summary=(), sections=sections)


def with_rows(finding: Finding, where: str) -> Finding:
    """The finding with the rows whose values are those of `name=value,...`.

    A name that a table lacks is compared with its section's subject. A table that has neither is dropped, and so is
    the summary: both are of all rows. Where no row has all values, the tables are empty and stderr has a remark.

    Raises:
        BoardError: for a part without `=`, a repeated name, and a name or value that no table has.
    """
    wanted, tables = _wanted(where), finding.tables()
    known = {name for table in tables.values() for name in table.fields}
    for name in wanted:
        if name not in known:
            expected = f"NAME=VALUE,... with NAME of {', '.join(sorted(known))}" if known else "a finding with a table"
            raise BoardError(place="--where", expected=expected, got=f"'{name}'", fix=nearest(name, known) or None)
    for name, value in wanted.items():
        _check_value(name, value, finding)
    sections = [kept for section in finding.sections if (kept := _section(section, wanted)) is not None]
    if not sections:
        click.echo(f"pretune: no row has all of {plain(where)}", err=True)
        empty = [replace(table, rows=[]) for table in tables.values() if all(name in table.fields for name in wanted)]
        sections = [Section("", tables=empty)]
    return replace(finding, summary=(), sections=sections)


def _wanted(where: str) -> dict[str, str]:
    """The values by name."""
    wanted: dict[str, str] = {}
    for part in SEPARATOR.split(where):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not (name and equals):
            fix = "give each value as NAME=VALUE"
            raise BoardError(place="--where", expected="NAME=VALUE,...", got=f"'{part}'", fix=fix)
        if name in wanted:
            raise BoardError(place="--where", expected="each NAME once", got=f"'{name}' twice", fix="keep one of them")
        wanted[name] = value
    return wanted


def _check_value(name: str, value: str, finding: Finding) -> None:
    """Raises a BoardError for a value that no row and no subject has."""
    subjects = [section.subject.partition(" ")[2] for section in finding.sections if _subject(section, name)]
    values = [row.get(name) for section in finding.sections for table in section.tables
              if name in table.fields for row in table.rows]  # fmt: skip
    if value in subjects or not values or any(_is(each, value) for each in values):
        return
    valid = {each for each in (*subjects, *map(_text, values)) if each}
    got, fix = f"'{value}'", nearest(value, valid) or None
    raise BoardError(place="--where", expected=f"{name}= with one of its values", got=got, fix=fix)


def _section(section: Section, wanted: Mapping[str, str]) -> Section | None:
    """The section with the wanted rows, and with its figures where all rows are wanted; None without rows."""
    tables = [replace(table, rows=_rows(table, section, wanted)) for table in section.tables]
    tables = [table for table in tables if table.rows]
    whole = sum(len(table.rows) for table in tables) == sum(len(table.rows) for table in section.tables)
    return replace(section, tables=tables, figures=section.figures if whole else ()) if tables else None


def _rows(table: Table, section: Section, wanted: Mapping[str, str]) -> Sequence[Row]:
    own = {name: value for name, value in wanted.items() if name in table.fields}
    if any(_subject(section, name) != value for name, value in wanted.items() if name not in own):
        return []
    return [row for row in table.rows if all(_is(row.get(name), value) for name, value in own.items())]


def _subject(section: Section, kind: str) -> str:
    """The name of a section's subject if it is of a kind; else empty."""
    of, _, name = section.subject.partition(" ")
    return name if of == kind else ""


def _is(value: Any, wanted: str) -> bool:
    """Whether a value is the wanted one: by its text, as a number, or as one of a list."""
    if isinstance(value, list | tuple | set | frozenset) and any(_is(each, wanted) for each in value):
        return True
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return value == float(wanted)
        except ValueError:
            return False if not missing(value) else not wanted
    return wanted in (_text(value), str(value))


def _text(value: Any) -> str:
    """The text of a value in JSON without quotes; empty for a missing one."""
    if missing(value):
        return ""
    return plain(value) if isinstance(value, str) else json_text(json_value(value))
