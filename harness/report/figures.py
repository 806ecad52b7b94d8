"""Figures as inline SVG. They carry classes only, so that the style sheet colours them in light and dark."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 48
NAME_WIDTH, NAME_HEIGHT = 130, 14
MOST_NAMED = 5
"""Of more reference lines than these none has its name beside it: they would lie on each other."""
FEWEST = 3
"""Points below which a group has no line."""
SHAPES = ("circle", "square", "triangle", "diamond", "down", "plus", "cross", "bar")


class Scale:
    """A linear map from values to pixels, with round ticks."""

    def __init__(self, values: Iterable[float], start: float, end: float, pad: float = 0.06) -> None:
        found = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(found), max(found)
        room = (high - low or abs(high) or 1.0) * pad
        self.low, self.high, self.start, self.end = low - room, high + room, start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, count: int = 5) -> list[float]:
        """About `count` round values inside the scale."""
        raw = (self.high - self.low) / count
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * each for each in (1, 2, 5, 10) if raw <= power * each)
        first = math.ceil(self.low / step)
        return [round(step * each, 10) for each in range(first, math.floor(self.high / step) + 1)]


def interval_bar(low: float | None, value: float, high: float | None, scale: Scale, kind: str) -> Markup:
    """A lift with its interval beside the line of no difference; the figures stand in the text next to it."""
    zero, at = scale(0.0), scale(value)
    parts = [_line(zero, 1, zero, 17, "zero")]
    if low is not None and high is not None:
        parts.append(_line(scale(low), 9, scale(high), 9, "whisker"))
    parts.append(Markup('<circle cx="{}" cy="9" r="3.5" class="dot"/>').format(at))
    svg = '<svg class="interval {}" viewBox="0 0 120 18" width="120" height="18" aria-hidden="true">{}</svg>'
    return Markup(svg).format(kind, Markup("").join(parts))


@dataclass(frozen=True)
class Dot:
    """A point of a scatter: its place, its standard error along each axis, its group, its words, and what a page's
    script knows it by."""

    x: float
    y: float
    x_error: float | None
    y_error: float | None
    group: str
    text: str
    known: Mapping[str, str]
    named: bool = False
    """Whether its name stands beside it."""


def scatter(
    dots: Sequence[Dot], labels: tuple[str, str], references: Mapping[str, float], groups: Sequence[str], described: str
) -> Markup:
    """Points with a shape, a colour and a line of their own for each group that has at least three; references are
    dashed lines at their y."""
    x = Scale((bound for dot in dots for bound in _bounds(dot.x, dot.x_error)), LEFT, WIDTH - RIGHT)
    heights = [bound for dot in dots for bound in _bounds(dot.y, dot.y_error)]
    y = Scale([*heights, *references.values()], HEIGHT - BOTTOM, TOP)
    parts = [_axes(x, y, labels)]
    for name, value in references.items():
        title = Markup("<title>scratch, {}: {:.3f}</title>").format(name, value)
        line = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="reference">{}</line>')
        parts.append(line.format(LEFT, y(value), WIDTH - RIGHT, y(value), title))
    for index, group in enumerate(groups):
        parts += _trend([dot for dot in dots if dot.group == group], x, y, index)
    parts += [_dot(dot, x, y, groups.index(dot.group)) for dot in dots]
    if len(references) <= MOST_NAMED:
        lines = {name: y(value) for name, value in references.items()}
        parts += _reference_names(lines, [(x(dot.x), y(dot.y)) for dot in dots])
    return _figure(parts, described)


def _bounds(value: float, error: float | None) -> tuple[float, float]:
    return value - (error or 0.0), value + (error or 0.0)


def _dot(dot: Dot, x: Scale, y: Scale, index: int) -> Markup:
    known = Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in dot.known.items())
    kind = f"whisker g{index % 8}"
    parts = []
    if dot.x_error:
        parts.append(_line(x(dot.x - dot.x_error), y(dot.y), x(dot.x + dot.x_error), y(dot.y), kind))
    if dot.y_error:
        parts.append(_line(x(dot.x), y(dot.y - dot.y_error), x(dot.x), y(dot.y + dot.y_error), kind))
    parts.append(mark(x(dot.x), y(dot.y), index, dot.text))
    if dot.named:
        right = x(dot.x) < (LEFT + WIDTH) / 2
        name = Markup('<text x="{}" y="{}" class="dot-name" text-anchor="{}">{}</text>')
        side = (x(dot.x) + (9 if right else -9), y(dot.y) - 8, "start" if right else "end", dot.known["model"])
        parts.append(name.format(*side))
    return Markup('<g class="point"{}>{}</g>').format(known, Markup("").join(parts))


def _trend(dots: Sequence[Dot], x: Scale, y: Scale, index: int) -> list[Markup]:
    """The least-squares line of a group, over its own range."""
    if len(dots) < FEWEST:
        return []
    left, right = min(dot.x for dot in dots), max(dot.x for dot in dots)
    if right - left < 1e-12:
        return []
    middle, height = fmean(dot.x for dot in dots), fmean(dot.y for dot in dots)
    slope = sum((dot.x - middle) * (dot.y - height) for dot in dots) / sum((dot.x - middle) ** 2 for dot in dots)
    ends = [height + slope * (at - middle) for at in (left, right)]
    if not all(y.low <= end <= y.high for end in ends):
        return []
    return [_line(x(left), y(ends[0]), x(right), y(ends[1]), f"trend g{index % 8}")]


def _reference_names(lines: Mapping[str, float], points: Sequence[tuple[float, float]]) -> list[Markup]:
    """The names of the reference lines, each at the end of its line where fewer points and names are in its way."""
    text = Markup('<text x="{}" y="{}" class="reference-name" text-anchor="{}">scratch, {}</text>')
    ends = ((WIDTH - RIGHT - 4, "end"), (LEFT + 4, "start"))
    taken, names = list(points), []
    for name, height in lines.items():
        y = height - 4

        def crowd(end: tuple[int, str], y: float = y) -> int:
            return sum(abs(x - end[0]) < NAME_WIDTH and abs(other - y) < NAME_HEIGHT for x, other in taken)

        x, anchor = min(ends, key=crowd)
        taken.append((x, y))
        names.append(text.format(x, y, anchor, name))
    return names


def mark(x: float, y: float, index: int, text: str = "") -> Markup:
    """The sign of a group at a place. After eight groups the colours begin again with other shapes."""
    shape = SHAPES[(index + index // len(SHAPES)) % len(SHAPES)]
    title = Markup("<title>{}</title>").format(text) if text else ""
    paths = {
        "square": "M-5 -5H5V5H-5Z",
        "triangle": "M0 -6L6 5H-6Z",
        "diamond": "M0 -7L7 0L0 7L-7 0Z",
        "down": "M0 6L6 -5H-6Z",
        "plus": "M-2 -6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
        "cross": "M-6 -4L-4 -6L0 -2L4 -6L6 -4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0Z",
        "bar": "M-3 -7H3V7H-3Z",
    }
    if shape == "circle":
        sign = '<circle cx="{}" cy="{}" r="5.5" class="mark g{}">{}</circle>'
        return Markup(sign).format(x, y, index % 8, title)
    sign = '<path transform="translate({} {})" d="{}" class="mark g{}">{}</path>'
    return Markup(sign).format(x, y, paths[shape], index % 8, title)


def sign(index: int) -> Markup:
    """The sign of a group alone, for a legend."""
    svg = '<svg class="sign" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">{}</svg>'
    return Markup(svg).format(mark(0, 0, index))


def levels(
    series: Mapping[str, Sequence[tuple[float, float, float | None, float | None, str]]],
    ticks: Mapping[float, str],
    labels: tuple[str, str],
    described: str,
    zero: bool = False,
) -> Markup:
    """Lines over the levels of a factor, each point (x, y, low, high, text) with its interval; `ticks` names places."""
    found = [point for points in series.values() for point in points]
    bounds = [value for _, y, low, high, _ in found for value in (y, low, high) if value is not None]
    x = Scale(ticks, LEFT, WIDTH - RIGHT)
    y = Scale([*bounds, *([0.0] if zero else [])], HEIGHT - BOTTOM, TOP)
    parts = [_axes(x, y, labels, ticks)]
    if zero:
        parts.append(_line(LEFT, y(0.0), WIDTH - RIGHT, y(0.0), "reference"))
    for index, points in enumerate(series.values()):
        path = " ".join(f"{x(at)},{y(value)}" for at, value, *_ in points)
        parts.append(Markup('<polyline points="{}" class="curve g{}"/>').format(path, index % 8))
        for at, value, low, high, text in points:
            if low is not None and high is not None:
                parts.append(_line(x(at), y(low), x(at), y(high), f"whisker g{index % 8}"))
            parts.append(mark(x(at), y(value), index, text))
    return _figure(parts, described)


def _axes(x: Scale, y: Scale, labels: tuple[str, str], named: Mapping[float, str] | None = None) -> Markup:
    bottom = HEIGHT - BOTTOM
    parts = [_line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis"), _line(LEFT, TOP, LEFT, bottom, "axis")]
    tick = Markup('<text x="{}" y="{}" class="tick" text-anchor="{}">{}</text>')
    for value, name in (named or {value: f"{value:g}" for value in x.ticks()}).items():
        parts += [_line(x(value), TOP, x(value), bottom, "grid"), tick.format(x(value), bottom + 18, "middle", name)]
    for value in y.ticks():
        parts += [_line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid")]
        parts += [tick.format(LEFT - 8, y(value) + 4, "end", f"{value:g}")]
    parts.append(Markup('<text x="{}" y="{}" class="label" text-anchor="middle">{}</text>').format(
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, labels[0]
    ))  # fmt: skip
    turned = '<text transform="translate(14 {}) rotate(-90)" class="label" text-anchor="middle">{}</text>'
    parts.append(Markup(turned).format((TOP + bottom) / 2, labels[1]))
    return Markup("").join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(x1, y1, x2, y2, kind)


def _figure(parts: Sequence[Markup], described: str) -> Markup:
    svg = '<svg class="figure" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    return Markup(svg).format(WIDTH, HEIGHT, escape(described), Markup("").join(parts))
