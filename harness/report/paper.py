"""Figures for papers, drawn by matplotlib as SVG, PNG and PDF: every figure of a finding, from the same data as pages.

The same figure gives the same bytes.
"""

import io
import warnings
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from harness.findings.base import Axis, Bars, Figure, Finding, Forest, HeatMap, Lines, Point, Scatter
from harness.printable import plain
from harness.report.html import distinct, slug
from harness.report.svg_axes import Scale, drawable
from harness.report.svg_bars import groups_of
from harness.report.svg_points import steps_of, trend_of
from harness.report.values import axis_text, matrix_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

MARKERS = "osD^vPX*<>hd"
STYLE: Any = {
    "font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "pretune", "axes.spines.top": False, "pdf.fonttype": 42,
    "axes.spines.right": False, "legend.frameon": False, "text.parse_math": False,
}  # fmt: skip
FORMATS: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
"""The metadata that each format leaves out, so that bytes do not change with time or version."""
ROW_INCHES = 0.2
GREY = "0.5"


def paper_figures(
    finding: Finding, stem: str, formats: Collection[str] = tuple(FORMATS)
) -> Iterator[tuple[str, bytes]]:
    """The name and content of each figure in each format: `board-lifts.svg`, `board-lifts.png`, `board-lifts.pdf`.
    Figures without data are skipped."""
    import matplotlib

    names: set[str] = set()
    for section in finding.sections:
        for figure in section.figures:
            base = slug(f"{stem} {figure.name or ' '.join((section.title, figure.title))}")
            name = distinct(base, names)
            with matplotlib.rc_context(STYLE), warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Glyph .* missing")
                drawn = paper_figure(figure, section.title)
                saved = list(_saved(drawn, formats)) if drawn is not None else []
            yield from ((f"{name}.{form}", content) for form, content in saved)


def paper_figure(figure: Figure, section: str = "") -> "Drawing | None":
    """A figure under its title, or that of its section; None where it has no data."""
    if isinstance(figure, Scatter):
        drawn = _scatter(figure)
    elif isinstance(figure, Lines):
        drawn = _lines(figure)
    elif isinstance(figure, HeatMap):
        drawn = _heat_map(figure)
    else:
        drawn = _bars(figure)
    if drawn is not None:
        drawn.axes[0].set_title(plain(figure.title or section), loc="left", fontsize=9)
    return drawn


def _scatter(figure: Scatter) -> "Drawing | None":
    groups = {name: _drawn(points) for name, points in figure.groups.items()}
    if not any(groups.values()):
        return None
    drawing, axes = _drawing(5.2, 3.8)
    for index, (name, points) in enumerate(groups.items()):
        container = _error_bars(axes, points, index, name, "")
        if figure.trend and not figure.x.log and (ends := trend_of(points)):
            axes.plot(*zip(*ends, strict=True), linewidth=0.8, color=container[0].get_color(), zorder=0)
    for value in figure.references.values():
        if drawable(value):
            axes.axhline(value, linestyle="--", linewidth=0.6, color=GREY, zorder=0)
    curve = steps_of(figure.curve) if figure.curve_steps else figure.curve
    if curve:
        label = _label(figure.curve_title) if figure.curve_title else "_"
        axes.plot([x for x, _ in curve], [y for _, y in curve], color="0.15", linewidth=1.2, label=label)
    for point in (point for points in groups.values() for point in points if point.name):
        axes.annotate(plain(point.name), (point.x, point.y), xytext=(4, 3), textcoords="offset points", fontsize=7)
    _finish(axes, figure.x, figure.y, [point for points in groups.values() for point in points])
    return drawing


def _lines(figure: Lines) -> "Drawing | None":
    series = {name: sorted(_drawn(points), key=lambda point: point.x) for name, points in figure.series.items()}
    if not any(series.values()):
        return None
    drawing, axes = _drawing(5.2, 3.4)
    for index, (name, points) in enumerate(series.items()):
        _error_bars(axes, points, index, name, "-")
    if figure.zero:
        axes.axhline(0.0, linestyle="--", linewidth=0.6, color=GREY, zorder=0)
    _finish(axes, figure.x, figure.y, [point for points in series.values() for point in points])
    return drawing


