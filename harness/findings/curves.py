"""Curves of cells that differ in one factor alone, and the slope along each.

The factors are quantity and quality of data, model size, number of labels, and progress of a pretraining. The slope is
that of the least-squares line through the levels: a weighted sum of their scores. Its interval is paired by seed and
test item, for new seeds and new test items. The levels are fixed: it does not generalise to others.

Along quantity, quality and progress the measure is the score, since scratch stays the same. Progress compares
checkpoints of one run; every other factor compares whole pretrainings. Along size and labels scratch changes too: there
the measure is the lift, and the score for scratch itself. Along quantity, quality and size each pretraining's held-out
loss has a curve of its own, with an interval for new seeds: the held-out data are fixed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from harness.catalog.schemas import WHOLE
from harness.cells import Arm, Pretraining, Problem, percent
from harness.findings.cell_records import CellRecords, median_of, metric_of
from harness.findings.evidence import Evidence
from harness.findings.items import Items, shared_seeds
from harness.stats.intervals import SeedMean, ends_of, over_seeds, sign_of

if TYPE_CHECKING:
    from harness.store.record import Record

Value = float | str
"""A level's value on its factor: the fraction, severity, model, shots or share of the run."""


@dataclass(frozen=True)
class Factor:
    """A factor: its title, the unit that slopes are per, its axis, and how a suite varies it."""

    name: str
    title: str
    per: str
    axis: str
    varied: str
    log: bool = True

    def label(self, value: Value) -> str:
        """A level for people, exact."""
        return percent(float(value)) if self.name in ("quantity", "progress") else str(value)


FACTORS = {
    factor.name: factor
    for factor in (
        Factor("quantity", "Quantity of data", "tenfold of the corpus", "share of the corpus", "fraction of arms"),
        Factor("quality", "Quality of data", "step of severity", "severity", "corruption of arms", log=False),
        Factor("size", "Model size", "doubling of the parameters", "parameters", "models of one family"),
        Factor("labels", "Number of labels", "doubling of the labels", "labels a class", "shots of adaptations"),
        Factor("progress", "Progress", "tenfold of the steps", "share of the run", "progress of matrix blocks"),
    )
}


@dataclass(frozen=True)
class Shared:
    """The coordinates that all cells of a curve share. Where the factor varies one, it has a constant value here.

    Along quantity the arm's fraction is 1; along quality its corruption is None and `kind` names it; along labels the
    problem's shots are None.
    """

    model: str
    """Along size the family."""
    arm: Arm
    problem: Problem | None
    """None of a held-out loss."""
    kind: str | None = None
    """Along quality the kind of corruption."""


@dataclass(frozen=True)
class Level:
    """A cell of a curve: its value on the factor, and the measure there with its 0.95 interval."""

    value: Value
    at: float
    """Its coordinate for the slope: log10 of a fraction or share, log2 of parameters or labels, or the severity."""
    measure: SeedMean


@dataclass(frozen=True)
class Curve:
    """Cells that differ in one factor alone, and the slope along them over the seeds that all of them have."""

    factor: Factor
    measure: str
    """`score` or `lift` of an adaptation, or the held-out `loss` of a pretraining."""
    shared: Shared
    metric: str
    levels: Sequence[Level]
    slope: SeedMean

    @property
    def verdict(self) -> str:
        """`rises` or `falls` where the interval excludes zero, else `undecided`."""
        return sign_of(self.slope.low, self.slope.high, "rises", "falls")


Content = TypeVar("Content")


@dataclass(frozen=True)
class _Member(Generic[Content]):
    """A cell or a pretraining that may be a level of several curves."""

    shared: Shared
    """Its own coordinates."""
    progress: float
    parameters: float | None
    content: Content


def curves(evidence: Evidence) -> list[Curve]:
    """All curves of two levels or more: factor by factor, in the cells' order, without controls.

    A model without a family is one of its own.
    """
    facts = evidence.facts
    shown = [each for each in evidence.records if each.records and each.cell.model not in facts.controls]
    kinds = list(dict.fromkeys(kind.kind for each in shown if (kind := each.cell.arm.corruption)))
    members = [
        _Member(Shared(c.model, c.arm, c.problem), c.progress, median_of(each.latest.values(), "parameters"), each)
        for each in shown
        for c in [each.cell]
    ]
    pretrainings = _pretrainings(shown)
    drawn = []
    for factor in FACTORS.values():
        drawn += [_curve(factor, *each, evidence) for each in _grouped(factor, members, facts.families, kinds)]
        drawn += [_loss_curve(factor, *each) for each in _grouped(factor, pretrainings, facts.families, kinds)]
    return drawn


