"""The verbs that say what the records of a suite say: show, relate, compare, site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.group import FORMAT, board_of, main
from harness.cli.suites import reading, suite_with


@main.command()
@click.argument("suite", required=False)
@click.option("--across", is_flag=True, help="What each pretraining adds over all tasks of a protocol.")
@click.option(
    "--pareto",
    type=click.Choice(["latency", "throughput", "memory", "energy", "time", "parameters", "flops"]),
    help="The cells that no other beats in score and this cost.",
)
@click.option("--generalisation", is_flag=True, help="Gaps to training and to shifted examples, and calibration.")
@click.option("--similarity", is_flag=True, help="How alike the features of arms and of encoders are.")
@click.option("--layers", is_flag=True, help="What fine-tuning does to encoders, layer by layer.")
@click.option("--trends", is_flag=True, help="What changed from night to night and from commit to commit.")
@FORMAT
@click.pass_context
def show(
    ctx: click.Context,
    suite: str | None,
    across: bool,
    pareto: str | None,
    generalisation: bool,
    similarity: bool,
    layers: bool,
    trends: bool,
    form: str,
) -> None:
    """The leaderboard in the terminal, intervals included."""
    from harness.matrix import headline_cells
    from harness.report.across import across_table
    from harness.report.generalisation import generalisation_table
    from harness.report.pareto import pareto_table
    from harness.report.similarity import layer_table, similarity_table
    from harness.report.terminal import show_table
    from harness.report.trends import trends_table

    one_of(
        across=across,
        pareto=pareto,
        generalisation=generalisation,
        similarity=similarity,
        layers=layers,
        trends=trends,
    )
    board, name, found = reading(ctx, suite)
    inspected = {each.protocol for each in board.catalog.suite(name).adaptations.values() if each.inspect}
    if across:
        across_table(found.across, form, title=name)
    elif pareto:
        pareto_table(found.pareto(pareto), pareto, form, title=name)
    elif generalisation:
        generalisation_table(found.generalisation, form, title=name)
    elif similarity:
        similarity_table(found.similarity, form, title=name, inspected=bool(inspected))
    elif layers:
        layer_table(found.layers, form, title=name, inspected="finetune" in inspected)
    elif trends:
        trends_table(found, form, title=name)
    else:
        entry = board.catalog.suite(name)
        show_table(found.frame, form, name, headline_cells(entry), len(entry.seeds))


@main.command()
@click.argument("suite", required=False)
@click.option(
    "--factor",
    type=click.Choice(["quantity", "quality", "size", "labels", "progress"]),
    help="What quantity or quality of the corpus, model size, labels or progress along a pretraining do.",
)
@click.option("--predictors", is_flag=True, help="Which cheap predictor would have picked the best pretraining.")
@click.option("--break-even", is_flag=True, help="How many labels each pretraining is worth.")
@click.option("--difficulty", is_flag=True, help="How hard the tasks are, from scratch alone.")
@FORMAT
@click.pass_context
def relate(
    ctx: click.Context,
    suite: str | None,
    factor: str | None,
    predictors: bool,
    break_even: bool,
    difficulty: bool,
    form: str,
) -> None:
    """How pretraining performance relates to fine-tuning performance, or what a factor does to it."""
    from harness.report.break_even import break_even_table
    from harness.report.difficulty import difficulty_table
    from harness.report.factors import factor_table
    from harness.report.predictors import predictor_table
    from harness.report.terminal import relate_table

    one_of(factor=factor, predictors=predictors, break_even=break_even, difficulty=difficulty)
    _, name, found = reading(ctx, suite)
    if factor:
        factor_table(found.curves, factor, form, title=name)
    elif predictors:
        predictor_table(found.predictors, form, title=name)
    elif break_even:
        break_even_table(found.break_evens, form, title=name)
    elif difficulty:
        difficulty_table(found.difficulty, form, title=name)
    else:
        relate_table(found.relations, form, title=name)


@main.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--suite", help="Of which suite the cells are.")
@FORMAT
@click.pass_context
def compare(ctx: click.Context, names: tuple[str, ...], suite: str | None, form: str) -> None:
    """Two models or two commits, NAMES, cell by cell, with intervals; the second less the first.

    A commit is named by 7 digits or more of its hash; of models up to four, each against the first.
    """
    from harness.report.compare import compare_table

    _, name, found = reading(ctx, suite or suite_with(board_of(ctx), names))
    compare_table(found.compare(*names), form, title=name)


@main.command()
@click.argument("suite", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Where to [site/public].")
@click.option("--figures", is_flag=True, help="Also figures for papers, as SVG and PNG in its folder figures.")
@click.pass_context
def site(ctx: click.Context, suite: str | None, out: Path | None, figures: bool) -> None:
    """Render the static site."""
    from harness.report.site import render

    board, name, found = reading(ctx, suite)
    target = (out or board.root / "site" / "public").resolve()
    written = render(board, board.catalog.suite(name), target, found, figures)
    click.echo(f"{len(written)} files written", err=True)
    click.echo(target / "index.html")


def one_of(**views: Any) -> None:
    """Refuses several views of one verb at once."""
    named = [f"--{view.replace('_', '-')}" for view, value in views.items() if value]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)}: name one of them")
