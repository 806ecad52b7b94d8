"""Figures as inline SVG. They carry classes only, so that the style sheet colours them in light and dark."""

import math
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 48
NAME_WIDTH, NAME_HEIGHT = 130, 14
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


def scatter(
    points: Sequence[tuple[float, float, str, str]],
    labels: tuple[str, str],
    references: Mapping[str, float],
    described: str,
) -> Markup:
    """Points (x, y, group, text): a shape and colour a group; references are dashed lines at their y."""
    groups = {group: index for index, group in enumerate(dict.fromkeys(point[2] for point in points))}
    x = Scale((point[0] for point in points), LEFT, WIDTH - RIGHT)
    y = Scale([*(point[1] for point in points), *references.values()], HEIGHT - BOTTOM, TOP)
    parts = [_axes(x, y, labels)]
    parts += [_line(LEFT, y(value), WIDTH - RIGHT, y(value), "reference") for value in references.values()]
    for one, other, group, text in points:
        parts.append(mark(x(one), y(other), groups[group], text))
    lines = {name: y(value) for name, value in references.items()}
    parts += _reference_names(lines, [(x(one), y(other)) for one, other, *_ in points])
    return _figure(parts, described)


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


def curves(steps: Sequence[float], series: Mapping[str, Sequence[float]], described: str) -> Markup:
    """Losses over steps, a line a part."""
    x = Scale(steps, LEFT, WIDTH - RIGHT, pad=0.02)
    y = Scale((value for values in series.values() for value in values), HEIGHT - BOTTOM, TOP)
    parts = [_axes(x, y, ("step", "loss"))]
    for index, (name, values) in enumerate(series.items()):
        shown = [(step, value) for step, value in zip(steps, values, strict=False) if math.isfinite(value)]
        path = " ".join(f"{x(step)},{y(value)}" for step, value in shown)
        parts.append(Markup('<polyline points="{}" class="curve g{}"/>').format(path, index % 8))
        for step, value in shown:
            dot = '<circle cx="{}" cy="{}" r="3" class="mark g{}"><title>{}: {:.5g} at step {:g}</title></circle>'
            parts.append(Markup(dot).format(x(step), y(value), index % 8, name, value, step))
    return _figure(parts, described)


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
