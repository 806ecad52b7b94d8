"""What a user can mend."""

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
