"""The verbs of the store: results check, repair, retract."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from harness.cli.group import board_of, main


@main.group()
def results() -> None:
    """Check, repair and retract records."""


@results.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read every record and report problems."""
    from harness.printable import count

    store = board_of(ctx).store
    problems = store.check()
    for problem in problems:
        click.echo(str(problem), err=problem.harmful)
    trials = list(dict.fromkeys(problem.trial for problem in problems if problem.trial))
    if trials:
        fix = _retract(trials, "part of its record is lost")
        click.echo(f"Restore these files from a copy, or retract their trials: {fix}", err=True)
    harmful, torn = sum(problem.harmful for problem in problems), sum(problem.torn for problem in problems)
    summary = f"{count(len(store), 'record')}; {count(harmful, 'problem')}"
    click.echo(summary + (f"; {count(torn, 'line')} cut short" if torn else ""), err=True)
    ctx.exit(1 if harmful else 0)


@results.command()
@click.pass_context
def repair(ctx: click.Context) -> None:
    """Move torn and corrupt lines to a file next to their segment."""
    moved = board_of(ctx).store.repair()
    for line in moved:
        click.echo(line)
    if not moved:
        click.echo("every line is readable: nothing to move", err=True)


@results.command()
@click.argument("trials", metavar="TRIAL...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Fault of the records; shown with them.")
@click.pass_context
def retract(ctx: click.Context, trials: tuple[str, ...], reason: str) -> None:
    """Retract the records of trials. They stay on disk, marked."""
    from harness.printable import count
    from harness.sweep.plan import find

    store = board_of(ctx).store
    known = store.keys()
    keys = list(dict.fromkeys(find(known, trial) for trial in trials))
    retracted = store.retract(keys, reason)
    of = f"{keys[0][:16]}" if len(keys) == 1 else f"{len(keys)} trials"
    click.echo(f"{count(retracted, 'record')} of {of} retracted", err=True)
    adaptations = store.adaptations_of(keys)
    if adaptations:
        fix = _retract(list(dict.fromkeys(record.key for record in adaptations)), reason)
        click.echo(f"{count(len(adaptations), 'record')} of its adaptations still count. Retract them: {fix}", err=True)


def _retract(trials: Sequence[str], reason: str) -> str:
    """The command that retracts trials, ready to paste."""
    return f"pretune results retract {' '.join(key[:12] for key in trials)} --reason {shlex.quote(reason)}"
