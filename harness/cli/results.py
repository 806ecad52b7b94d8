"""The verbs of the store itself: results check, repair, retract."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from harness.cli.group import board_of, main


@main.group()
def results() -> None:
    """The store of records itself."""


@results.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read every record and say what is wrong."""
    from harness.report.output import count

    store = board_of(ctx).store
    problems = store.check()
    for problem in problems:
        click.echo(str(problem), err=problem.harmful)
    trials = list(dict.fromkeys(problem.trial for problem in problems if problem.trial))
    if trials:
        mend = _retract(trials, "part of its record is lost")
        click.echo(f"unless a copy of these files can be put back, this takes them off the board: {mend}", err=True)
    harmful, torn = sum(problem.harmful for problem in problems), sum(problem.torn for problem in problems)
    said = f"{count(len(store), 'record')}; {count(harmful, 'problem')}"
    click.echo(said + (f"; {count(torn, 'line')} cut short" if torn else ""), err=True)
    ctx.exit(1 if harmful else 0)


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
@click.argument("trials", metavar="TRIAL...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why the records are wrong; it is shown with them.")
@click.pass_context
def retract(ctx: click.Context, trials: tuple[str, ...], reason: str) -> None:
    """Take back the records of trials. They stay on disk, marked."""
    from harness.report.output import count
    from harness.sweep.plan import find

    store = board_of(ctx).store
    known = store.keys()
    keys = list(dict.fromkeys(find(known, trial) for trial in trials))
    taken = store.retract(keys, reason)
    of = f"{keys[0][:16]}" if len(keys) == 1 else f"{len(keys)} trials"
    click.echo(f"{count(taken, 'record')} of {of} retracted", err=True)
    begun = store.begun_from(keys)
    if begun:
        mend = _retract(list(dict.fromkeys(record.key for record in begun)), reason)
        click.echo(
            f"{count(len(begun), 'record')} of adaptations that began from it still count; to take them back: {mend}",
            err=True,
        )


def _retract(trials: Sequence[str], reason: str) -> str:
    """The command that takes trials back, to be pasted."""
    return f"pretune results retract {' '.join(key[:12] for key in trials)} --reason {shlex.quote(reason)}"
