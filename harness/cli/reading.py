"""The verbs that read the records of a suite: show, compare, site."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import SUITE, board_of, main
from harness.cli.suites import evidence_of, suite_of_models, warn_of_incomplete_cells
from harness.errors import BoardError
from harness.findings import ANSWERS, FINDINGS

DATA_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "latex"]),
    default="table",
    help="Output format.",
)
TABLE = click.option("--table", metavar="NAME", help="Print one table of the finding. CSV prints one at a time.")
WHERE = click.option(
    "--where", metavar="NAME=VALUE,...", help="Keep the rows with these values: task=digits,cost=flops."
)
SHOW = "\n".join(
    [
        "Show the findings of SUITE: the answer in short, or all of one FINDING.\n",
        "\b",
        "FINDING is one of",
        *(f"  {name:15} {meaning}" for name, meaning in FINDINGS.items()),
    ]
)


@main.command(help=SHOW)
@SUITE
@click.argument("finding", required=False, type=click.Choice(list(FINDINGS)), metavar="[FINDING]")
@DATA_FORMAT
@TABLE
@WHERE
@click.pass_context
def show(
    ctx: click.Context, suite: str | None, finding: str | None, form: str, table: str | None, where: str | None
) -> None:
    """The findings of a suite, on stdout."""
    from harness.cli.output import print_answer, print_finding
    from harness.findings import compute

    for option, value in (("--table", table), ("--where", where)):
        if finding is None and value:
            raise BoardError(place=option, expected="a FINDING", got="none", fix=f"name one of {', '.join(FINDINGS)}")
    name, evidence = evidence_of(ctx, suite)
    if finding is None:
        print_answer(name, {each: compute(each, evidence) for each in ANSWERS}, form)
        warn_of_incomplete_cells(name, evidence)
    else:
        print_finding(f"{name}: {finding}", compute(finding, evidence), form, table, where, main=finding)


@main.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--suite", help="Suite of the cells.")
@DATA_FORMAT
@TABLE
@WHERE
@click.pass_context
def compare(
    ctx: click.Context, names: tuple[str, ...], suite: str | None, form: str, table: str | None, where: str | None
) -> None:
    """Compare two models or two commits, NAMES, cell by cell: the second minus the first, with intervals.

    A commit is a hash of 7 digits or more. Up to four models are compared, each with the first.
    """
    from harness.cli.output import print_finding
    from harness.findings.compare import compare as compared

    name, evidence = evidence_of(ctx, suite or suite_of_models(board_of(ctx), names))
    title = f"{name}: {' and '.join(names)}"
    print_finding(title, compared(evidence, names), form, table, where, main="differences")


@main.command()
@SUITE
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Output folder [site/public].")
@click.option("--figures", is_flag=True, help="Write figures for papers too, as SVG and PNG, to its folder figures.")
@click.pass_context
def site(ctx: click.Context, suite: str | None, out: Path | None, figures: bool) -> None:
    """Render the static site of SUITE."""
    from harness.report.site import render

    board = board_of(ctx)
    name, evidence = evidence_of(ctx, suite)
    target = (out or board.root / "site" / "public").resolve()
    written = render(evidence, board.catalog, board.catalog.suite(name), target, figures)
    click.echo(f"{len(written)} files", err=True)
    click.echo(target / "index.html")
