"""A document as its words stand, and whether sentences stand in it."""

import re
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher

from tests.boards import ROOT

NUMBER = r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?"
FIGURE = re.compile(rf"{NUMBER}(?: \[{NUMBER}, {NUMBER}\])?|–")
"""A number with its interval, or the dash that stands where there is none."""
STATED = re.compile(r"[+-]?\d+\.\d+|\d+ of \d+|\d+ / \d+")
"""What a document states as found; numbers of labels, seeds and steps are not."""


class Document:
    """A text in one line: a blank between words, an ASCII minus, nothing bold."""

    def __init__(self, name: str, text: str | None = None) -> None:
        self.name = name
        raw = ((ROOT / name).read_text() if text is None else text).splitlines()
        self.lines = [number for number, line in enumerate(raw, 1) for _ in line.split()]
        """The line that each word is on."""
        self.text = normal("\n".join(raw))

    def line(self, place: int) -> int:
        """The line of a place in the text."""
        return self.lines[self.text.count(" ", 0, place)]

    def check(self, sentences: Iterable[str], first: str = "", last: str = "", known: Collection[str] = ()) -> None:
        """Fails where a sentence does not stand in the document, or a figure from heading `first` to heading `last`
        stands in none of them and is not `known`."""
        told = [*sentences]
        found = self.stale(told) or self.unheld(told, first, last, known)
        assert not found, "\n".join(["what documents say has to be what the records give:", *found])

    def stale(self, sentences: Iterable[str]) -> list[str]:
        """What has to be mended so that each sentence stands in the document."""
        return [found for each in sentences if (found := self._stale(normal(each)))]

    def _stale(self, sentence: str) -> str | None:
        assert FIGURE.search(sentence), f"no figure in: {sentence}"
        if sentence in self.text:
            return None
        words = map(re.escape, FIGURE.split(sentence))
        alike = list(re.finditer(f"(?:{FIGURE.pattern})".join(words), self.text))
        if not alike:
            return f"{self.name}: it says no more, whatever the figures: {sentence}"
        nearest = max(alike, key=lambda each: SequenceMatcher(None, sentence, each.group()).ratio())
        return f"{self.name}, line {self.line(nearest.start())}: {nearest.group()}\n  the records give: {sentence}"

    def unheld(self, sentences: Iterable[str], first: str, last: str, known: Collection[str]) -> list[str]:
        """The figures that no sentence holds."""
        begin, end = self.text.index(first), self.text.index(last) if last else len(self.text)
        held = [each.span() for one in sentences for each in re.finditer(re.escape(normal(one)), self.text)]
        return [
            f"{self.name}, line {self.line(each.start())}: {each.group()} is in no sentence of its test"
            for each in STATED.finditer(self.text, begin, end)
            if each.group() not in known and not any(low <= each.start() < high for low, high in held)
        ]


def normal(text: str) -> str:
    """A text or a part of one as documents are compared."""
    return " ".join(text.replace("−", "-").replace("**", "").split())
