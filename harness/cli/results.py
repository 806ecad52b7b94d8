"""The verbs of the store itself: results check, repair, retract."""

from __future__ import annotations

import click

from harness.cli.group import board_of, main


@main.group()
def results() -> None:
    """The store of records itself."""


@results.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read every record and say what is wrong."""
    store = board_of(ctx).store
    problems = store.check()
    for problem in problems:
        click.echo(str(problem), err=problem.harmful)
    click.echo(f"{len(store)} records; {sum(p.harmful for p in problems)} problems", err=True)
    ctx.exit(1 if any(problem.harmful for problem in problems) else 0)


@results.command()
@click.pass_context
def repair(ctx: click.Context) -> None:
    """Set torn and corrupt lines aside, in a file beside their segment."""
    moved = board_of(ctx).store.repair()
    for line in moved:
        click.echo(line)
    if not moved:
        click.echo("every line can be read: nothing to set aside", err=True)


@results.command()
@click.argument("trial")
@click.option("--reason", required=True, help="Why the record is wrong; it is shown with it.")
@click.pass_context
def retract(ctx: click.Context, trial: str, reason: str) -> None:
    """Take back the records of TRIAL. They stay on disk, marked."""
    from harness.sweep.plan import find

    store = board_of(ctx).store
    key = find(store.keys(), trial)
    count = store.retract(key, reason)
    click.echo(f"{count} record{'s' if count != 1 else ''} of {key[:16]} retracted", err=True)
