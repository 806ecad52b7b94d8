"""Names of things in the world's languages: the strings of the Unicode CLDR as Babel ships them.

Each string has a language and a kind: month, currency, territory, unit. Placeholders are removed. Strings without a
letter and repetitions within a language are skipped.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from harness.data import TRAIN, CorpusArrays, TaskArrays, splits
from harness.data.texts import distinct, packed
from harness.seeds import stream

KINDS = {
    "languages": "language",
    "territories": "territory",
    "scripts": "script",
    "currency_names": "currency",
    "currency_names_plural": "currency",
    "unit_patterns": "unit",
    "unit_display_names": "unit",
    "time_zones": "city",
    "meta_zones": "time zone",
    "months": "month",
    "days": "day",
    "date_fields": "date field",
}
"""Babel's name of a part of a locale, and the kind of its strings."""
PLACEHOLDER = re.compile(r"\{\d\}|%s")
EACH = 300
"""Strings of each language in the task of languages; languages with fewer strings of their own are skipped."""
EACH_KIND = 30
"""The most strings of each language and kind in the task of kinds."""
TEST_SHARE, VALIDATION_SHARE = 0.25, 0.15

Shape = tuple[int]


@dataclass(frozen=True)
class String:
    """A string with its language and the kind of thing it names."""

    text: str
    language: str
    kind: str

    @property
    def bare(self) -> str:
        """Its letters and digits alone: near-duplicates are equal in it."""
        return "".join(c for c in self.text.casefold() if c.isalnum())


def corpus(shape: Shape) -> CorpusArrays:
    """All distinct strings of all languages; a tenth is held out."""
    texts = [one.text for one in strings()]
    texts = [texts[row] for row in distinct(texts)]
    rows, cut = packed(texts, shape[0])
    return CorpusArrays(rows, splits.draw_heldout(np.zeros(len(rows), dtype=np.int64)), facts={"cut": cut})


def languages(shape: Shape) -> TaskArrays:
    """The language of a string. Strings of several languages are skipped; of near-duplicates the first is kept."""
    spoken: dict[str, set[str]] = defaultdict(set)
    every = strings()
    for one in every:
        spoken[one.bare].add(one.language)
    own: dict[str, dict[str, String]] = defaultdict(dict)
    for one in every:
        if len(spoken[one.bare]) == 1:
            own[one.language].setdefault(one.bare, one)
    names = sorted(language for language, inside in own.items() if len(inside) >= EACH)
    chosen = [(one, label) for label, name in enumerate(names) for one in _some(own[name], name)]
    labels = np.array([label for _, label in chosen])
    wanted = splits.shares(VALIDATION_SHARE, TEST_SHARE)
    split = splits.draw_split(np.full(len(labels), TRAIN, dtype=np.uint8), labels, wanted)
    rows, cut = packed([one.text for one, _ in chosen], shape[0])
    return TaskArrays(rows, labels, split, np.arange(len(rows)), names, {"cut": cut})


def _some(inside: Mapping[str, String], name: str) -> list[String]:
    random = np.random.default_rng(stream(0, "strings of a language", name))
    ordered = [inside[bare] for bare in sorted(inside)]
    return [ordered[row] for row in random.permutation(len(ordered))[:EACH].tolist()]


def kinds(shape: Shape) -> TaskArrays:
    """The kind of thing a string names. Each language is in one split only; a string of several languages counts for
    the first of them."""
    first: dict[str, String] = {}
    meant: dict[str, set[str]] = defaultdict(set)
    for one in strings():
        first.setdefault(one.bare, one)
        meant[one.bare].add(one.kind)
    named: dict[tuple[str, str], list[String]] = defaultdict(list)
    for bare, one in first.items():
        if len(meant[bare]) == 1:
            named[one.language, one.kind].append(one)
    names = sorted(set(KINDS.values()))
    counts = Counter(language for language, _ in named)
    spoken = sorted(language for language, count in counts.items() if count == len(names))
    part = splits.draw_split(
        np.full(len(spoken), TRAIN, dtype=np.uint8), np.zeros(len(spoken)), splits.shares(VALIDATION_SHARE, TEST_SHARE)
    )
    chosen, labels, groups = [], [], []
    for number, language in enumerate(spoken):
        for label, name in enumerate(names):
            random = np.random.default_rng(stream(0, "strings of a kind", f"{language} {name}"))
            inside = named[language, name]
            some = [inside[row] for row in random.permutation(len(inside))[:EACH_KIND].tolist()]
            chosen += some
            labels += [label] * len(some)
            groups += [number] * len(some)
    rows, cut = packed([one.text for one in chosen], shape[0])
    return TaskArrays(rows, np.array(labels), part[groups], np.array(groups), names, {"cut": cut})


def strings() -> list[String]:
    """All strings, each once a language, ordered by language."""
    from babel import localedata

    every: list[String] = []
    for language in sorted(name for name in localedata.locale_identifiers() if "_" not in name):
        own: dict[str, String] = {}
        for part, kind in KINDS.items():
            for text in _texts(localedata.load(language, merge_inherited=False).get(part, {})):
                text = " ".join(PLACEHOLDER.sub(" ", text).split()).strip(" .,:;()")
                if any(c.isalpha() for c in text):
                    own.setdefault(text, String(text, language, kind))
        every += own.values()
    return every


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
