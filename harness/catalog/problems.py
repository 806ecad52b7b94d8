"""Problems of registry entries, typed: the file and key, the expected value, the actual value and the fix."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from harness.errors import BoardError, nearest


@dataclass(frozen=True)
class EntryProblem:
    """A problem of one key of an entry, or of the whole file where `key` is empty.

    Its text is `<file>: <key>: expected X, got Y. <Fix>.`
    """

    key: str
    expected: str
    got: str
    fix: str
    file: Path | None = None

    def __str__(self) -> str:
        return str(BoardError(place=self.place, expected=self.expected, got=self.got, fix=self.fix))

    @property
    def place(self) -> str:
        """The file and the key."""
        return ": ".join(str(part) for part in (self.file, self.key) if part)

    def in_file(self, file: Path) -> Self:
        """The same problem with its file."""
        return replace(self, file=file)


def unknown(key: str, expected: str, word: str, valid: Iterable[str], otherwise: str = "remove it") -> EntryProblem:
    """A word that is none of the valid ones; the fix has the nearest of them, or is `otherwise` where there is none."""
    return EntryProblem(key, expected, f"'{word}'", nearest(word, valid) or otherwise)


class InvalidEntries(BoardError):
    """A suite that cannot be used, since it or an entry that it needs has problems.

    Its fields are those of the first problem; its text has a line for each.
    """

    def __init__(self, problems: Sequence[EntryProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(place=first.place, expected=first.expected, got=first.got, fix=first.fix)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problems,)
