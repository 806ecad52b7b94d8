"""Prints findings and rows in the format that the user asks for."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from harness.errors import BoardError
from harness.findings import FINDINGS
from harness.findings.base import Column, Finding, Section, Table
from harness.printable import plain

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_LINES = 22
"""The lines of the answer to `pretune show SUITE`: it fits a screen."""


def print_finding(
    title: str, finding: Finding, form: str, table: str | None = None, where: str | None = None, main: str = ""
) -> None:
    """A finding on stdout, or one of its tables; `where` keeps some rows. CSV prints the table `main` by default."""
    from harness.cli.filtering import with_rows, with_table
    from harness.report import data, terminal
    from harness.report.console import print_heading

    if table is not None:
        finding = with_table(finding, table)
    if where:
        finding = with_rows(finding, where)
    if form == "table":
        print_heading(title)
        terminal.print_finding(finding)
        return
    if form == "csv" and table is None and main in finding.tables():
        table = main
    writers: dict[str, Callable[[Finding, str | None], str]] = {
        "json": data.as_json,
        "csv": data.as_csv,
        "latex": data.as_latex,
    }
    click.echo(writers[form](finding, table), nl=form == "json")


def print_answer(suite: str, findings: Mapping[str, Finding], form: str) -> None:
    """The summaries of findings: as a table the first sentence of each, and those of the board, that fit a screen.

    Raises:
        BoardError: for LaTeX, which has tables only.
    """
    from harness.report.console import READABLE, print_heading, width

    if form == "json":
        click.echo(json.dumps({name: list(finding.summary) for name, finding in findings.items()}, indent=1))
    elif form == "latex":
        fix = f"name one of {', '.join(findings)}"
        raise BoardError(place="--format latex", expected="a FINDING", got="none", fix=fix)
    elif form == "csv":
        sentences = [(name, sentence) for name, finding in findings.items() for sentence in finding.summary]
        print_rows([{"finding": name, "sentence": sentence} for name, sentence in sentences], form, suite)
    else:
        print_heading(f"{suite}: the answer")
        lines: list[str] = []
        for sentence in _ordered(findings):
            room = min(READABLE, width())
            new = textwrap.wrap(plain(sentence), room, initial_indent="• ", subsequent_indent="  ")
            if len(lines) + len(new) <= ANSWER_LINES:
                lines += new
        print("\n".join(lines))
        click.echo(f"More: pretune show {suite} FINDING, with one of {', '.join(FINDINGS)}.", err=True)


def _ordered(findings: Mapping[str, Finding]) -> list[str]:
    """The sentences of the first finding, the board, then the first sentence of each other."""
    board, *others = findings.values()
    return [*board.summary[:6], *(finding.summary[0] for finding in others if finding.summary)]


def print_rows(rows: Sequence[Mapping[str, Any]], form: str, title: str) -> None:
    """Rows on stdout under the names of their values."""
    from harness.report.console import print_heading

    columns = [Column(name, name.replace("_", " ")) for name in rows[0]] if rows else []
    table = Table(columns=columns, rows=rows, name="rows", empty="none")
    finding = Finding(sections=[Section(title, tables=[table])])
    if form == "json":
        from harness.report.data import json_row

        click.echo(json.dumps([json_row(row, table.fields) for row in rows], indent=1))
    elif form == "csv":
        from harness.report.data import as_csv

        click.echo(as_csv(finding), nl=False)
    elif not rows:
        print_heading(f"{title}: none")
    else:
        from harness.report.terminal import print_finding

        print_finding(finding, most_rows=None)
