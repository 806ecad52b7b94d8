"""The verbs of trials: plan, sweep, why, reproduce."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.group import FORMAT, board_of, main

PLAN_ROWS = 200
"""More trials than this nobody reads in a table."""

SELECT = [
    click.option("--only", metavar="EXPR", help="Only some cells: model=cnn-small,arm=simclr,task=digits|mnist."),
    click.option("--seeds", type=click.IntRange(min=1), help="Only the first N seeds of the suite."),
    click.option("--retry", type=click.Choice(["failed"]), help="Run failed trials again."),
]


def select(command: Any) -> Any:
    """The options that pick trials."""
    for option in reversed(SELECT):
        command = option(command)
    return command


@main.command()
@click.argument("suite")
@select
@FORMAT
@click.pass_context
def plan(ctx: click.Context, suite: str, only: str | None, seeds: int | None, retry: str | None, form: str) -> None:
    """The trials of SUITE: which are done, which would run and why, what they will cost."""
    from harness.report.output import emit_rows
    from harness.sweep.forecast import forecast, rows
    from harness.sweep.plan import DONE
    from harness.sweep.run import make_plan

    board = board_of(ctx)
    entry = board.catalog.suite(suite)
    found = make_plan(board, entry, only, seeds, bool(retry))
    told = rows(found, board.store)
    if form == "table" and len(told) > PLAN_ROWS:
        told.sort(key=lambda row: row["status"] == DONE)
        said = (
            f"shown are {PLAN_ROWS} of {len(told)} trials, what is not done first; --only picks, --format csv has all"
        )
        click.echo(said, err=True)
        told = told[:PLAN_ROWS]
    emit_rows(told, form, title=f"plan of {suite}")
    click.echo(forecast(found, board.store, entry), err=True)
    for name, why in found.unreadable().items():
        click.echo(f"pretune: {name}: {why}; till then its trials are left out", err=True)


@main.command()
@click.argument("suite")
@select
@click.option("--workers", type=click.IntRange(min=1), help="Trials at once; by default one a core, or one a GPU.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--download", is_flag=True, help="Fetch public data that are not there; failed trials run again.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds after which a trial is ended.")
@click.pass_context
def sweep(
    ctx: click.Context,
    suite: str,
    only: str | None,
    seeds: int | None,
    retry: str | None,
    workers: int | None,
    device: str,
    download: bool,
    timeout: float | None,
) -> None:
    """Run what is not done of SUITE. Interrupt once to stop after the running trials, twice to stop at once."""
    from harness.report.progress import progress
    from harness.sweep.run import Interrupted, sweep

    try:
        counts = sweep(
            board_of(ctx),
            suite,
            workers=workers,
            device=device,
            timeout_s=timeout,
            only=only,
            seeds=seeds,
            retry=bool(retry),
            download=download,
            progress=progress(),
        )
    except Interrupted as interrupted:
        click.echo(f"pretune: {interrupted}", err=True)
        ctx.exit(130)
    ctx.exit(1 if counts["failed"] or counts["blocked"] or counts["left out"] else 0)


@main.command()
@click.argument("trial")
@click.pass_context
def why(ctx: click.Context, trial: str) -> None:
    """What decides the key of TRIAL; against the nearest recorded trial, what changed."""
    from harness.sweep.why import explain

    click.echo(explain(board_of(ctx), trial))


@main.command()
@click.argument("trial")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@FORMAT
@click.pass_context
def reproduce(ctx: click.Context, trial: str, device: str, form: str) -> None:
    """Run a recorded TRIAL again, with what it depends on, and compare.

    On the recorded hardware and packages every bit has to come again; elsewhere what is close will do.
    """
    from harness.report.output import emit_rows
    from harness.sweep.reproduce import DIFFERS, reproduce

    found = reproduce(board_of(ctx), trial, device)
    emit_rows(found.rows, form, title=f"trial {trial}")
    for line in found.elsewhere:
        click.echo(line, err=True)
    click.echo(found.verdict, err=True)
    ctx.exit(1 if found.verdict == DIFFERS else 0)
