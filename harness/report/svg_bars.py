"""Forests and bars as SVG: one value a line, under or next to its label."""

from collections.abc import Sequence

from markupsafe import Markup

from harness.findings.base import Bar, Bars, Forest
from harness.printable import plain
from harness.report.svg_axes import RIGHT, WIDTH, Scale, bottom_ticks, bottom_title, drawable, framed, interval_ends
from harness.report.svg_marks import colour, line, mark, text, text_width, titled
from harness.report.values import axis_text

LEFT_SHARE = 0.45
"""The largest share of the figure for labels on the left; longer labels are above their values."""
ROW, TALL_ROW = 24, 42
TOP, FOOT = 14, 50


def forest(figure: Forest) -> Markup:
    """Values with their intervals against the line of no difference."""
    return _rows(figure, as_bars=False)


def bars(figure: Bars) -> Markup:
    """Bars from zero, with their intervals."""
    return _rows(figure, as_bars=True)


def groups_of(values: Sequence[Bar]) -> list[str]:
    """The groups of bars, in order."""
    return list(dict.fromkeys(bar.group for bar in values))


def bar_title(figure: Forest | Bars, bar: Bar) -> str:
    """A bar's label and value, with its interval."""
    interval = ""
    if drawable(bar.low) and drawable(bar.high):
        interval = f" [{axis_text(figure.axis, bar.low)}, {axis_text(figure.axis, bar.high)}]"
    return f"{bar.label}: {axis_text(figure.axis, bar.value)}{interval}"


def _rows(figure: Forest | Bars, as_bars: bool) -> Markup:
    drawn = [bar for bar in figure.bars if drawable(bar.value)]
    groups = groups_of(figure.bars)
    labels = max((text_width(plain(bar.label)) for bar in drawn), default=0.0) + 12
    above = labels > LEFT_SHARE * WIDTH
    row, left = (TALL_ROW, 8.0) if above else (ROW, labels)
    values = [bar.value for bar in drawn]
    ends = [*values, *interval_ends([0.0, *values], (end for bar in drawn for end in (bar.low, bar.high)))]
    log = figure.axis.log and not as_bars and all(end > 0 for end in ends)
    x = Scale([*ends, *([] if log else [0.0])], left, WIDTH - RIGHT, log)
    bottom = TOP + row * max(len(drawn), 1)
    parts = [line(left, bottom, x.end, bottom, "axis"), *bottom_ticks(x, figure.axis, TOP - 8, bottom)]
    if x.inside(0.0):
        parts.append(line(x(0.0), TOP - 8, x(0.0), bottom, "zero"))
    for number, bar in enumerate(drawn):
        top = TOP + row * number
        label = (8, top + 15, "start", WIDTH - 16) if above else (left - 8, top + 13, "end", left - 8)
        parts.append(text(label[0], label[1], "row-name", label[2], bar.label, label[3]))
        parts.append(_value(figure, bar, x, top + (29 if above else 8), groups.index(bar.group), as_bars))
    parts.append(bottom_title(x, figure.axis, bottom + 42))
    return framed(parts, figure.alt, bottom + FOOT)


def _value(figure: Forest | Bars, bar: Bar, x: Scale, y: float, index: int, as_bar: bool) -> Markup:
    title = bar_title(figure, bar)
    parts = []
    if as_bar:
        start, end = sorted((x(0.0), x(bar.value)))
        shape = f'x="{start}" y="{y - 7}" width="{round(end - start, 2)}" height="14" class="bar {colour(index)}"'
        parts.append(Markup(f"<rect {shape}>{titled(title)}</rect>"))
    if drawable(bar.low) and drawable(bar.high):
        parts.append(line(x(bar.low), y, x(bar.high), y, "whisker ends" if as_bar else f"whisker {colour(index)}"))
    if not as_bar:
        parts.append(mark(x(bar.value), y, index, title))
    return Markup(f'<g class="level">{"".join(parts)}</g>')


def interval_bar(low: float | None, value: float, high: float | None, scale: Scale, kind: str) -> Markup:
    """A difference with its interval against the line of no difference, within a row of text that has the numbers."""
    parts = [line(scale(0.0), 1, scale(0.0), 17, "zero")]
    if drawable(low) and drawable(high):
        parts.append(line(scale(low), 9, scale(high), 9, "whisker"))
    parts.append(Markup(f'<circle cx="{scale(value)}" cy="9" r="3.5" class="dot"/>'))
    frame = 'viewBox="0 0 120 18" width="120" height="18" aria-hidden="true"'
    return Markup(f'<svg class="interval {kind}" {frame}>{"".join(parts)}</svg>')
