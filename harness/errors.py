"""Errors that a user can fix, and the reason of a recorded failure."""

import difflib
from collections.abc import Iterable


class BoardError(Exception):
    """Invalid input or usage; the command prints it and exits with 2.

    The text is `<place>: expected X, got Y. <Fix>.` where the fields are given, else `<place>: <problem>. <Fix>.`
    """

    def __init__(
        self,
        problem: str = "",
        *,
        place: object = None,
        expected: str | None = None,
        got: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.problem, self.expected, self.got, self.fix = problem, expected, got, fix
        self.place = None if place is None else str(place)
        super().__init__(self._text())

    def _text(self) -> str:
        clauses = [self.problem] if self.problem else []
        clauses += [f"expected {self.expected}"] if self.expected else []
        clauses += [f"got {self.got}"] if self.got else []
        body = ", ".join(clauses)
        end = "" if self.fix and self.fix.endswith("?") else "."
        fix = f". {self.fix[0].upper()}{self.fix[1:].rstrip('.')}{end}" if self.fix else ""
        return f"{f'{self.place}: ' if self.place else ''}{body}{fix}"

    def __reduce__(self) -> "tuple[object, ...]":
        """Errors cross process boundaries with their fields."""
        return _rebuilt, (type(self), self.problem, self.place, self.expected, self.got, self.fix)


def _rebuilt(
    kind: type[BoardError], problem: str, place: str | None, expected: str | None, got: str | None, fix: str | None
) -> BoardError:
    return kind(problem, place=place, expected=expected, got=got, fix=fix)


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint for an unknown word: the nearest valid one, else the first 20 of them; empty when there is none."""
    words = sorted(valid)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"valid: {', '.join(words[:20])}" if words else ""


def split_failure(message: str) -> tuple[str, str, str]:
    """The message of a failure before, at and after the line with its reason.

    In a traceback that is the line with the exception's name; in other text the first line without indentation.
    """
    lines = message.splitlines(keepends=True)
    frames = [number for number, line in enumerate(lines) if line.startswith('  File "')]
    begin = frames[-1] + 1 if frames else 0
    flush = (number for number in range(begin, len(lines)) if not lines[number][0].isspace())
    at = next(flush, len(lines) - 1)
    reason = "".join(lines[at : at + 1]).rstrip()
    before = "".join(lines[: max(at, 0)])
    return before, reason, message[len(before) + len(reason) :]


def failure_reason(message: str | None) -> str:
    """The reason of a failure in one line; empty for an empty message."""
    return split_failure((message or "").strip())[1].strip()
