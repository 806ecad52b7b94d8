"""What the pages of factors show: for each task and factor its curves in figures, those of one problem and model
together."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.catalog import Catalog
from harness.findings.factors import FACTORS, Curve, Level
from harness.report.factors import adaptation_of, arm_along, finding, problem_of
from harness.report.figures import levels, sign
from harness.report.words import metric, number, signed

TITLES = {
    "quantity": "How much data",
    "quality": "How spoilt the data are",
    "size": "How large the model is",
    "labels": "How many labels there are",
    "progress": "How far the pretraining has come",
}
AXES = {
    "quantity": "share of the corpus (log)",
    "quality": "severity of the corruption",
    "size": "parameters (log)",
    "labels": "labels a class (log)",
    "progress": "share of the run (log)",
}
MEASURES = {"score": "the score", "lift": "the lift", "loss": "the held-out loss"}
WAYS = ("rises", "falls", "undecided")
MOST_TICKS = 7
FEW = 4
"""So many figures of a factor all stand open."""


PRETRAININGS = "pretraining"
"""Where curves of the pretrainings themselves stand, which belong to no task."""


def factor_views(curves: Sequence[Curve], catalog: Catalog) -> list[dict[str, Any]]:
    """A view of each place, a task or the pretrainings themselves: its factors, each with how many slopes go which
    way, and its figures with their tables."""
    places: dict[str, list[Curve]] = {}
    for curve in sorted(curves, key=lambda curve: curve.measure != "loss"):
        places.setdefault(PRETRAININGS if curve.measure == "loss" else curve.cell["task"], []).append(curve)
    return [{"name": name, "factors": _factors(inside, catalog)} for name, inside in places.items()]


def findings(places: Sequence[dict[str, Any]]) -> list[str]:
    """What each factor does over all tasks, a paragraph a factor and a sentence a measure; held-out losses, which are
    of no task, come last."""
    totals: dict[str, dict[str, Counter[str]]] = {factor: {} for factor in FACTORS}
    for place in sorted(places, key=lambda place: bool(place["name"] == PRETRAININGS)):
        for factor in place["factors"]:
            for each in factor["counts"]:
                counts = totals[factor["id"]].setdefault(each["measure"], Counter())
                counts.update({word: each[word] for word in WAYS})
    told = [
        [finding(factor, measure, counts) for measure, counts in own.items()] for factor, own in totals.items() if own
    ]
    return [". ".join(sentences) + "." for sentences in told]


def _factors(curves: Sequence[Curve], catalog: Catalog) -> list[dict[str, Any]]:
    views = []
    for factor in FACTORS:
        own = [curve for curve in curves if curve.factor == factor]
        if own:
            views.append({
                "id": factor, "title": TITLES[factor], "per": FACTORS[factor],
                "counts": [_counts(own, measure) for measure in dict.fromkeys(curve.measure for curve in own)],
                "parts": _parts(own, catalog),
            })  # fmt: skip
    return views


def _parts(curves: Sequence[Curve], catalog: Catalog) -> list[dict[str, Any]]:
    """The figures of a factor, those of one problem together under what their slopes say; a reader finds the first
    open, and all where they are few."""
    groups: dict[tuple[str, ...], list[Curve]] = {}
    for curve in curves:
        groups.setdefault(group_of(curve), []).append(curve)
    problems: dict[str, list[list[Curve]]] = {}
    for inside in groups.values():
        problems.setdefault(_part(inside[0]), []).append(inside)
    return [
        {
            "title": title,
            "counts": _counts([curve for inside in found for curve in inside], found[0][0].measure),
            "figures": [_figure(inside, catalog) for inside in found],
            "open": place == 0 or len(groups) <= FEW,
        }
        for place, (title, found) in enumerate(problems.items())
    ]


def _part(curve: Curve) -> str:
    """What a part of the figures is of, and what they follow."""
    if curve.measure == "loss":
        return f"held-out loss on {curve.cell['pretraining']['corpus']}"
    steps = f", {curve.cell['steps']} steps" if curve.cell["steps"] else ""
    return f"{adaptation_of(curve)}{steps}, {MEASURES[curve.measure]}"


def group_of(curve: Curve) -> tuple[str, ...]:
    """What is drawn together: losses of one objective and corpus; adaptations of one problem and model."""
    pretraining = curve.cell["pretraining"]
    if curve.measure == "loss":
        return ("loss", pretraining["objective"], pretraining["corpus"])
    kind = pretraining["corruption"] if curve.factor == "quality" else ""
    return (curve.measure, problem_of(curve), str(curve.cell["steps"]), pretraining["model"], str(kind))


def _counts(curves: Sequence[Curve], measure: str) -> dict[str, Any]:
    found = Counter(curve.verdict for curve in curves if curve.measure == measure)
    said = finding(curves[0].factor, MEASURES[measure], found)
    return {"measure": MEASURES[measure], "said": said, "all": found.total(), **{word: found[word] for word in WAYS}}


def _figure(curves: Sequence[Curve], catalog: Catalog) -> dict[str, Any]:
    first = curves[0]
    pretraining = first.cell["pretraining"]
    if first.measure == "loss":
        objective = catalog.objectives.get(pretraining["objective"])
        title = pretraining["objective"]
        followed = objective.unit if objective and objective.unit else "loss"
    else:
        followed = metric(first.metric) if first.measure == "score" else f"lift in {metric(first.metric)}"
        title = pretraining["model"]
    names = [curve_name(curve) for curve in curves]
    ticks = {level.at: _tick(first.factor, level) for curve in curves for level in curve.levels}
    series = {
        name: [(level.at, level.value, level.low, level.high, f"{name}, {level.level}: {level.value:.4f}")
               for level in curve.levels if level.value is not None]
        for name, curve in zip(names, curves, strict=True)
    }  # fmt: skip
    described = f"{title}: {_part(first)}; the table below holds the same figures"
    plot = levels(
        series, _spaced(ticks), (AXES[first.factor], followed), described,
        zero=first.measure == "lift",
    )  # fmt: skip
    return {
        "title": title, "plot": plot, "followed": followed,
        "legend": [(sign(index), name) for index, name in enumerate(names)],
        "rows": [_row(name, curve) for name, curve in zip(names, curves, strict=True)],
    }  # fmt: skip


def curve_name(curve: Curve) -> str:
    """What a curve is called among those that it is drawn with."""
    pretraining = curve.cell["pretraining"]
    if curve.measure == "loss":
        corruption = pretraining["corruption"]
        kind = f", {corruption}" if isinstance(corruption, str) else ""
        fraction = pretraining["fraction"]
        return f"{pretraining['model']}{'' if fraction in (None, 1) else f', {fraction:.0%}'}{kind}"
    return arm_along(curve)


def _tick(factor: str, level: Level) -> str:
    return f"{2**level.at:,.0f}" if factor == "size" else level.level


def _spaced(ticks: dict[float, str]) -> dict[float, str]:
    """The ticks in order; of many that crowd an axis some keep no name."""
    ordered = sorted(ticks.items())
    span = ordered[-1][0] - ordered[0][0] or 1.0
    shown, last = {}, -float("inf")
    for at, name in ordered:
        crowded = (at - last) / span < 1 / MOST_TICKS
        shown[at] = "" if crowded else name
        last = last if crowded else at
    return shown


def _row(name: str, curve: Curve) -> dict[str, Any]:
    return {
        "name": name,
        "levels": [(level.level, _value(level, curve.measure), level.n) for level in curve.levels],
        "slope": signed(curve.slope, 4),
        "interval": None if curve.low is None else f"[{signed(curve.low, 4)}, {signed(curve.high, 4)}]",
        "n": curve.n,
        "verdict": curve.verdict,
    }


def _value(level: Level, measure: str) -> str:
    return signed(level.value) if measure == "lift" else number(level.value, ".4g" if measure == "loss" else ".3f")
