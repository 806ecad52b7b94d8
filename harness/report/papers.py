"""Figures for papers, drawn by matplotlib as SVG and PNG: relations, lifts and curves along factors.

They are made from the same findings as the site's own; the same records give the same bytes.
"""

import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.catalog.schemas import WHOLE
from harness.findings.factors import Curve
from harness.findings.relation import Relation
from harness.report.factor_views import curve_name, group_of
from harness.report.factors import problem_of
from harness.report.relation_views import axis_name, dots_of, predictor_id, target_id
from harness.report.words import arm_of, bounds, metric, problem, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from harness.findings.evidence import Analysis

MARKERS = "osD^vPX*<>"
STYLE: Any = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "pretune", "axes.spines.top": False,
         "axes.spines.right": False, "legend.frameon": False}  # fmt: skip
ROW_INCHES = 0.2
Row = Mapping[str, Any]


def figures(found: "Analysis") -> Iterator[tuple[str, bytes]]:
    """Each figure's name and content: `figures/relation-<target>-<predictor>.svg`, `figures/lifts-<problem>.svg`,
    `figures/<factor>-<measure>-….svg`, and the same as PNG."""
    import matplotlib

    with matplotlib.rc_context(STYLE):
        for each in found.relations:
            if each.within is None and each.points:
                yield from _saved(f"relation-{target_id(each)}-{predictor_id(each)}", _relation(each))
        for name, rows in _problems(found.rows).items():
            yield from _saved(f"lifts-{name}", _lifts(rows))
        for name, curves in _along(found.curves).items():
            yield from _saved(name, _factor(curves))


def _relation(each: Relation) -> "Figure":
    figure, axes = _drawing(5.2, 3.8)
    groups: dict[str, list[Any]] = {}
    for dot in dots_of(each, {}):
        groups.setdefault(dot.group, []).append(dot)
    for index, (group, dots) in enumerate(groups.items()):
        axes.errorbar(
            [dot.x for dot in dots], [dot.y for dot in dots], label=group,
            xerr=[dot.x_error or 0 for dot in dots], yerr=[dot.y_error or 0 for dot in dots],
            fmt=MARKERS[index % len(MARKERS)], markersize=4, elinewidth=0.5,
        )  # fmt: skip
    for score in each.references.values():
        axes.axhline(score, linestyle="--", linewidth=0.6, color="0.5", zorder=0)
    said = each.text or f"Spearman's ρ = {signed(each.spearman, 2)}{bounds(each.low, each.high, 2)}"
    axes.set_title(f"{problem(vars(each))}\n{said}, {len(each.points)} pretrainings", loc="left", fontsize=9)
    axes.set_xlabel(axis_name(each))
    axes.set_ylabel(f"{metric(each.metric)} on test")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _problems(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The cells of whole pretrainings with a lift and its interval, by problem."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["lift_low"] is not None and row["progress"] == WHOLE:
            parts = [row[name] for name in ("task", "protocol", "shots", "steps", "precision")]
            found.setdefault("-".join(str(part) for part in parts if part is not None), []).append(row)
    return found


def _lifts(rows: Sequence[Row]) -> "Figure":
    """A lift and its interval a line, the largest on top."""
    ordered = sorted(rows, key=lambda row: row["lift"])
    figure, axes = _drawing(6.0, 1.2 + ROW_INCHES * len(ordered))
    places = range(len(ordered))
    lifts = [row["lift"] for row in ordered]
    margins = [row["lift_margin"] for row in ordered]
    axes.errorbar(lifts, places, xerr=margins, fmt="o", markersize=3, elinewidth=0.9, color="0.15")
    axes.axvline(0.0, linewidth=0.6, color="0.5", zorder=0)
    axes.set_yticks(places, [f"{row['model']}, {arm_of(row)}{' (sees labels)' * row['labelled']}" for row in ordered])
    axes.set_ylim(-0.7, len(ordered) - 0.3)
    axes.set_xlabel(f"lift in {metric(ordered[0]['metric'])} over scratch, 0.95 interval for new seeds and test items")
    axes.set_title(problem(ordered[0]), loc="left", fontsize=9)
    return figure


def _along(curves: Sequence[Curve]) -> dict[str, list[Curve]]:
    """The curves that are drawn together, by what their figure is called."""
    groups: dict[tuple[str, ...], list[Curve]] = {}
    for curve in curves:
        groups.setdefault((curve.factor, *group_of(curve)), []).append(curve)
    found: dict[str, list[Curve]] = {}
    for inside in groups.values():
        first = inside[0]
        pretrained = first.cell["pretraining"]
        of = pretrained["objective"] if first.measure == "loss" else f"{first.cell['task']}-{pretrained['model']}"
        base = f"{first.factor}-{first.measure}-{of}"
        names = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
        found[next(name for name in names if name not in found)] = inside
    return found


def _factor(curves: Sequence[Curve]) -> "Figure":
    figure, axes = _drawing(5.2, 3.4)
    first = curves[0]
    ticks: dict[float, str] = {}
    for index, curve in enumerate(curves):
        levels = [level for level in curve.levels if level.value is not None]
        ticks |= {level.at: level.level for level in levels}
        values = np.array([level.value for level in levels], dtype=float)
        bounds = [(level.low, level.high) if level.low is not None else (np.nan, np.nan) for level in levels]
        errors = np.abs(np.array(bounds, dtype=float).T - values)
        axes.errorbar(
            [level.at for level in levels], values, yerr=errors, label=curve_name(curve),
            marker=MARKERS[index % len(MARKERS)], markersize=4, linewidth=1, elinewidth=0.7,
        )  # fmt: skip
    axes.set_xticks(list(ticks), list(ticks.values()), rotation=20, ha="right")
    axes.set_xlabel(first.factor)
    axes.set_ylabel(
        {"loss": "held-out loss", "lift": f"lift in {metric(first.metric)}"}.get(first.measure, metric(first.metric))
    )
    where = first.cell["pretraining"]["corpus"] if first.measure == "loss" else problem_of(first)
    axes.set_title(where, loc="left", fontsize=9)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _drawing(width: float, height: float) -> "tuple[Figure, Axes]":
    """A figure of so many inches that no window shows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.add_subplot()


def _saved(name: str, figure: "Figure") -> Iterator[tuple[str, bytes]]:
    for kind, told in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, bbox_inches="tight", dpi=200, metadata=told)
        yield f"figures/{name}.{kind}", buffer.getvalue()
