"""The group of all verbs, and what they share: the board's folders, the form of data, what a mistake leads to."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import BoardError

if TYPE_CHECKING:
    import logging

    from harness.board import Board

FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="How data are printed."
)


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
