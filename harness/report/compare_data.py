"""What the page of comparisons reads: a file for each pair of models that have cells in common."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from harness.catalog.keys import canonical
from harness.findings.compare import METERS, Comparison, Difference, MeanDifference, compare_models
from harness.metrics.names import METERS as NAMED
from harness.report.columns import whole
from harness.report.compare import pretraining
from harness.report.output import plain
from harness.report.words import PROTOCOLS, labels, metric, number, problem

if TYPE_CHECKING:
    from harness.findings.evidence import Analysis

Pair = tuple[str, str]
MOST = 6_000
"""So many differences a site holds; a second makes four thousand."""
DIGITS = 3


@dataclass(frozen=True)
class Comparisons:
    """The pairs of models that a site compares, and what each pair's file holds."""

    data: Mapping[Pair, dict[str, Any]]
    left_out: int
    """How many pairs have cells in common and no file, since they are too many."""

    @property
    def models(self) -> list[str]:
        """Those that can be chosen."""
        return list(dict.fromkeys(name for pair in self.data for name in pair))


def comparisons(found: "Analysis") -> Comparisons:
    """Each model against those after it, in the order of the cells, until there are too many differences."""
    pairs = _shared(found)
    kept, total = [], 0
    for pair, cells in pairs.items():
        total += cells
        if total <= MOST:
            kept.append(pair)
    data: dict[Pair, dict[str, Any]] = {}
    for first in dict.fromkeys(pair[0] for pair in kept):
        others = [pair[1] for pair in kept if pair[0] == first]
        compared = compare_models(found.whole, [first, *others], found.reader)
        data |= {(first, other): told for other in others if (told := _pair(compared, other))["cells"]}
    return Comparisons(data, len(pairs) - len(kept))


def _shared(found: "Analysis") -> dict[Pair, int]:
    """In how many cells two models differ in nothing but the model, if in any."""
    places: dict[str, set[str]] = {}
    for each in found.whole:
        if each.records:
            pretrained = each.cell["pretraining"]
            place = canonical({**each.cell, "pretraining": {**pretrained, "model": None}})
            places.setdefault(pretrained["model"], set()).add(place)
    pairs = {(one, other): len(places[one] & places[other]) for one, other in combinations(places, 2)}
    return {pair: cells for pair, cells in pairs.items() if cells}


def _pair(compared: Comparison, other: str) -> dict[str, Any]:
    """The differences of one pair by problem, fine-tuning first and the largest first; words stand once."""
    inside = [each for each in compared.differences if each.other == other]
    means = [each for each in compared.means if each.other == other]
    problems = Counter(problem(each.cell) for each in inside)
    tuned = dict.fromkeys(problem(each.cell) for each in inside if each.cell["protocol"] == "finetune")
    words = _Words([*tuned, *problems])
    inside.sort(key=lambda each: (words.at(problem(each.cell)), -each.difference))
    cells = [_cell(each, words) for each in inside]
    told = [_mean(each, words) for each in sorted(means, key=lambda each: -each.difference)]
    return {"only": compared.unshared[other], "cells": cells, "means": told, "words": words.known}


class _Words:
    """A list of words, in which each has one place."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = list(dict.fromkeys(plain(word) for word in known))
        self._places = {word: place for place, word in enumerate(self.known)}

    def at(self, word: str) -> int:
        """The place of a word, which is put at the end where it is new."""
        word = plain(word)
        if word not in self._places:
            self._places[word] = len(self.known)
            self.known.append(word)
        return self._places[word]


def _cell(each: Difference, words: _Words) -> list[Any]:
    meters = each.meters
    at_once = f", {meters.workers:g} at once" if meters and meters.workers else ""
    machine = words.at(f"{meters.hardware}{at_once}") if meters and meters.hardware else None
    figures = [_figures(name, meters.figures[name]) for name in METERS] if meters else [None] * len(METERS)
    return [
        words.at(problem(each.cell)), words.at(pretraining(each.cell)), words.at(metric(each.metric)),
        *(whole(score, DIGITS) for score in each.scores), *_ends((each.difference, each.low, each.high)), each.n,
        words.at(each.verdict), machine, *figures, words.at(", ".join(each.changed)) if each.changed else None,
    ]  # fmt: skip


def _figures(name: str, values: Sequence[float | None]) -> list[str] | None:
    """A meter of both; bytes as megabytes."""
    if all(value is None for value in values):
        return None
    unit = 1e6 if name.endswith("_bytes") else 1.0
    return [number(None if value is None else value / unit, NAMED[name].form) for value in values]


def _mean(each: MeanDifference, words: _Words) -> list[Any]:
    protocol = f"{PROTOCOLS.get(each.cell['protocol'], each.cell['protocol'])}, {labels(each.cell['shots'])}"
    named = [pretraining(each.cell), protocol, ", ".join(each.tasks)]
    return [*map(words.at, named), *_ends((each.difference, each.low, each.high)), each.n]


def _ends(values: Iterable[float | None]) -> list[int | float | None]:
    return [whole(value, DIGITS) for value in values]
