"""How data quantity and quality, model size, labels and progress change scores, lifts and held-out losses."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from harness.cells import Problem, percent, problem_labels
from harness.findings.base import Axis, Column, Finding, Lines, Point, Section, Table
from harness.findings.columns import ARM, PRETRAINING, PROBLEM
from harness.findings.curves import FACTORS, Curve, Factor, Level, curves
from harness.findings.evidence import Evidence
from harness.grouping import group_by
from harness.metrics.names import metric_title
from harness.printable import count, decimal
from harness.stats.intervals import LEVEL

TITLE = "Factors"
VERDICTS = ("rises", "falls", "undecided")
OVERVIEW = [
    Column("factor", "factor"),
    Column("per", "step", "the unit of the median slope"),
    Column("measure", "measure", "lifts along size and labels, where scratch changes too; scores elsewhere"),
    Column("curves", "curves", "groups of cells that differ in this factor alone", format="count"),
    Column("rises", "rises", "curves whose slope has a 0.95 interval above zero", format="count"),
    Column("falls", "falls", "curves whose slope has a 0.95 interval below zero", format="count"),
    Column("undecided", "undecided", format="count"),
    Column("chance", "by chance", "rises and falls expected without any effect", format="number", digits=1),
    Column("slope", "median slope", format="signed", digits=4),
]


def factors(evidence: Evidence) -> Finding:
    """The curves of all factors: an overview, then sections by task, then those of held-out losses."""
    drawn = curves(evidence)
    if not drawn:
        varied = ", ".join(factor.varied for factor in FACTORS.values())
        return Finding([f"No two cells with a record differ in one factor alone. Vary one in the suite: {varied}."])
    counts = _counts(drawn)
    missing = [factor.title.lower() for factor in FACTORS.values() if factor not in {curve.factor for curve in drawn}]
    note = f"Not varied in these records: {', '.join(missing)}." if missing else ""
    overview = Section("Curves by factor and measure", note, [Table(OVERVIEW, counts, "overview")])
    tasks = list(dict.fromkeys(problem.task for curve in drawn if (problem := curve.shared.problem)))
    order = {task: number for number, task in enumerate(tasks)}
    ordered = sorted(drawn, key=lambda c: order[c.shared.problem.task] if c.shared.problem else len(order))
    parts = group_by(ordered, lambda c: (c.factor, c.measure, c.shared.problem or c.shared.arm.corpus))
    labels = problem_labels([curve.shared.problem for curve in drawn if curve.shared.problem])
    return Finding(
        [sentence for factor in FACTORS.values() if (sentence := _sentence(factor, counts))],
        [overview, *(_section(inside, labels, evidence.facts.units) for inside in parts.values())],
    )


def _counts(drawn: Sequence[Curve]) -> list[dict[str, Any]]:
    """The verdicts of the curves by factor and measure."""
    rows = []
    for (factor, measure), inside in group_by(drawn, lambda curve: (curve.factor, curve.measure)).items():
        verdicts = Counter(curve.verdict for curve in inside)
        slopes = [curve.slope.mean for curve in inside if curve.slope.mean is not None]
        rows.append({
            "factor": factor.name,
            "per": factor.per,
            "measure": measure,
            "curves": len(inside),
            **{verdict: verdicts[verdict] for verdict in VERDICTS},
            "chance": (1 - LEVEL) * sum(curve.slope.low is not None for curve in inside),
            "slope": median(slopes) if slopes else None,
        })  # fmt: skip
    return rows


def _sentence(factor: Factor, counts: Sequence[Mapping[str, Any]]) -> str:
    """The verdicts of a factor's curves: of lifts, else of scores, else of losses; empty where there are none."""
    rows = {row["measure"]: row for row in counts if row["factor"] == factor.name}
    row = next((rows[measure] for measure in ("lift", "score", "loss") if measure in rows), None)
    if row is None:
        return ""
    verdicts = f"rises in {row['rises']} of {count(row['curves'], 'curve')} and falls in {row['falls']}"
    return f"{factor.title}: the {row['measure']} {verdicts}; chance alone would give {row['chance']:.1f} of either."


def _section(inside: Sequence[Curve], labels: Mapping[Problem, str], units: Mapping[str, str]) -> Section:
    """The curves of one factor, measure and problem: a figure for each model, or each objective of a loss."""
    first = inside[0]
    groups = group_by(inside, _figure_title)
    verdicts = Counter(curve.verdict for curve in inside)
    part = _part(first, labels)
    return Section(
        title=f"{first.factor.title}: {part}",
        note=f"{verdicts['rises']} rise, {verdicts['falls']} fall, {verdicts['undecided']} are undecided.",
        tables=[Table(_columns(first), [_row(curve) for curve in inside], "curves")],
        figures=[_figure(group, part, units) for group in groups.values()],
        subject=f"task {first.shared.problem.task}" if first.shared.problem else "",
    )


def _part(curve: Curve, labels: Mapping[Problem, str]) -> str:
    """The problem and the measure of a section. Along labels a problem has no number of them."""
    problem = curve.shared.problem
    if problem is None:
        return f"held-out loss on {curve.shared.arm.corpus}"
    label = labels[problem].replace(", all labels", "", 1) if curve.factor.name == "labels" else labels[problem]
    return f"{label}, {curve.measure}"


