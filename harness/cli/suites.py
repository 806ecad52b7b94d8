"""The suite that a reader means, and its evidence with warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.group import board_of
from harness.errors import BoardError, nearest

if TYPE_CHECKING:
    from harness.board import Board
    from harness.findings.evidence import Evidence

DEFAULT_SUITE = "quick"
"""The suite that is shown where nothing is recorded."""


def evidence_of(ctx: click.Context, suite: str | None) -> tuple[str, Evidence]:
    """The name of the suite and its evidence, with a warning for missing or stale records."""
    board = board_of(ctx)
    name = suite_of(board, suite)
    if not board.results.exists():
        click.echo(f"pretune: {board.results}: no such folder, so nothing is recorded. Give --results DIR.", err=True)
    evidence = board.evidence(name)
    if stale := evidence.stale:
        click.echo(
            f"pretune: {stale} cell{'s have' if stale != 1 else ' has'} stale records. `pretune plan {name}` lists the "
            "trials that would run, `pretune why TRIAL` the change.",
            err=True,
        )
    return name, evidence


def warn_of_incomplete_cells(suite: str, evidence: Evidence) -> None:
    """A warning for the cells that lack a seed, be it not recorded or failed."""
    seeds = len(evidence.seeds or ())
    incomplete = sum(row.n < seeds for row in evidence.rows)
    if incomplete:
        click.echo(
            f"pretune: {incomplete} of {len(evidence.rows)} cells have missing or failed seeds. "
            f"`pretune show {suite} board` lists them.",
            err=True,
        )


def suite_of_models(board: Board, names: tuple[str, ...]) -> str | None:
    """The one suite with records that has all models; None where names may be commits."""
    from harness.findings.compare import COMMIT

    suites, recorded = board.catalog.suites, recorded_in(board)
    known = {suite: suites[suite].models for suite in recorded if suite in suites}
    if known:
        board.catalog.remark_on_suites(recorded)
    having = [suite for suite, models in known.items() if set(names) <= models]
    if len(having) > 1:
        raise BoardError(
            f"{' and '.join(names)} are in {', '.join(having)}", place="--suite", fix="add --suite with one of them"
        )
    if known and not having and not any(COMMIT.fullmatch(name) for name in names):
        every = sorted(set().union(*known.values()))
        for name in names:
            if name not in every:
                expected = f"a model of {', '.join(known)}"
                raise BoardError(place="NAMES", expected=expected, got=f"'{name}'", fix=nearest(name, every))
        raise BoardError(place="NAMES", expected="models of one suite with records", got=" and ".join(names))
    return having[0] if having else None


def recorded_in(board: Board) -> list[str]:
    """The suites of the registry with records, invalid ones too."""
    return [suite for suite in board.store.suites() if suite in board.catalog.names("suites")]


def suite_of(board: Board, name: str | None) -> str:
    """The named suite; else the only one with records, else `quick`."""
    if name is not None:
        return board.catalog.suite(name).name
    recorded = recorded_in(board)
    if len(recorded) > 1:
        raise BoardError("several suites have records", place="SUITE", fix=f"name one of {', '.join(recorded)}")
    if recorded:
        return recorded[0]
    known = board.catalog.names("suites")
    return DEFAULT_SUITE if DEFAULT_SUITE in known else min(known, default=DEFAULT_SUITE)
