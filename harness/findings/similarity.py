"""How alike the features of two pretrainings are, by linear CKA on the test examples of a task's panel.

A pair of arms is compared in the same encoder at the same seed, and averaged over encoders and seeds; a pair of
encoders likewise in the same arm. On the diagonal stands the same pretraining at two seeds: what is less alike than
that differs by more than its seed. Frozen features are the same whatever probe reads them, so that all probes of a
task are one finding. The estimator has no bias (`harness.metrics.similarity`), so that 0 is nothing in common however
many features there are.
"""

import itertools
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.catalog.keys import canonical
from harness.findings.cell_records import Counted
from harness.findings.inspected import Seen, arm_of, problem_of, problems_of
from harness.metrics.similarity import Floats

ARMS, MODELS = "arms", "models"


@dataclass(frozen=True)
class Similarity:
    """A symmetric matrix of mean CKA for the features of one task."""

    problems: list[dict[str, Any]]
    """Those that the features are of: one of fine-tuning, or all that read the same frozen features."""
    between: str
    """`arms` in one encoder, or `models` (encoders) in one arm."""
    sides: list[dict[str, Any]]
    """What is compared: each an arm, or a model."""
    cka: Floats
    """(K, K); NaN where no pair has both."""
    pairs: np.ndarray
    """(K, K): how many pairs each is the mean of."""

    @property
    def across(self) -> float | None:
        """The mean over pairs of two."""
        return _mean(self.cka[np.triu_indices(len(self.cka), 1)])

    @property
    def itself(self) -> float | None:
        """The mean over the diagonal: the same at two seeds."""
        return _mean(np.diag(self.cka))


@dataclass(frozen=True)
class _Row:
    model: str
    arm: str
    seed: int
    gram: Floats


def similarities(seen: Mapping[str, Seen], found: Sequence[Counted], controls: Collection[str]) -> list[Similarity]:
    """For all features that were looked at, between arms and between encoders, where there are two of them; `controls`
    are models that are references."""
    told = []
    for facets in _by_features(problems_of(seen, found)):
        inside = [each for facet in facets for each in facet]
        arms = {canonical(arm_of(each.cell)): arm_of(each.cell) for each in inside}
        rows = _rows(seen, inside, controls)
        problems = [problem_of(facet[0].cell) for facet in facets]
        told += [
            one
            for one in (
                _similarity(rows, lambda row: row.arm, lambda row: row.model, problems, ARMS, arms),
                _similarity(rows, lambda row: row.model, lambda row: row.arm, problems, MODELS, {}),
            )
            if len(one.sides) > 1
        ]
    return told


def _by_features(facets: Sequence[list[Counted]]) -> list[list[list[Counted]]]:
    """The cells of problems, those together that read the same features: of probes neither the protocol nor the labels
    change them."""
    found: dict[str, list[list[Counted]]] = {}
    for inside in facets:
        cell = inside[0].cell
        reader = {"protocol": None, "shots": None} if cell["steps"] is None else {}
        shared = {"precision": cell["pretraining"]["precision"]}
        found.setdefault(canonical({**cell, "pretraining": shared, **reader}), []).append(inside)
    return list(found.values())


def _rows(seen: Mapping[str, Seen], inside: Sequence[Counted], controls: Collection[str]) -> list[_Row]:
    """What was seen in the panel that most have in common, of each pretraining and seed once."""
    panels: dict[tuple[str, int], dict[tuple[str, int], _Row]] = {}
    for each in inside:
        pretraining = each.cell["pretraining"]
        if pretraining["model"] in controls:
            continue
        for seed, record in each.records.items():
            if record.key in seen:
                look = seen[record.key]
                row = _Row(pretraining["model"], canonical(arm_of(each.cell)), seed, look.gram)
                panels.setdefault((look.examples, len(look.gram)), {}).setdefault((canonical(pretraining), seed), row)
    return list(max(panels.values(), key=len, default={}).values())


def _similarity(
    rows: Sequence[_Row],
    side: Callable[[_Row], str],
    other: Callable[[_Row], str],
    problems: list[dict[str, Any]],
    between: str,
    sides: Mapping[str, dict[str, Any]],
) -> Similarity:
    names = list(dict.fromkeys(map(side, rows)))
    place = {name: number for number, name in enumerate(names)}
    total, pairs = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)), dtype=int)
    held: dict[Hashable, list[_Row]] = {}
    for row in rows:
        held.setdefault(other(row), []).append(row)
    for inside in held.values():
        alike = np.stack([row.gram for row in inside]) @ np.stack([row.gram for row in inside]).T
        for (i, one), (j, two) in itertools.combinations(enumerate(inside), 2):
            if (side(one) == side(two)) != (one.seed == two.seed):
                at = place[side(one)], place[side(two)]
                for where in {at, at[::-1]}:
                    total[where] += alike[i, j]
                    pairs[where] += 1
    cka = np.divide(total, pairs, out=np.full(total.shape, np.nan), where=pairs > 0)
    return Similarity(problems, between, [sides.get(name, {"model": name}) for name in names], cka, pairs)


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
