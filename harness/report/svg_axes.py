"""The axes of SVG figures: scales with round ticks, linear and logarithmic."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeGuard

from markupsafe import Markup, escape

from harness.findings.base import Axis
from harness.printable import plain
from harness.report.svg_marks import line, text, text_width
from harness.report.values import axis_text

WIDTH, HEIGHT = 640, 400
RIGHT, TOP, BOTTOM = 24, 30, 48
PAD = 0.06
"""The free share at both ends of a scale."""
DECADES = 3
"""Below this number of powers of ten a logarithmic axis also names values between them."""
REACH = 5.0
"""A scale goes at most this many times the range of its values beyond them."""
SPACE = 8
"""Units between two ticks' names."""
SMALLEST, LARGEST = 1e-100, 1e100
"""Beyond these no figure shows a value; less than the smallest is zero on a logarithmic axis."""


class Scale:
    """A map from values to units of the figure. A logarithmic one has values of zero and less apart, at its start."""

    def __init__(self, values: Iterable[float], start: float, end: float, log: bool = False, pad: float = PAD) -> None:
        drawn = [value for value in values if drawable(value)]
        positive = [value for value in drawn if value > SMALLEST]
        self.log = log and bool(positive)
        self.start, self.end = start, end
        self.nothing: float | None = None
        if self.log:
            drawn_zero = len(positive) < len(drawn)
            drawn = [math.log10(value) for value in positive]
            if drawn_zero:
                self.nothing = min(drawn) - max((max(drawn) - min(drawn)) / 8, 0.2)
                drawn.append(self.nothing)
        low, high = min(drawn, default=0.0), max(drawn, default=1.0)
        span = high - low
        if span <= max(1e-12 * max(abs(low), abs(high)), SMALLEST):
            span = abs(high) if abs(high) > SMALLEST else 1.0
        self.low, self.high = low - span * pad, high + span * pad

    def __call__(self, value: float) -> float:
        share = (self._along(value) - self.low) / (self.high - self.low)
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 2)

    def inside(self, value: float) -> bool:
        """Whether the scale has room for a value."""
        return drawable(value) and self.low <= self._along(value) <= self.high

    def ticks(self, count: int = 5) -> list[float]:
        """About `count` round values inside the scale."""
        if not self.log:
            return _round_values(self.low, self.high, count)
        low = self.low if self.nothing is None else self.nothing + 1e-9
        powers = range(math.floor(low), math.floor(self.high) + 1)
        every = max(1, math.ceil(len(powers) / (2 * count)))
        between = (1, 2, 5) if len(powers) <= DECADES else (1,)
        values = [float(f"{digit}e{power}") for power in powers[::every] for digit in between]
        values = [value for value in values if low <= math.log10(value) <= self.high]
        if len(values) < 3:  # less than a decade
            values = [value for value in _round_values(10**low, 10**self.high, count) if value > 0]
        return ([] if self.nothing is None else [0.0]) + values

    def _along(self, value: float) -> float:
        if not self.log:
            return value
        return math.log10(value) if value > SMALLEST else self.nothing if self.nothing is not None else self.low


def drawable(value: float | None) -> TypeGuard[float]:
    """Whether a figure can show a value."""
    return value is not None and math.isfinite(value) and abs(value) < LARGEST


def interval_ends(values: Iterable[float | None], ends: Iterable[float | None]) -> list[float]:
    """The ends of intervals that a scale of values has room for. Very wide intervals are cut at its edges."""
    drawn = [value for value in values if drawable(value)]
    inside = [end for end in ends if drawable(end)]
    if len(drawn) < 2 or min(drawn) == max(drawn):
        return inside
    low, high = min(drawn), max(drawn)
    reach = REACH * (high - low)
    return [end for end in inside if low - reach <= end <= high + reach]


def _round_values(low: float, high: float, count: int) -> list[float]:
    raw = max((high - low) / count, 1e-300)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * each for each in (1, 2, 5) if raw <= power * each), power * 10)
    first = math.ceil(low / step)
    return [float(f"{step * each:.12g}") for each in range(first, math.floor(high / step) + 1)]


def left_margin(axis: Axis, values: Iterable[float], log: bool) -> float:
    """The room that the names of a vertical axis's ticks take."""
    scale = Scale(values, HEIGHT - BOTTOM, TOP, log)
    widest = max(map(text_width, tick_names(scale, axis).values()), default=0.0)
    return min(max(widest + 14, 40), WIDTH / 4)


def axes(x: Scale, y: Scale, x_axis: Axis, y_axis: Axis) -> Markup:
    """Both axes with their grid, ticks and titles."""
    parts = [line(x.start, y.start, x.end, y.start, "axis"), line(x.start, y.start, x.start, y.end, "axis")]
    parts += bottom_ticks(x, x_axis, y.end, y.start)
    for value, name in tick_names(y, y_axis).items():
        parts += [line(x.start, y(value), x.end, y(value), "grid")]
        parts += [text(x.start - 8, y(value) + 5, "tick", "end", name, x.start - 8)]
    parts.append(bottom_title(x, x_axis, y.start + 40))
    parts.append(text(4, 16, "label", "start", axis_title(y_axis, y), WIDTH - 8))
    return Markup("".join(parts))


def bottom_ticks(x: Scale, axis: Axis, top: float, bottom: float) -> list[Markup]:
    """Grid lines of a horizontal axis with their names. A name that would cover the one before is skipped."""
    parts: list[Markup] = []
    free = -math.inf
    for value, name in sorted(tick_names(x, axis).items()):
        at, half = x(value), text_width(name) / 2
        parts.append(line(at, top, at, bottom, "grid"))
        anchor, first, last = "middle", at - half, at + half
        if last > WIDTH:
            anchor, first, last = "end", at - 2 * half + 4, at + 4
        if name and first >= free:
            shift = 4 if anchor == "end" else 0
            parts.append(text(at + shift, bottom + 18, "tick", anchor, name))
            free = last + SPACE
    return parts


def bottom_title(x: Scale, axis: Axis, y: float) -> Markup:
    """The title of a horizontal axis, below its middle or wherever it fits."""
    title = axis_title(axis, x)
    middle, half = (x.start + x.end) / 2, text_width(title) / 2
    middle = min(middle, WIDTH - 4 - half) if half <= WIDTH / 2 - 4 else WIDTH / 2
    return text(middle, y, "label", "middle", title, WIDTH - 8)


def tick_names(scale: Scale, axis: Axis) -> Mapping[float, str]:
    """The ticks of an axis by value."""
    if axis.ticks:
        return {value: name for value, name in axis.ticks.items() if scale.inside(value)}
    return {value: axis_text(axis, value) for value in scale.ticks()}


def axis_title(axis: Axis, scale: Scale) -> str:
    """The title of an axis, and whether it is logarithmic."""
    return f"{axis.title} (log)" if scale.log else axis.title


def framed(parts: Sequence[Markup], alt: str, height: float = HEIGHT) -> Markup:
    """A figure with a description for readers who do not see it."""
    frame = f'class="figure" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(plain(alt))}"'
    return Markup(f"<svg {frame}>{''.join(parts)}</svg>")
