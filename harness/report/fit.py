"""How a table fits into so many columns of a terminal: side by side where each word has room, else row below row."""

import re
import textwrap
from collections.abc import Sequence

from rich.cells import cell_len

BETWEEN = 3
"""The columns of a terminal that lie between two cells, and on both edges together."""
TALL = 4
"""More lines than these and a row is no longer read as one."""
INDENT = "    "
SHORT = 40
"""What is no longer stands on one line."""
INTERVAL = re.compile(r"\[[^\]]*\]")
UNBROKEN = "\N{NO-BREAK SPACE}"


def widths(cells: Sequence[Sequence[str]], names: Sequence[str], room: int) -> list[int] | None:
    """How wide each column is to be, so that no word is broken and no row is taller than four lines; None where
    there is not the room."""
    columns = list(zip(names, *cells, strict=True))
    whole = [max(1, *map(cell_len, column)) for column in columns]
    if sum(whole) + BETWEEN * len(columns) <= room:
        return whole
    found = [max(1, *map(_longest_word, column)) for column in columns]
    spare = room - BETWEEN * len(columns) - sum(found)
    if spare < 0:
        return None
    for _ in range(min(spare, sum(whole) - sum(found))):  # each to the column whose cells are the tallest
        found[max(range(len(found)), key=lambda place: whole[place] / found[place])] += 1
    return found if all(many <= TALL * width for many, width in zip(whole, found, strict=True)) else None


def wrapped_in(text: str, width: int) -> str:
    """A cell in lines of so many columns, broken between words and after hyphens."""
    return text if cell_len(text) <= width else "\n".join(textwrap.wrap(_whole(text), width)).replace(UNBROKEN, " ")


def stacked(row: Sequence[str], names: Sequence[str], nothing: str, room: int) -> list[str]:
    """A row as lines: its first cell, and below it the others that hold something, each after its column's name."""
    told = [f"{name} {text}" for name, text in list(zip(names, row, strict=True))[1:] if text not in ("", nothing)]
    inside = max(room - len(INDENT), 20)
    kept = [each.replace(" ", UNBROKEN) if len(each) <= min(SHORT, inside) else _whole(each) for each in told]
    lines = textwrap.wrap(" · ".join(kept), inside, break_on_hyphens=False)
    return [row[0], *(INDENT + line.replace(UNBROKEN, " ") for line in lines)]


def _longest_word(text: str) -> int:
    return max(map(cell_len, _whole(text).replace("-", "- ").split(" ")), default=0)


def _whole(text: str) -> str:
    """With intervals as words, which are not broken."""
    return INTERVAL.sub(lambda found: found[0].replace(" ", UNBROKEN), text)