def _bars(figure: Forest | Bars) -> "Drawing | None":
    """A value a line, the first on top."""
    bars = [bar for bar in figure.bars if drawable(bar.value)]
    if not bars:
        return None
    drawing, axes = _drawing(6.0, 1.2 + ROW_INCHES * len(bars))
    groups = groups_of(bars)
    for index, group in enumerate(groups):
        rows = [(len(bars) - 1 - place, bar) for place, bar in enumerate(bars) if bar.group == group]
        heights, values = [place for place, _ in rows], [bar.value for _, bar in rows]
        errors = list(zip(*(_span(bar.value, bar.low, bar.high) for _, bar in rows), strict=True))
        label = _label(group) if groups != [""] else "_"
        if isinstance(figure, Bars):
            axes.barh(heights, values, xerr=errors, height=0.7, label=label, error_kw={"elinewidth": 0.7})
        else:
            marker = MARKERS[index % len(MARKERS)]
            axes.errorbar(values, heights, xerr=errors, fmt=marker, markersize=3, elinewidth=0.9, label=label)
    axes.axvline(0.0, linewidth=0.6, color=GREY, zorder=0)
    axes.set_yticks(range(len(bars)), [plain(bar.label) for bar in reversed(bars)])
    axes.set_ylim(-0.7, len(bars) - 0.3)
    axes.set_xlabel(plain(figure.axis.title))
    _legend(axes)
    return drawing


def _heat_map(figure: HeatMap) -> "Drawing | None":
    if not figure.rows or not figure.columns:
        return None
    drawing, axes = _drawing(1.5 + 0.5 * len(figure.columns), 1.0 + 0.3 * len(figure.rows))
    values = [[value if drawable(value) else float("nan") for value in row] for row in figure.values]
    colours = "RdYlGn" if figure.low < 0 < figure.high else "Blues"
    axes.imshow(values, cmap=colours, vmin=figure.low, vmax=figure.high, aspect="auto", alpha=0.7)
    for place, row in enumerate(figure.values):
        for column, value in enumerate(row):
            axes.text(column, place, matrix_text(figure, value), ha="center", va="center", fontsize=7)
    axes.set_xticks(range(len(figure.columns)), [plain(name) for name in figure.columns], rotation=30, ha="right")
    axes.set_yticks(range(len(figure.rows)), [plain(name) for name in figure.rows])
    axes.set_xlabel(plain(figure.column_title))
    axes.set_ylabel(plain(figure.row_title))
    return drawing


def _error_bars(axes: "Axes", points: Sequence[Point], index: int, name: str, line: str) -> Any:
    x_spans = [_span(point.x, point.x_low, point.x_high) for point in points]
    y_spans = [_span(point.y, point.y_low, point.y_high) for point in points]
    return axes.errorbar(
        [point.x for point in points], [point.y for point in points], label=_label(name) if name else "_",
        xerr=list(zip(*x_spans, strict=True)) or None, yerr=list(zip(*y_spans, strict=True)) or None,
        marker=MARKERS[index % len(MARKERS)], linestyle=line, markersize=4, linewidth=1, elinewidth=0.5,
    )  # fmt: skip


def _finish(axes: "Axes", x: Axis, y: Axis, points: Sequence[Point]) -> None:
    """Scales, ticks and titles."""
    _set_scale(axes.set_xscale, axes.xaxis, x, [point.x for point in points])
    _set_scale(axes.set_yscale, axes.yaxis, y, [point.y for point in points])
    if x.ticks:
        axes.tick_params(axis="x", labelrotation=20)
    axes.set_xlabel(plain(x.title))
    axes.set_ylabel(plain(y.title))
    _legend(axes)


def _set_scale(set_scale: Any, ruler: Any, axis: Axis, values: Sequence[float]) -> None:
    """An axis of a figure: logarithmic with values of zero apart, named ticks, numbers with their unit."""
    from matplotlib.ticker import NullLocator

    scale = Scale(values, 0.0, 1.0, axis.log)
    if scale.log:
        positive = min(value for value in values if value > 0)
        set_scale("symlog", linthresh=positive) if scale.nothing is not None else set_scale("log")
    if axis.ticks or axis.unit or scale.log:
        names = axis.ticks or {value: axis_text(axis, value) for value in scale.ticks()}
        ruler.set_ticks(list(names), [plain(name) for name in names.values()])
        ruler.set_minor_locator(NullLocator())


def _legend(axes: "Axes") -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _label(name: str) -> str:
    """The name of a group in a legend, which skips names that begin with an underscore."""
    return f" {plain(name)}" if name.startswith("_") else plain(name)


def _drawn(points: Sequence[Point]) -> list[Point]:
    return [point for point in points if drawable(point.x) and drawable(point.y)]


def _span(value: float, low: float | None, high: float | None) -> tuple[float, float]:
    """The lengths of an error bar below and above a value; NaN where there is none."""
    if not drawable(low) or not drawable(high):
        return float("nan"), float("nan")
    return max(value - low, 0.0), max(high - value, 0.0)


def _drawing(width: float, height: float) -> "tuple[Drawing, Axes]":
    """A figure of a size in inches, without a window."""
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(width, height))
    return drawing, drawing.add_subplot()


def _saved(drawing: "Drawing", formats: Collection[str]) -> Iterator[tuple[str, bytes]]:
    for form in formats:
        buffer = io.BytesIO()
        drawing.savefig(buffer, format=form, bbox_inches="tight", dpi=200, metadata=FORMATS[form])
        yield form, buffer.getvalue()
