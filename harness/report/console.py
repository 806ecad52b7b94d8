"""Printable text and tables on stdout, fitted to the terminal."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from harness.printable import plain
from harness.report.fit import stacked, widths, wrapped_in
from harness.report.values import NOTHING

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 220
"""Terminal columns of a pipe or a file, where nothing is wrapped."""
READABLE = 110
"""The longest line of running text."""


def width() -> int:
    """The terminal columns of stdout; `WIDE` where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE


def print_text(text: str, bullet: str = "") -> None:
    """A paragraph in lines that a terminal holds; those after the first are indented below a bullet."""
    room = max(min(READABLE, width()), 20)
    lines = textwrap.wrap(plain(text), room, initial_indent=bullet, subsequent_indent=" " * len(bullet))
    print("\n".join(lines))


def print_heading(text: str) -> None:
    """A line in bold, wrapped where the terminal is narrow."""
    from rich.text import Text

    _console().print(Text(plain(text), style="bold"))


def print_cells(
    cells: Sequence[Sequence[str]], names: Sequence[str], title: str = "", right: Iterable[str] = ()
) -> None:
    """Cells of text under the columns `names`, row below row where the terminal is too narrow for columns. Those in
    `right` are right-aligned."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = _console()
    heads, texts = [plain(name) for name in names], [[plain(cell) for cell in row] for row in cells]
    heading = Text(plain(title), style="bold")
    fitted = widths(texts, heads, console.width)
    if fitted is None:
        lines = [Text(line) for row in texts for line in stacked(row, heads, NOTHING, console.width)]
        console.print(*([heading] if title else []), *lines, sep="\n")
        return
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    aligned = set(right)
    for name, head, wide in zip(names, heads, fitted, strict=True):
        justify: Literal["left", "right"] = "right" if name in aligned else "left"
        shown.add_column(Text(wrapped_in(head, wide)), justify=justify, overflow="fold", width=wide)
    for row in texts:
        shown.add_row(*(Text(wrapped_in(cell, wide)) for cell, wide in zip(row, fitted, strict=True)))
    console.print(*([heading] if title else []), shown)


def _console() -> "Console":
    from rich.console import Console

    class Closing(Console):
        def on_broken_pipe(self) -> None:
            """A reader that closes the pipe is no failure: rich would exit with status 1."""
            raise BrokenPipeError

    return Closing(file=sys.stdout, width=width(), highlight=False)
