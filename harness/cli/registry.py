"""The verbs that look at the registry and the machine, not at records: validate, list, doctor."""

from __future__ import annotations

import click

from harness.cli.group import FORMAT, board_of, main
from harness.errors import BoardError


@main.command()
@click.argument("entries", nargs=-1)
@click.pass_context
def validate(ctx: click.Context, entries: tuple[str, ...]) -> None:
    """Check the registry, or only ENTRIES (names or files). No code of an entry runs."""
    from harness.catalog import Catalog

    catalog = Catalog(board_of(ctx).registry)
    problems = catalog.problems_of(entries)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        click.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}", err=True)
        ctx.exit(2)
    click.echo(f"valid: {', '.join(entries) if entries else f'{catalog.count()} entries'}", err=True)


@main.command("list")
@click.argument("kind", type=click.Choice(["models", "objectives", "corpora", "tasks", "suites"]))
@FORMAT
@click.pass_context
def list_(ctx: click.Context, kind: str, form: str) -> None:
    """What there is, with its main facts."""
    from harness.report.listing import entries
    from harness.report.output import emit_rows

    catalog = board_of(ctx).catalog
    catalog.remark()
    emit_rows(entries(catalog, kind), form, title=kind)


@main.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """The environment, the devices, the data, what is missing and how to get it."""
    from harness.report.doctor import report

    try:
        board = board_of(ctx)
    except BoardError:  # outside a board it answers too
        click.echo(report())
    else:
        board.catalog.remark()
        click.echo(report(board))
