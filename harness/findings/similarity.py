"""The similarity of features: linear CKA between pretrainings, on the test examples of a task's panel.

Two arms are compared in one encoder at one seed, and averaged over encoders and seeds; two encoders likewise in one
arm. The diagonal is the same pretraining at two seeds: a lower similarity is more than the seed explains. Frozen
features do not depend on the probe that reads them, so all probes of a task are one set of features. The estimator is
unbiased (`harness.metrics.similarity`): 0 is no similarity, however many features there are.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
import numpy.typing as npt

from harness.cells import Pretraining, Problem, problem_labels
from harness.findings.base import Column, Finding, HeatMap, Row, Section, Table
from harness.findings.cell_records import CellRecords, by_problem
from harness.findings.columns import PROBLEM, problem_columns
from harness.findings.evidence import Evidence
from harness.findings.inspected import Inspection, inspected_cells, inspections, not_inspected
from harness.grouping import group_by
from harness.metrics.similarity import Floats
from harness.printable import count

TITLE = "Similarity of features"
ARMS, MODELS = "arms", "models"
SIDES = {ARMS: ("arms", "two arms of one encoder", "one arm"), MODELS: ("encoders", "two encoders", "one encoder")}
"""By what is compared: its plural, a pair of it, and one of it."""
LEGEND = {
    "CKA": "unbiased linear CKA of features on a panel of test examples: 1 equal up to rotation and scale, 0 unrelated",
    "arms": "compared in one encoder at one seed, from equal initial weights; mean over encoders and seeds",
    "encoders": "compared in one arm at one seed; mean over arms and seeds",
    "diagonal": "the same pretraining at two seeds, from different initial weights",
}
COLUMNS = [*map(Column, (*PROBLEM, "between", "one", "other", "cka", "pairs"))]


@dataclass(frozen=True)
class Similarity:
    """A symmetric matrix of mean CKA over one set of features."""

    problems: Sequence[Problem]
    """The problems with these features: one of fine-tuning, or all that read the same frozen features."""
    between: str
    """`arms` in one encoder, or `models` (encoders) in one arm."""
    sides: Sequence[str]
    """The labels of the compared arms or models."""
    cka: Floats
    """(sides, sides); NaN for a pair that was never inspected together."""
    pairs: npt.NDArray[np.int64]
    """(sides, sides): the number of pairs in each mean."""

    @property
    def across(self) -> float | None:
        """The mean over pairs of two sides."""
        return _mean(self.cka[np.triu_indices(len(self.cka), 1)])

    @property
    def itself(self) -> float | None:
        """The mean over the diagonal: one side at two seeds."""
        return _mean(np.diag(self.cka))


@dataclass(frozen=True)
class _Features:
    model: str
    arm: str
    seed: int
    gram: Floats


def similarity(evidence: Evidence) -> Finding:
    """The similarity of arms and of encoders, for each set of features."""
    known = evidence.once(similarities)
    if not known:
        return Finding(not_inspected(evidence, "features"))
    labels = problem_labels([problem for each in known for problem in each.problems])
    return Finding(_summary(known), [_section(each, labels) for each in known], LEGEND)


def similarities(evidence: Evidence) -> list[Similarity]:
    """Between arms and between encoders, where there are two. Controls are excluded."""
    known = evidence.once(inspections)
    matrices = []
    for problems in _by_features(inspected_cells(evidence)):
        features = _features(known, itertools.chain(*problems), evidence.facts.controls)
        shared = [inside[0].cell.problem for inside in problems]
        matrices += [
            _similarity(features, lambda each: each.arm, lambda each: each.model, shared, ARMS),
            _similarity(features, lambda each: each.model, lambda each: each.arm, shared, MODELS),
        ]
    return [each for each in matrices if len(each.sides) > 1]


def _by_features(cells: Iterable[CellRecords]) -> list[list[list[CellRecords]]]:
    """The cells by problem, the problems grouped by features: those of probes depend on neither protocol nor shots."""

    def features(inside: Sequence[CellRecords]) -> Problem:
        problem = inside[0].cell.problem
        return problem if problem.steps else replace(problem, protocol="", shots=None)

    return list(group_by(by_problem(cells), features).values())


def _features(
    known: Mapping[str, Inspection], cells: Iterable[CellRecords], controls: Collection[str]
) -> list[_Features]:
    """The features of each pretraining and seed, once, on the panel that most of them share."""
    panels: dict[tuple[str, int], dict[tuple[Pretraining, int], _Features]] = {}
    for each in cells:
        pretraining = each.cell.pretraining
        if pretraining.model in controls:
            continue
        for seed, record in each.records.items():
            if record.key in known:
                inspection = known[record.key]
                inside = panels.setdefault((inspection.panel, len(inspection.gram)), {})
                features = _Features(pretraining.model, pretraining.arm.label, seed, inspection.gram)
                inside.setdefault((pretraining, seed), features)
    return list(max(panels.values(), key=len, default={}).values())


def _similarity(
    features: Sequence[_Features],
    side: Callable[[_Features], str],
    held: Callable[[_Features], str],
    problems: Sequence[Problem],
    between: str,
) -> Similarity:
    """The mean CKA over pairs that agree in `held`: two sides at one seed, or one side at two seeds."""
    names = list(dict.fromkeys(map(side, features)))
    index = {name: number for number, name in enumerate(names)}
    total, pairs = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)), dtype=np.int64)
    for inside in group_by(features, held).values():
        products = np.stack([each.gram for each in inside]) @ np.stack([each.gram for each in inside]).T
        for (i, one), (j, other) in itertools.combinations(enumerate(inside), 2):
            if (side(one) == side(other)) != (one.seed == other.seed):
                at = index[side(one)], index[side(other)]
                for entry in {at, at[::-1]}:
                    total[entry] += products[i, j]
                    pairs[entry] += 1
    cka = np.divide(total, pairs, out=np.full(total.shape, np.nan), where=pairs > 0)
    return Similarity(problems, between, names, cka, pairs)


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _summary(known: Sequence[Similarity]) -> list[str]:
    """For arms and for encoders the mean over sets of features, against that of seeds."""
    sentences = []
    for between, (_, pair, one) in SIDES.items():
        inside = [each for each in known if each.between == between]
        across = [each.across for each in inside if each.across is not None]
        itself = [each.itself for each in inside if each.itself is not None]
        if across:
            against = f", against {fmean(itself):.2f} for {one} at two seeds" if itself else ""
            sentences.append(
                f"Mean CKA of {pair}, over {count(len(across), 'set')} of features: {fmean(across):.2f}{against}."
            )
    return sentences


def _section(each: Similarity, labels: Mapping[Problem, str]) -> Section:
    plural, pair, one = SIDES[each.between]
    task = each.problems[0].task
    first, *others = (labels[problem] for problem in each.problems)
    title = "; ".join([first, *(label.removeprefix(f"{task}: ") for label in others)])
    means = [f"{value:.2f} for {of}" for value, of in ((each.across, pair), (each.itself, f"{one} at two seeds"))
             if value is not None]  # fmt: skip
    heat = HeatMap(
        rows=each.sides,
        columns=each.sides,
        values=[[None if np.isnan(value) else float(value) for value in row] for row in each.cka],
        row_title=plural,
        column_title=plural,
        alt=f"Mean linear CKA of {plural}, {title}.",
    )
    table = Table(COLUMNS, _rows(each))
    return Section(
        f"{title}; {plural}",
        f"Mean CKA: {', '.join(means)}." if means else "",
        [table],
        [heat],
        f"task {task}",
    )


def _rows(each: Similarity) -> list[Row]:
    return [
        {**problem_columns(problem), "between": each.between, "one": one, "other": other,
         "cka": float(each.cka[i, j]), "pairs": int(each.pairs[i, j])}
        for problem in each.problems
        for i, one in enumerate(each.sides)
        for j, other in enumerate(each.sides)
        if i <= j and each.pairs[i, j]
    ]  # fmt: skip