def _columns(curve: Curve) -> list[Column]:
    slope = f"slope of the least-squares line per {curve.factor.per}, with its 0.95 interval"
    return [
        Column("factor"),
        Column("measure"),
        Column("metric"),
        Column("model", "model", "along size the family", subject="" if curve.factor.name == "size" else "model"),
        ARM,
        *map(Column, (*PRETRAINING[1:], *PROBLEM)),
        Column("values", "levels", f"{curve.measure} by {curve.factor.axis}", format="list"),
        Column("slope", "slope", slope, format="signed", digits=4, low="low", high="high"),
        Column("n", "seeds", "seeds that all levels have", format="count"),
        Column("verdict", "verdict"),
        Column("levels"),
    ]


def _row(curve: Curve) -> dict[str, Any]:
    shared, arm, problem = curve.shared, curve.shared.arm, curve.shared.problem
    corruption = str(arm.corruption) if arm.corruption else None
    return {
        "factor": curve.factor.name,
        "measure": curve.measure,
        "metric": curve.metric,
        "model": shared.model,
        "arm": ", ".join(filter(None, (arm.label, shared.kind))),
        "objective": arm.objective,
        "corpus": arm.corpus,
        "fraction": None if curve.factor.name == "quantity" else arm.fraction,
        "corruption": shared.kind or corruption,
        **{name: getattr(problem, name, None) for name in PROBLEM},
        "values": [f"{curve.factor.label(level.value)} {_value(curve, level)}" for level in curve.levels],
        "slope": curve.slope.mean,
        "low": curve.slope.low,
        "high": curve.slope.high,
        "n": curve.slope.n,
        "verdict": curve.verdict,
        "levels": [_level(curve.factor, level) for level in curve.levels],
    }


def _level(factor: Factor, level: Level) -> dict[str, Any]:
    n, value, low, high = level.measure
    return {"level": factor.label(level.value), "at": level.at, "n": n, "value": value, "low": low, "high": high}


def _value(curve: Curve, level: Level) -> str:
    if level.measure.mean is None:
        return "–"
    return decimal(level.measure.mean, 3, signed=curve.measure == "lift")


def _figure_title(curve: Curve) -> str:
    """The objective of a loss, else the model and the kind of corruption."""
    shared = curve.shared
    return shared.arm.objective if curve.measure == "loss" else ", ".join(filter(None, (shared.model, shared.kind)))


def _figure(group: Sequence[Curve], part: str, units: Mapping[str, str]) -> Lines:
    first = group[0]
    arm, factor, metric = first.shared.arm, first.factor, metric_title(first.metric)
    loss = units.get(arm.objective) or "held-out loss"
    title = _figure_title(first)
    ticks = {
        _x(factor, level): f"{_x(factor, level):,.0f}" if factor.name == "size" else factor.label(level.value)
        for curve in group
        for level in curve.levels
    }
    return Lines(
        title=title,
        x=Axis(factor.axis, factor.log, ticks),
        y=Axis({"loss": loss, "lift": f"lift in {metric}"}.get(first.measure, metric)),
        series={name: _points(name, curve) for name, curve in zip(_names(group), group, strict=True)},
        zero=first.measure == "lift",
        alt=f"{title}: {part} by {factor.axis}; the table below has the same figures.",
    )


def _x(factor: Factor, level: Level) -> float:
    """Where a level is drawn; models by their parameters."""
    return round(2**level.at) if factor.name == "size" else float(level.value)


def _points(name: str, curve: Curve) -> list[Point]:
    return [
        Point(
            x=_x(curve.factor, level),
            y=level.measure.mean,
            label=f"{name}, {curve.factor.label(level.value)}",
            y_low=level.measure.low,
            y_high=level.measure.high,
            facts={"model": curve.shared.model, "objective": curve.shared.arm.objective},
        )
        for level in curve.levels
        if level.measure.mean is not None
    ]


def _names(group: Sequence[Curve]) -> list[str]:
    """The names of curves in one figure, all different: those of one name get the coordinates in which they differ."""
    coordinates = ("corpus", "steps", "batch", "shape", "precision")
    names = [_name(curve) for curve in group]
    result = []
    for name, curve in zip(names, group, strict=True):
        same = [other.shared.arm for other, its in zip(group, names, strict=True) if its == name]
        parts = [
            f"{part} {getattr(curve.shared.arm, part)}"
            for part in coordinates
            if len({getattr(a, part) for a in same}) > 1
        ]
        result.append(", ".join([name, *parts]))
    return result


def _name(curve: Curve) -> str:
    """The coordinates of a curve that its figure's title lacks."""
    arm = curve.shared.arm
    if curve.measure != "loss":
        return arm.label
    fraction = None if arm.fraction == 1 else percent(arm.fraction)
    corruption = str(arm.corruption) if arm.corruption else curve.shared.kind
    return ", ".join(filter(None, (curve.shared.model, fraction, corruption)))
