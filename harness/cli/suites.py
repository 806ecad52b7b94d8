"""Which suite a reader means who names none, and its records with remarks on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.group import board_of
from harness.errors import BoardError, nearest

if TYPE_CHECKING:
    from harness.board import Board
    from harness.findings.evidence import Analysis

DEFAULT_SUITE = "quick"
"""What is shown where nothing is recorded."""


def reading(ctx: click.Context, suite: str | None) -> tuple[Board, str, Analysis]:
    """The board, the suite to read and what its records say, with remarks on whatever makes it less than it seems."""
    board = board_of(ctx)
    name = suite_of(board, suite)
    if not board.results.exists():
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
    from harness.findings.compared import COMMIT

    suites, recorded = board.catalog.suites, recorded_in(board)
    known = {suite: suites[suite].models for suite in recorded if suite in suites}
    if known:
        board.catalog.remark_on_suites(recorded)
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
    """The suites of the registry that have records, broken ones too."""
    return [suite for suite in board.store.suites() if suite in board.catalog.names("suites")]


def suite_of(board: Board, name: str | None) -> str:
    """The suite that is meant where none is named: the one that has records, else `quick`."""
    if name is not None:
        return board.catalog.suite(name).name
    recorded = recorded_in(board)
    if len(recorded) > 1:
        raise BoardError(f"several suites have records: name one of {', '.join(recorded)}")
    if recorded:
        return recorded[0]
    there = board.catalog.names("suites")
    return DEFAULT_SUITE if DEFAULT_SUITE in there else min(there, default=DEFAULT_SUITE)
