"""What a user can mend, and what the message of a failure says first."""

import difflib
from collections.abc import Iterable


class BoardError(Exception):
    """Invalid input or usage: the message names the file, the key and the mend; the command exits with 2."""


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint for an unknown word: the nearest valid one, else all of them (empty when there is none)."""
    words = sorted(valid)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"valid: {', '.join(words[:20])}" if words else ""


def parted(message: str) -> tuple[str, str, str]:
    """A failure's message above, in and below the line that says what went wrong: of a traceback that which names the
    exception, of any other text the first that is not indented."""
    lines = message.splitlines(keepends=True)
    frames = [number for number, line in enumerate(lines) if line.startswith('  File "')]
    begin = frames[-1] + 1 if frames else 0
    flush = (number for number in range(begin, len(lines)) if not lines[number][0].isspace())
    at = next(flush, len(lines) - 1)
    named = "".join(lines[at : at + 1]).rstrip()
    above = "".join(lines[: max(at, 0)])
    return above, named, message[len(above) + len(named) :]


def reason_of(message: str | None) -> str:
    """What went wrong, in one line; empty where nothing is said."""
    return parted((message or "").strip())[1].strip()
