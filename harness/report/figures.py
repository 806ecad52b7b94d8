"""Figures as inline SVG. They carry classes only, so that the style sheet colours them in light and dark."""

import math
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 30, 48
LETTER = 10
"""About how wide a letter is where a phone shows them large."""
SHAPES = (
    "circle", "square", "triangle", "diamond", "down", "plus", "cross", "bar", "star", "hexagon", "hourglass", "beam",
)  # fmt: skip
COLOURS = len(SHAPES)
"""The style sheet's classes g0, g1, …"""
PATHS = {
    "square": "M-5 -5H5V5H-5Z",
    "triangle": "M0 -6L6 5H-6Z",
    "diamond": "M0 -7L7 0L0 7L-7 0Z",
    "down": "M0 6L6 -5H-6Z",
    "plus": "M-2 -6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
    "cross": "M-6 -4L-4 -6L0 -2L4 -6L6 -4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0Z",
    "bar": "M-3 -7H3V7H-3Z",
    "star": "M0 -7L2 -2L7 -2L3 1L5 7L0 3L-5 7L-3 1L-7 -2L-2 -2Z",
    "hexagon": "M-3 -6H3L7 0L3 6H-3L-7 0Z",
    "hourglass": "M-6 -6H6L1 0L6 6H-6L-1 0Z",
    "beam": "M-7 -3H7V3H-7Z",
}


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
    parts: list[str] = [line(scale(0.0), 1, scale(0.0), 17, "zero")]
    if low is not None and high is not None:
        parts.append(line(scale(low), 9, scale(high), 9, "whisker"))
    parts.append(f'<circle cx="{scale(value)}" cy="9" r="3.5" class="dot"/>')
    frame = 'viewBox="0 0 120 18" width="120" height="18" aria-hidden="true"'
    return Markup(f'<svg class="interval {escape(kind)}" {frame}>{"".join(parts)}</svg>')


def mark(x: float, y: float, index: int, text: str = "") -> Markup:
    """The sign of a group at a place. After twelve groups the colours begin again with other shapes."""
    shape = SHAPES[(index + index // len(SHAPES)) % len(SHAPES)]
    title = f"<title>{escape(text)}</title>" if text else ""
    if shape == "circle":
        return Markup(f'<circle cx="{x}" cy="{y}" r="5.5" class="mark g{index % COLOURS}">{title}</circle>')
    place = f'transform="translate({x} {y})" d="{PATHS[shape]}"'
    return Markup(f'<path {place} class="mark g{index % COLOURS}">{title}</path>')


def sign(index: int) -> Markup:
    """The sign of a group alone, for a legend."""
    frame = 'class="sign" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"'
    return Markup(f"<svg {frame}>{mark(0, 0, index)}</svg>")


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
    parts = [axes(x, y, labels, ticks)]
    if zero:
        parts.append(line(LEFT, y(0.0), WIDTH - RIGHT, y(0.0), "reference"))
    for index, points in enumerate(series.values()):
        path = " ".join(f"{x(at)},{y(value)}" for at, value, *_ in points)
        parts.append(Markup(f'<polyline points="{path}" class="curve g{index % COLOURS}"/>'))
        for at, value, low, high, text in points:
            if low is not None and high is not None:
                parts.append(line(x(at), y(low), x(at), y(high), f"whisker g{index % COLOURS}"))
            parts.append(mark(x(at), y(value), index, text))
    return framed(parts, described)


def axes(x: Scale, y: Scale, labels: tuple[str, str], named: Mapping[float, str] | None = None) -> Markup:
    bottom = HEIGHT - BOTTOM
    parts = [line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis"), line(LEFT, TOP, LEFT, bottom, "axis")]
    for value, name in (named or {value: f"{value:g}" for value in x.ticks()}).items():
        anchor = "end" if x(value) + LETTER * len(name) / 2 > WIDTH else "middle"
        parts += [line(x(value), TOP, x(value), bottom, "grid"), _text(x(value), bottom + 18, "tick", anchor, name)]
    for value in y.ticks():
        parts += [line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid")]
        parts += [_text(LEFT - 8, y(value) + 4, "tick", "end", f"{value:g}")]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "label", "middle", labels[0]))
    parts.append(_text(4, 16, "label", "start", labels[1]))  # lying, so that it is read and never cut
    return Markup("".join(parts))


def _text(x: float, y: float, kind: str, anchor: str, words: str) -> Markup:
    return Markup(f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A line of a class of ours."""
    return Markup(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>')


def framed(parts: Sequence[Markup], described: str) -> Markup:
    frame = f'class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(described)}"'
    return Markup(f"<svg {frame}>{''.join(parts)}</svg>")
