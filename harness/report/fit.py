"""The layout of a table in a terminal: columns where each word has room, else row below row."""

import re
import textwrap
from collections.abc import Sequence

from rich.cells import cell_len

BETWEEN = 3
"""Terminal columns between two cells, and on both edges together."""
TALL = 4
"""The most lines of a row."""
INDENT = "    "
SHORT = 40
"""Longer text may be broken in a stacked row."""
UNBREAKABLE = re.compile(r"\[[^\]]*\]|± \S+|^[−\d][\d.,]*[kMGTPE]? \S+$")
"""Intervals, margins and numbers with their units."""
UNBROKEN = "\N{NO-BREAK SPACE}"


def widths(cells: Sequence[Sequence[str]], names: Sequence[str], room: int) -> list[int] | None:
    """The width of each column, so that no word is broken and no row is taller than `TALL` lines; None where `room`
    terminal columns are too few."""
    columns = list(zip(names, *cells, strict=True))
    whole = [max(1, *map(cell_len, column)) for column in columns]
    if sum(whole) + BETWEEN * len(columns) <= room:
        return whole
    fitted = [max(1, *map(_longest_word, column)) for column in columns]
    spare = room - BETWEEN * len(columns) - sum(fitted)
    if spare < 0:
        return None
    for _ in range(min(spare, sum(whole) - sum(fitted))):  # each to the column with the tallest cells
        fitted[max(range(len(fitted)), key=lambda index: whole[index] / fitted[index])] += 1
    return fitted if all(length <= TALL * width for length, width in zip(whole, fitted, strict=True)) else None


def wrapped_in(text: str, width: int) -> str:
    """A cell in lines of `width` terminal columns, broken between words and after hyphens."""
    return text if cell_len(text) <= width else "\n".join(textwrap.wrap(_whole(text), width)).replace(UNBROKEN, " ")


def stacked(row: Sequence[str], names: Sequence[str], nothing: str, room: int) -> list[str]:
    """A row as lines: its first cell, and below it the other cells with a value, each after its column's name."""
    cells = [f"{name} {text}" for name, text in list(zip(names, row, strict=True))[1:] if text not in ("", nothing)]
    inside = max(room - len(INDENT), 20)
    kept = [each.replace(" ", UNBROKEN) if len(each) <= min(SHORT, inside) else _whole(each) for each in cells]
    lines = textwrap.wrap(" · ".join(kept), inside, break_on_hyphens=False)
    return [row[0], *(INDENT + line.replace(UNBROKEN, " ") for line in lines)]


def _longest_word(text: str) -> int:
    return max(map(cell_len, _whole(text).replace("-", "- ").split(" ")), default=0)


def _whole(text: str) -> str:
    """With intervals, margins and units as one word each, which is not broken."""
    return UNBREAKABLE.sub(lambda match: match[0].replace(" ", UNBROKEN), text)
