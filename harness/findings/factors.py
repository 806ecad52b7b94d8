"""What quantity and quality of data, model size, labels and a run's length do: cells in a row, and the slope along it.

A curve holds cells that differ in one factor only. Its slope is that of the least-squares line through the levels: a
weighted sum of their scores, so that it has an interval as a lift has one, paired by seed and test item, for new seeds
and new test items. The levels are fixed: nothing is said of others.

Along quantity, quality and progress the score is followed, since what it is compared with, scratch, stays as it is.
Progress leads through checkpoints of one run, whose rate has come down at its end alone; every other factor is followed
over whole pretrainings. Along size and labels scratch moves too: there the lift is followed, and of scratch the score.
Of the pretraining itself the held-out loss is followed along quantity, quality and size, with an interval for new
seeds: the held-out data are one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev
from typing import Any

from scipy import special

from harness.catalog.keys import canonical
from harness.catalog.schemas import SCRATCH, UNTRAINED, WHOLE
from harness.findings.cell_records import Cell, Counted, metric_of
from harness.findings.items import Reader, shared_seeds
from harness.findings.registry_facts import Entries
from harness.stats.intervals import LEVEL, says

FACTORS = {
    "quantity": "tenfold of the corpus",
    "quality": "step of severity",
    "size": "doubling of the parameters",
    "labels": "doubling of the labels",
    "progress": "tenfold of the steps",
}
"""Each factor, and what its slopes are per."""

ADAPTED = ("task", "protocol", "shots", "steps", "batch", "shape")
"""What a cell says of its adaptation."""


@dataclass(frozen=True)
class Level:
    """One cell of a curve: where it lies on the factor, and what is followed there."""

    level: str
    """The fraction, the severity, the model, the labels a class or the share of the run."""
    at: float
    """log10 of the fraction, the severity, log2 of the parameters, log2 of the labels, log10 of the share."""
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Curve:
    """Cells that differ in one factor only, and the slope along them with its 0.95 interval."""

    factor: str
    measure: str
    """What is followed: `score` or `lift` of an adaptation, or the held-out `loss` of a pretraining."""
    cell: Cell
    """What the cells share; the factor's own place holds None, along size the family, along quality the kind. Of a loss
    the task and all that belongs to it are None."""
    metric: str
    levels: list[Level]
    n: int
    """How many seeds the slope is over: those that all levels have."""
    slope: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """`rises` or `falls` where the interval leaves no doubt, else `undecided`."""
        return says(self.low, self.high, "rises", "falls")


def curves(found: Sequence[Counted], scratch: Mapping[str, Counted], reader: Reader, entries: Entries) -> list[Curve]:
    """All curves of two levels or more among the cells of `found`: factor by factor, in the cells' order; `scratch` are
    their controls. A model without a family is one of its own."""
    families = entries.families
    shown = [each for each in found if each.records and each.cell["pretraining"]["model"] not in entries.controls]
    kinds = {kind["kind"]: None for each in shown if (kind := each.cell["pretraining"]["corruption"])}
    drawn, pretrainings = [], _pretrainings(shown)
    for factor in FACTORS:
        rows: dict[str, tuple[Cell, dict[str, tuple[float, Counted]]]] = {}
        for each in shown:
            for shared, level, at in _places(factor, each, families, list(kinds)):
                rows.setdefault(canonical(shared), (shared, {}))[1].setdefault(level, (at, each))
        drawn += [
            _curve(factor, shared, levels, scratch, reader) for shared, levels in rows.values() if len(levels) > 1
        ]
        drawn += _loss_curves(factor, pretrainings, families, list(kinds))
    return drawn


def _pretrainings(shown: Sequence[Counted]) -> list[Counted]:
    """The pretrainings with a held-out loss that cells began from, each once, as cells without an adaptation."""
    found: dict[str, Counted] = {}
    for each in shown:
        parents = {seed: parent for seed, parent in each.parents.items() if "loss" in parent.metrics}
        if parents:
            cell = {**dict.fromkeys(ADAPTED), "pretraining": each.cell["pretraining"]}
            found.setdefault(canonical(cell), Counted(cell)).latest.update(parents)
    return list(found.values())


def _loss_curves(
    factor: str, pretrainings: Sequence[Counted], families: Mapping[str, str], kinds: Sequence[str]
) -> list[Curve]:
    """The curves of the held-out losses of pretrainings."""
    rows: dict[str, tuple[Cell, dict[str, tuple[float, dict[int, float]]]]] = {}
    for pretrained in pretrainings:
        losses = {seed: record.metrics["loss"] for seed, record in pretrained.latest.items()}
        for shared, level, at in _places(factor, pretrained, families, kinds):
            levels = rows.setdefault(canonical(shared), (shared, {}))[1]
            levels.setdefault(level, (at, {}))[1].update(losses)
    return [_loss_curve(factor, shared, levels) for shared, levels in rows.values() if len(levels) > 1]


def _loss_curve(factor: str, shared: Cell, levels: Mapping[str, tuple[float, dict[int, float]]]) -> Curve:
    ordered = sorted(levels.items(), key=lambda item: item[1][0])
    seeds = sorted(set.intersection(*(set(losses) for _, (_, losses) in ordered)))
    weights = _line([at for _, (at, _) in ordered])
    slopes = [
        sum(weight * losses[seed] for weight, (_, (_, losses)) in zip(weights, ordered, strict=True)) for seed in seeds
    ]
    n, slope, low, high = over_seeds(slopes)
    return Curve(
        factor=factor,
        measure="loss",
        cell=shared,
        metric="loss",
        levels=[Level(level, at, *over_seeds(list(losses.values()))) for level, (at, losses) in ordered],
        n=n,
        slope=slope,
        low=low,
        high=high,
    )


def over_seeds(values: Sequence[float]) -> tuple[int, float | None, float | None, float | None]:
    """Count, mean and 0.95 interval (Student's) of a figure that each seed has one of."""
    if len(values) < 2 or not stdev(values):
        return len(values), fmean(values) if values else None, None, None
    mean = fmean(values)
    margin = float(special.stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * stdev(values) / math.sqrt(len(values))
    return len(values), mean, mean - margin, mean + margin


def _places(
    factor: str, each: Counted, families: Mapping[str, str], kinds: Sequence[str]
) -> Iterator[tuple[Cell, str, float]]:
    """Where a cell lies along a factor: what its curve shares, its level, and the level's place."""
    cell, pretraining = each.cell, each.cell["pretraining"]
    trained = pretraining["objective"] not in UNTRAINED
    if factor == "progress" and trained:
        yield {**cell, "progress": None}, f"{100 * each.progress:g}%", math.log10(each.progress)
    if each.progress < WHOLE:
        return
    corruption, fraction, model = pretraining["corruption"], pretraining["fraction"], pretraining["model"]
    if factor == "quantity" and trained and not corruption:
        yield _shared(cell, fraction=None), f"{100 * fraction:g}%", math.log10(fraction)
    if factor == "quality" and trained:
        severity = corruption["severity"] if corruption else 0
        for kind in [corruption["kind"]] if corruption else kinds:  # the clean corpus is where every kind begins
            yield _shared(cell, corruption=kind), str(severity), severity
    if factor == "size":
        sizes = [size for record in each.latest.values() if (size := record.meters.get("parameters"))]
        if sizes:
            yield _shared(cell, model=families.get(model, model)), model, math.log2(median(sizes))
    if factor == "labels" and cell["shots"]:
        yield {**cell, "shots": None}, str(cell["shots"]), math.log2(cell["shots"])


def _shared(cell: Cell, **replaced: Any) -> Cell:
    return {**cell, "pretraining": {**cell["pretraining"], **replaced}}


def _curve(
    factor: str,
    shared: Cell,
    levels: Mapping[str, tuple[float, Counted]],
    scratch: Mapping[str, Counted],
    reader: Reader,
) -> Curve:
    measure = "lift" if factor in ("size", "labels") and shared["pretraining"]["objective"] != SCRATCH else "score"
    ordered = sorted(levels.items(), key=lambda item: item[1][0])
    places = [at for _, (at, _) in ordered]
    terms = [_terms(each, scratch if measure == "lift" else {}) for _, (_, each) in ordered]
    slope = [
        (weight * share, each)
        for weight, term in zip(_line(places), terms, strict=True)
        for share, each in term
        if weight
    ]
    n, value, low, high = _figures(reader, slope)
    return Curve(
        factor=factor,
        measure=measure,
        cell=shared,
        metric=metric_of(next(iter(ordered[0][1][1].records.values()))),
        levels=[
            Level(level, at, *_figures(reader, term)) for (level, (at, _)), term in zip(ordered, terms, strict=True)
        ],
        n=n,
        slope=value,
        low=low,
        high=high,
    )


def _terms(each: Counted, scratch: Mapping[str, Counted]) -> list[tuple[float, Counted]]:
    """A cell, less its control where there is to be one."""
    control = scratch.get(each.opponent)
    return [(1.0, each), *([(-1.0, control)] if control else [])]


def _figures(
    reader: Reader, terms: Sequence[tuple[float, Counted]]
) -> tuple[int, float | None, float | None, float | None]:
    """Seeds, value and interval of a weighted sum of scores."""
    seeds = shared_seeds(each.records for _, each in terms) if terms else []
    if not seeds:
        return 0, None, None, None
    value = sum(weight * fmean([each.scores[seed] for seed in seeds]) for weight, each in terms)
    found = reader.contrast(terms)
    return len(seeds), value, *((found.low, found.high) if found else (None, None))


def _line(places: Sequence[float]) -> list[float]:
    """The weights of the values in the slope of their least-squares line; zeros where all places are one."""
    mean = fmean(places)
    spread = sum((at - mean) ** 2 for at in places)
    return [(at - mean) / spread if spread else 0.0 for at in places]
