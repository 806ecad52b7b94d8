"""The verbs of the registry and the machine: validate, list, doctor."""

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
    """List registry entries."""
    from harness.cli.listing import entries
    from harness.cli.output import print_rows

    catalog = board_of(ctx).catalog
    catalog.remark()
    print_rows(entries(catalog, kind), form, title=kind)


@main.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check the environment, the devices and the data, and print how to get missing parts."""
    from harness.cli.doctor import report

    try:
        board = board_of(ctx)
    except BoardError:  # it also works outside a board
        click.echo(report())
    else:
        board.catalog.remark()
        click.echo(report(board))
