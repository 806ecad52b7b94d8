"""The command `pretune`: parse, call, print. What a verb needs is imported when it runs, so `--help` is instant."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import BoardError, nearest

if TYPE_CHECKING:
    import logging

    from harness.analysis.findings import Analysis
    from harness.board import Board

FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="How data are printed."
)


DEFAULT_SUITE = "quick"
"""What is shown where nothing is recorded."""


class Verbs(click.Group):
    """The group of all verbs. A mistake of the user is a line on stderr and status 2, one of ours status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BoardError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"pretune: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("pretune: interrupted", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.echo(
                f"pretune: unexpected {type(error).__name__}: {error}; `pretune --debug ...` shows where", err=True
            )
            ctx.exit(1)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--registry", type=click.Path(path_type=Path), help="The registry folder [PRETUNE_REGISTRY].")
@click.option("--results", type=click.Path(path_type=Path), help="The results folder [PRETUNE_RESULTS].")
@click.option("--cache", type=click.Path(path_type=Path), help="The folder of what can be made again [PRETUNE_CACHE].")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="pretune")
@click.pass_context
def main(ctx: click.Context, registry: Path | None, results: Path | None, cache: Path | None, debug: bool) -> None:
    """Which pretraining is worth fine-tuning, on what, and at what cost?"""
    import logging

    for stream in (sys.stdout, sys.stderr):  # where it has no words for a sign, that is spelt
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("pretune: %(message)s"))
    handler.addFilter(Once())
    logging.getLogger("pretune").handlers = [handler]
    ctx.obj = (registry, results, cache)


class Once:
    """Lets each remark through once, however often the store is read."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        new = message not in self.said
        self.said.add(message)
        return new


def board_of(ctx: click.Context) -> Board:
    """The board that the current directory is in, with what the options say of its folders."""
    from harness.board import open_board

    registry, results, cache = ctx.obj
    return open_board(".", registry=registry, results=results, cache=cache)


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

    emit_rows(entries(board_of(ctx).catalog, kind), form, title=kind)


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
    ctx.exit(1 if counts["failed"] or counts["blocked"] else 0)


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
    from harness.report.across import across_table
    from harness.report.generalisation import generalisation_table
    from harness.report.pareto import pareto_table
    from harness.report.similarity import layer_table, similarity_table
    from harness.report.terminal import show_table
    from harness.report.trends import trends_table
    from harness.sweep.cells import headline_cells

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


def one_of(**views: Any) -> None:
    """Refuses several views of one verb at once."""
    named = [f"--{view.replace('_', '-')}" for view, value in views.items() if value]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)}: name one of them")


def reading(ctx: click.Context, suite: str | None) -> tuple[Board, str, Analysis]:
    """The board, the suite to read and what its records say, with remarks on whatever makes it less than it seems."""
    board = board_of(ctx)
    name = suite_of(board, suite)
    if not board.results.is_dir():
        click.echo(f"pretune: {board.results}: no such folder, so nothing is recorded; see --results", err=True)
    found = board.analysis(name)
    if stale := found.stale:
        click.echo(
            f"pretune: {stale} cell{'s show' if stale != 1 else ' shows'} records of other code, data or packages than "
            f"this registry's now: `pretune plan {name}` lists what would run, `pretune why TRIAL` says what changed",
            err=True,
        )
    return board, name, found


def suite_with(board: Board, names: tuple[str, ...]) -> str | None:
    """The suite that is meant by the models to compare: the one with records that has them all, if it is but one."""
    from harness.analysis.compared import COMMIT

    known = {suite: board.catalog.suite(suite).models for suite in recorded_in(board)}
    having = [suite for suite, models in known.items() if set(names) <= models]
    if len(having) > 1:
        raise BoardError(f"{' and '.join(names)} are in several suites: add --suite with one of {', '.join(having)}")
    if known and not having and not any(COMMIT.fullmatch(name) for name in names):
        every = sorted(set().union(*known.values()))
        strange = [
            f"no model '{name}' in {', '.join(known)}: {nearest(name, every)}" for name in names if name not in every
        ]
        raise BoardError(strange[0] if strange else f"no suite that has records holds {' and '.join(names)}")
    return having[0] if having else None


def recorded_in(board: Board) -> list[str]:
    """The suites of the registry that have records."""
    return [suite for suite in board.store.suites() if suite in board.catalog.suites]


def suite_of(board: Board, name: str | None) -> str:
    """The suite that is meant where none is named: the one that has records, else `quick`."""
    if name is not None:
        return board.catalog.suite(name).name
    recorded = recorded_in(board)
    if len(recorded) > 1:
        raise BoardError(f"several suites have records: name one of {', '.join(recorded)}")
    if recorded:
        return recorded[0]
    return DEFAULT_SUITE if DEFAULT_SUITE in board.catalog.suites else next(iter(board.catalog.suites))


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


@main.command()
def doctor() -> None:
    """The environment, the devices, what is missing and how to get it."""
    from harness.report.doctor import report

    click.echo(report())


if __name__ == "__main__":
    main()