def _pretrainings(shown: Sequence[CellRecords]) -> list[_Member[dict[int, float]]]:
    """The pretrainings with a held-out loss that cells start from, with their losses by seed."""
    records: dict[Pretraining, dict[int, Record]] = {}
    for each in shown:
        parents = {seed: parent for seed, parent in each.parents.items() if "loss" in parent.metrics}
        if parents:
            records.setdefault(each.cell.pretraining, {}).update(parents)
    return [
        _Member(
            shared=Shared(pretraining.model, pretraining.arm, None),
            progress=WHOLE,
            parameters=median_of(parents.values(), "parameters"),
            content={seed: record.metrics["loss"] for seed, record in parents.items()},
        )
        for pretraining, parents in records.items()
    ]


Levels = Sequence[tuple[Value, float, Content]]
"""The levels of a curve in order: value, coordinate, content."""


def _grouped(
    factor: Factor, members: Sequence[_Member[Content]], families: Mapping[str, str], kinds: Sequence[str]
) -> Iterator[tuple[Shared, Levels[Content]]]:
    """The curves of two levels or more. Levels are distinguished by their values, never by labels."""
    rows: dict[Shared, dict[Value, tuple[Value, float, Content]]] = {}
    for member in members:
        for shared, value, at in _levels(factor.name, member, families, kinds):
            rows.setdefault(shared, {}).setdefault(value, (value, at, member.content))
    for shared, levels in rows.items():
        if len(levels) > 1:
            yield shared, sorted(levels.values(), key=lambda level: level[1])


def _levels(
    factor: str, member: _Member[Any], families: Mapping[str, str], kinds: Sequence[str]
) -> Iterator[tuple[Shared, Value, float]]:
    """A member on the curves of a factor: the shared coordinates, its value, and its coordinate."""
    shared, arm, problem = member.shared, member.shared.arm, member.shared.problem
    if factor == "progress" and arm.trained:
        yield shared, member.progress, math.log10(member.progress)
    if member.progress != WHOLE:
        return
    if factor == "quantity" and arm.trained and not arm.corruption:
        yield replace(shared, arm=replace(arm, fraction=1.0)), arm.fraction, math.log10(arm.fraction)
    if factor == "quality" and arm.trained:
        severity = arm.corruption.severity if arm.corruption else 0
        for kind in [arm.corruption.kind] if arm.corruption else kinds:  # the clean corpus is level 0 of every kind
            yield replace(shared, arm=replace(arm, corruption=None), kind=kind), severity, severity
    if factor == "size" and member.parameters:
        family = families.get(shared.model, shared.model)
        yield replace(shared, model=family), shared.model, math.log2(member.parameters)
    if factor == "labels" and problem and problem.shots:
        yield replace(shared, problem=replace(problem, shots=None)), problem.shots, math.log2(problem.shots)


def _curve(factor: Factor, shared: Shared, levels: Levels[CellRecords], evidence: Evidence) -> Curve:
    measure = "lift" if factor.name in ("size", "labels") and not shared.arm.scratch else "score"
    terms = [_terms(each, evidence if measure == "lift" else None) for _, _, each in levels]
    weights = _slope_weights([at for _, at, _ in levels])
    slope = [
        (weight * share, each) for weight, term in zip(weights, terms, strict=True) for share, each in term if weight
    ]
    return Curve(
        factor=factor,
        measure=measure,
        shared=shared,
        metric=metric_of(next(iter(levels[0][2].records.values()))),
        levels=[
            Level(value, at, _weighted_sum(evidence.items, term))
            for (value, at, _), term in zip(levels, terms, strict=True)
        ],
        slope=_weighted_sum(evidence.items, slope),
    )


def _loss_curve(factor: Factor, shared: Shared, levels: Levels[dict[int, float]]) -> Curve:
    seeds = sorted(set.intersection(*(set(losses) for _, _, losses in levels)))
    weights = _slope_weights([at for _, at, _ in levels])
    slopes = [sum(w * losses[seed] for w, (_, _, losses) in zip(weights, levels, strict=True)) for seed in seeds]
    means = [Level(value, at, over_seeds(list(losses.values()))) for value, at, losses in levels]
    return Curve(factor, "loss", shared, "loss", means, over_seeds(slopes))


def _terms(each: CellRecords, evidence: Evidence | None) -> list[tuple[float, CellRecords]]:
    """A cell, minus its scratch control where there is evidence to take it from."""
    control = evidence.scratch.get(each.control) if evidence else None
    return [(1.0, each), *([(-1.0, control)] if control else [])]


def _weighted_sum(items: Items, terms: Sequence[tuple[float, CellRecords]]) -> SeedMean:
    """A weighted sum of scores over the seeds that all terms have."""
    seeds = shared_seeds(each.records for _, each in terms) if terms else []
    if not seeds:
        return SeedMean(0, None, None, None)
    value = sum(weight * fmean([each.scores[seed] for seed in seeds]) for weight, each in terms)
    return SeedMean(len(seeds), value, *ends_of(items.contrast(terms)))


def _slope_weights(coordinates: Sequence[float]) -> list[float]:
    """The weights of values in the slope of their least-squares line; zeros where all coordinates are equal."""
    mean = fmean(coordinates)
    spread = sum((at - mean) ** 2 for at in coordinates)
    return [(at - mean) / spread if spread else 0.0 for at in coordinates]
