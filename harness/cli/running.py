"""The verbs of trials: plan, sweep, why, reproduce."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.group import FORMAT, board_of, main

PLAN_ROWS = 200
"""The trials that a plan prints as a table, at most."""

DEVICE = click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True, help="Device of trials."
)
SELECT = [
    click.option("--only", metavar="EXPR", help="Select cells: model=cnn-small,arm=simclr,task=digits|mnist."),
    click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Only the first N seeds of the suite."),
    click.option("--retry", type=click.Choice(["failed"]), help="Run failed trials again."),
]


def select(command: Any) -> Any:
    """The options that select trials."""
    for option in reversed(SELECT):
        command = option(command)
    return command


@main.command()
@click.argument("suite")
@select
@FORMAT
@click.pass_context
def plan(ctx: click.Context, suite: str, only: str | None, seeds: int | None, retry: str | None, form: str) -> None:
    """List the trials of SUITE with their status, the reason, and the cost of those that would run."""
    from harness.cli.output import print_rows
    from harness.sweep.forecast import forecast, rows
    from harness.sweep.plan import DONE
    from harness.sweep.run import make_plan

    board = board_of(ctx)
    entry = board.catalog.suite(suite)
    planned = make_plan(board, entry, only, seeds, bool(retry))
    trials = rows(planned)
    if form == "table" and len(trials) > PLAN_ROWS:
        trials.sort(key=lambda row: row["status"] == DONE)
        click.echo(
            f"{PLAN_ROWS} of {len(trials)} trials, done ones last. --only selects, --format csv prints all.", err=True
        )
        trials = trials[:PLAN_ROWS]
    print_rows(trials, form, title=f"plan of {suite}")
    click.echo(forecast(planned, entry), err=True)
    for name, why in planned.unreadable().items():
        click.echo(f"pretune: {name}: {why}; its trials are skipped", err=True)


@main.command()
@click.argument("suite")
@select
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Parallel trials [cores, or 1 on a GPU].")
@DEVICE
@click.option("--download", is_flag=True, help="Download missing public data; run failed trials again.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Time limit of a trial.")
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
    """Run the trials of SUITE that are not done.

    Ctrl-C once stops after the running trials, twice at once. The same command continues.
    """
    from harness.cli.progress import progress
    from harness.sweep.run import Interrupted, sweep

    board = board_of(ctx)
    try:
        counts = sweep(
            board,
            suite,
            workers=workers,
            device=device,
            timeout_s=timeout,
            only=only,
            seeds=seeds,
            retry=bool(retry),
            download=download,
            progress=progress(board, suite),
        )
    except Interrupted as interrupted:
        click.echo(f"pretune: {interrupted}", err=True)
        ctx.exit(130)
    ctx.exit(1 if counts["failed"] or counts["blocked"] or counts["skipped"] else 0)


@main.command()
@click.argument("trial")
@click.pass_context
def why(ctx: click.Context, trial: str) -> None:
    """Print the spec behind the key of TRIAL, and its changes since the nearest record."""
    from harness.sweep.why import explain

    click.echo(explain(board_of(ctx), trial))


@main.command()
@click.argument("trial")
@DEVICE
@FORMAT
@click.pass_context
def reproduce(ctx: click.Context, trial: str, device: str, form: str) -> None:
    """Run a recorded TRIAL and its parents again, and compare.

    On the recorded hardware and packages every bit has to match; elsewhere metrics have to be close.
    """
    from harness.cli.output import print_rows
    from harness.sweep.reproduce import DIFFERS, reproduce

    comparison = reproduce(board_of(ctx), trial, device)
    print_rows(comparison.rows, form, title=f"trial {trial}")
    for line in comparison.environment:
        click.echo(line, err=True)
    click.echo(comparison.verdict, err=True)
    ctx.exit(1 if comparison.verdict == DIFFERS else 0)
