"""Scatters: points by group over two axes, with their errors, trends and reference lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from markupsafe import Markup, escape

from harness.report.figures import BOTTOM, COLOURS, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, axes, framed, line, mark

NAME_WIDTH, NAME_HEIGHT = 130, 14
MOST_NAMED = 5
"""Of more reference lines than these none has its name beside it: they would lie on each other."""
FEWEST = 3
"""Points below which a group has no line."""
STEPS = 40
"""Of a curve, from its first point to its last."""


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
    dots: Sequence[Dot],
    labels: tuple[str, str],
    references: Mapping[str, float],
    groups: Sequence[str],
    described: str,
    curve: Callable[[float], float] | None = None,
) -> Markup:
    """Points with a shape, a colour and a line of their own for each group that has at least three; references are
    dashed lines at their y, and a curve goes from the first point to the last."""
    x = Scale((bound for dot in dots for bound in _bounds(dot.x, dot.x_error)), LEFT, WIDTH - RIGHT)
    heights = [bound for dot in dots for bound in _bounds(dot.y, dot.y_error)]
    y = Scale([*heights, *references.values()], HEIGHT - BOTTOM, TOP)
    parts = [axes(x, y, labels)]
    for name, value in references.items():
        title = f"<title>scratch, {escape(name)}: {value:.3f}</title>"
        ends = f'x1="{LEFT}" y1="{y(value)}" x2="{WIDTH - RIGHT}" y2="{y(value)}"'
        parts.append(Markup(f'<line {ends} class="reference">{title}</line>'))
    for index, group in enumerate(groups):
        parts += _trend([dot for dot in dots if dot.group == group], x, y, index)
    if curve:
        parts.append(_curve(curve, [dot.x for dot in dots], x, y))
    parts += [_dot(dot, x, y, groups.index(dot.group)) for dot in dots]
    parts += _dot_names(dots, x, y)
    if len(references) <= MOST_NAMED:
        lines = {name: y(value) for name, value in references.items()}
        parts += _reference_names(lines, [(x(dot.x), y(dot.y)) for dot in dots])
    return framed(parts, described)


def _bounds(value: float, error: float | None) -> tuple[float, float]:
    return value - (error or 0.0), value + (error or 0.0)


def _dot(dot: Dot, x: Scale, y: Scale, index: int) -> Markup:
    known = "".join(f' data-{name}="{escape(value)}"' for name, value in dot.known.items())
    kind = f"whisker g{index % COLOURS}"
    parts = []
    if dot.x_error:
        parts.append(line(x(dot.x - dot.x_error), y(dot.y), x(dot.x + dot.x_error), y(dot.y), kind))
    if dot.y_error:
        parts.append(line(x(dot.x), y(dot.y - dot.y_error), x(dot.x), y(dot.y + dot.y_error), kind))
    parts.append(mark(x(dot.x), y(dot.y), index, dot.text))
    return Markup(f'<g class="point"{known}>{"".join(parts)}</g>')


def _dot_names(dots: Sequence[Dot], x: Scale, y: Scale) -> list[Markup]:
    """The names of the points that have theirs beside them, above or below, but where another name stands already."""
    text = Markup('<text x="{}" y="{}" class="dot-name" text-anchor="{}">{}</text>')
    taken: list[tuple[float, float]] = []
    names = []
    for dot in dots:
        right = x(dot.x) < (LEFT + WIDTH) / 2
        for height in (y(dot.y) - 8, y(dot.y) + 18):
            free = all(abs(x(dot.x) - at) > NAME_WIDTH or abs(height - other) > NAME_HEIGHT for at, other in taken)
            if dot.named and free:
                taken.append((x(dot.x), height))
                side = (x(dot.x) + (9 if right else -9), height, "start" if right else "end", dot.known["model"])
                names.append(text.format(*side))
                break
    return names


def _curve(curve: Callable[[float], float], places: Sequence[float], x: Scale, y: Scale) -> Markup:
    """A curve over all points, as far as it is within the figure."""
    first, last = min(places), max(places)
    drawn = [(at, curve(at)) for at in (first + (last - first) * step / STEPS for step in range(STEPS + 1))]
    path = " ".join(f"{x(at)},{y(value)}" for at, value in drawn if y.low <= value <= y.high)
    return Markup(f'<polyline points="{path}" class="fitted"/>')


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
    return [line(x(left), y(ends[0]), x(right), y(ends[1]), f"trend g{index % COLOURS}")]


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
