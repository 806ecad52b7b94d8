"""The group of all verbs: shared options, and exit statuses of errors."""

from __future__ import annotations

import io
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import BoardError

if TYPE_CHECKING:
    from harness.board import Board

FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="Output format."
)
SUITE = click.argument("suite", required=False)


@dataclass
class Shared:
    """The values of the shared options, given before or after the verb."""

    registry: Path | None = None
    results: Path | None = None
    cache: Path | None = None
    debug: bool = False


def _shared_options() -> list[click.Option]:
    """The options that every verb accepts, before it and after it."""

    def keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
        if value:
            setattr(ctx.ensure_object(Shared), str(option.name), value)

    common: dict[str, Any] = {"expose_value": False, "callback": keep, "is_eager": True}
    folder = click.Path(path_type=Path)
    return [
        click.Option(["--registry"], type=folder, metavar="DIR", help="Registry folder [PRETUNE_REGISTRY].", **common),
        click.Option(["--results"], type=folder, metavar="DIR", help="Results folder [PRETUNE_RESULTS].", **common),
        click.Option(["--cache"], type=folder, metavar="DIR", help="Cache folder [PRETUNE_CACHE].", **common),
        click.Option(["--debug"], is_flag=True, help="Show the traceback of an error.", **common),
    ]


class Verb(click.Command):
    """A verb with the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _shared_options()


class VerbGroup(click.Group):
    """A group of verbs with the shared options."""

    command_class = Verb

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _shared_options()


VerbGroup.group_class = VerbGroup


class Main(VerbGroup):
    """The command. A mistake of the user is a line on stderr and status 2, an unexpected error status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        shared = ctx.ensure_object(Shared)
        try:
            return super().invoke(ctx)
        except BoardError as error:
            if shared.debug:
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
            if shared.debug:
                raise
            click.echo(f"pretune: unexpected {type(error).__name__}: {error}. Add --debug for its traceback.", err=True)
            ctx.exit(1)


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pretune")
def main() -> None:
    """Find out which pretraining is worth fine-tuning, on what, and at what cost."""
    for stream in (sys.stdout, sys.stderr):  # characters that the terminal's encoding lacks are escaped
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("pretune: %(message)s"))
    handler.addFilter(Once())
    logging.getLogger("pretune").handlers = [handler]


class Once:
    """Logs each message once, however often the store is read."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        new = message not in self.seen
        self.seen.add(message)
        return new


def board_of(ctx: click.Context) -> Board:
    """The board of the current directory, with the folders that the options give."""
    from harness.board import open_board

    shared = ctx.ensure_object(Shared)
    return open_board(".", registry=shared.registry, results=shared.results, cache=shared.cache)
