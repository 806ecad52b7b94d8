"""Scatters and lines as SVG."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from markupsafe import Markup

from harness.findings.base import Axis, Lines, Point, Scatter
from harness.printable import plain
from harness.report.svg_axes import (
    BOTTOM,
    HEIGHT,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    axes,
    drawable,
    framed,
    interval_ends,
    left_margin,
)
from harness.report.svg_marks import colour, data_facts, line, mark, path, text, text_width
from harness.report.values import axis_text

MOST_NAMED = 5
"""The most reference lines with their names drawn; the names of more would overlap."""
FEWEST = 3
"""The fewest points of a group with a trend line."""
NAME_HEIGHT = 15
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def scatter(figure: Scatter) -> Markup:
    """Points with a mark and a colour for each group; references are dashed lines, the curve is drawn over all."""
    groups = {name: [point for point in points if _drawn(point)] for name, points in figure.groups.items()}
    points = [point for inside in groups.values() for point in inside]
    references = {name: value for name, value in figure.references.items() if drawable(value)}
    x, y = _scales(figure.x, figure.y, points, references.values(), figure.curve)
    parts = [axes(x, y, figure.x, figure.y)]
    for name, value in references.items():
        title = f"{name}: {axis_text(figure.y, value)}"
        parts.append(line(x.start, y(value), x.end, y(value), "reference", title))
    if figure.trend:
        parts += [_trend(name, inside, x, y, index) for index, (name, inside) in enumerate(groups.items())]
    marks = [(point, name, index) for index, (name, inside) in enumerate(groups.items()) for point in inside]
    faint = [each for each in marks if each[0].faint]
    parts += [_point(figure, *each, x, y) for each in faint]
    if figure.curve:
        parts.append(_curve(figure, x, y))
    parts += [_point(figure, *each, x, y) for each in marks if not each[0].faint]
    taken = [(x(point.x) - 6, y(point.y) - 6, x(point.x) + 6, y(point.y) + 6) for point in points]
    if len(references) <= MOST_NAMED:
        parts += _reference_names({name: y(value) for name, value in references.items()}, x, taken)
    parts += _names(points, x, y, taken)
    return framed(parts, figure.alt)


def lines(figure: Lines) -> Markup:
    """A line a series, each point with its interval."""
    series = {name: sorted(filter(_drawn, points), key=lambda point: point.x) for name, points in figure.series.items()}
    points = [point for inside in series.values() for point in inside]
    x, y = _scales(figure.x, figure.y, points, [0.0] if figure.zero else [], [])
    parts = [axes(x, y, figure.x, figure.y)]
    if figure.zero and y.inside(0.0):
        parts.append(line(x.start, y(0.0), x.end, y(0.0), "reference"))
    for index, (name, inside) in enumerate(series.items()):
        if len(inside) > 1:
            corners = [(x(point.x), y(point.y)) for point in inside]
            parts.append(path(corners, f"curve {colour(index)}", {"group": name}))
        parts += [_point(figure, point, name, index, x, y) for point in inside]
    return framed(parts, figure.alt)


def point_title(figure: Scatter | Lines, point: Point, group: str) -> str:
    """The full name of a point with its coordinates."""
    y = axis_text(figure.y, point.y)
    if drawable(point.y_low) and drawable(point.y_high):
        y += f" [{axis_text(figure.y, point.y_low)}, {axis_text(figure.y, point.y_high)}]"
    named = point.label or point.name or group
    return f"{named}: {axis_text(figure.x, point.x)}, {y}" if named else f"{axis_text(figure.x, point.x)}, {y}"


def _scales(
    x_axis: Axis, y_axis: Axis, points: Sequence[Point], heights: Iterable[float], curve: Iterable[tuple[float, float]]
) -> tuple[Scale, Scale]:
    ys = [point.y for point in points if drawable(point.y)]
    ys += interval_ends(ys, (end for point in points for end in (point.y_low, point.y_high)))
    ys += [*heights, *([0.0, 1.0] if not points else [])]
    xs = [point.x for point in points if drawable(point.x)]
    xs += interval_ends(xs, (end for point in points for end in (point.x_low, point.x_high)))
    xs += list(x_axis.ticks or ()) if x_axis.ticks and not x_axis.log else []
    left = left_margin(y_axis, ys, y_axis.log)
    return Scale(xs, left, WIDTH - RIGHT, x_axis.log), Scale(ys, HEIGHT - BOTTOM, TOP, y_axis.log)


def _drawn(point: Point) -> bool:
    return drawable(point.x) and drawable(point.y)


def _point(figure: Scatter | Lines, point: Point, group: str, index: int, x: Scale, y: Scale) -> Markup:
    at, height, kind = x(point.x), y(point.y), f"whisker {colour(index)}"
    parts = []
    if drawable(point.x_low) and drawable(point.x_high):
        parts.append(line(x(point.x_low), height, x(point.x_high), height, kind))
    if drawable(point.y_low) and drawable(point.y_high):
        parts.append(line(at, y(point.y_low), at, y(point.y_high), kind))
    parts.append(mark(at, height, index, point_title(figure, point, group)))
    facts = data_facts({"group": group, **point.facts})
    kind = "point" if isinstance(figure, Scatter) else "level"
    return Markup(f'<g class="{kind}{" beaten" * point.faint}"{facts}>{"".join(parts)}</g>')


def _trend(group: str, points: Sequence[Point], x: Scale, y: Scale, index: int) -> Markup:
    """The least-squares line of a group over its own range, with the facts that its points share."""
    ends = trend_of(points)
    if ends is None or x.log or y.log or not all(y.inside(end[1]) for end in ends):
        return Markup("")
    facts = {name: value for name, value in points[0].facts.items()
             if all(point.facts.get(name) == value for point in points)}  # fmt: skip
    (left, start), (right, end) = ends
    kind = f"trend {colour(index)}"
    return line(x(left), y(start), x(right), y(end), kind, facts={"group": group, **facts})


def trend_of(points: Sequence[Point]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The ends of the least-squares line through points; None for fewer than three or for one x."""
    if len(points) < FEWEST:
        return None
    left, right = min(point.x for point in points), max(point.x for point in points)
    x, y = fmean(point.x for point in points), fmean(point.y for point in points)
    spread = sum((point.x - x) ** 2 for point in points)
    if right - left <= 1e-12 * max(abs(left), abs(right)) or not spread:
        return None
    slope = sum((point.x - x) * (point.y - y) for point in points) / spread
    return (left, y + slope * (left - x)), (right, y + slope * (right - x))


def steps_of(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of a step function: level to the next x, then up."""
    corners = list(curve[:1])
    for x, y in curve[1:]:
        corners += [(x, corners[-1][1]), (x, y)]
    return corners


def _curve(figure: Scatter, x: Scale, y: Scale) -> Markup:
    corners = steps_of(figure.curve) if figure.curve_steps else figure.curve
    inside = [(x(at), y(value)) for at, value in corners if x.inside(at) and y.inside(value)]
    return path(inside, "fitted") if len(inside) > 1 else Markup("")


def _names(points: Sequence[Point], x: Scale, y: Scale, taken: list[Box]) -> list[Markup]:
    """The names of points next to their marks, where they cover no other name and the fewest marks."""
    names: list[Markup] = []
    written: list[Box] = []
    for point in points:
        if not point.name:
            continue
        at, height, wide = x(point.x), y(point.y), text_width(plain(point.name))
        corners = [(start, top) for start in (at + 9, at - 9 - wide) for top in (height - 19, height + 5, height - 7)]
        boxes = [(start, top, start + wide, top + NAME_HEIGHT) for start, top in corners]
        free = [box for box in boxes if _within(box, x, y) and not any(_overlap(box, other) for other in written)]
        if free:
            box = min(free, key=lambda box: sum(_overlap(box, other) for other in taken))
            written.append(box)
            right = box[0] > at
            names.append(
                text(box[0] if right else box[2], box[3] - 3, "dot-name", "start" if right else "end", point.name)
            )
    return names


def _reference_names(heights: Mapping[str, float], x: Scale, taken: list[Box]) -> list[Markup]:
    """The names of reference lines, each at the end of its line with fewer marks and names. They count as taken."""
    names = []
    for name, height in heights.items():
        wide = min(text_width(plain(name)), x.end - x.start - 8)
        starts = {"end": x.end - 4 - wide, "start": x.start + 4}
        boxes = {anchor: (start, height - 17, start + wide, height - 2) for anchor, start in starts.items()}
        anchor = min(boxes, key=lambda anchor: sum(_overlap(boxes[anchor], other) for other in taken))
        taken.append(boxes[anchor])
        at = x.end - 4 if anchor == "end" else x.start + 4
        names.append(text(at, height - 4, "reference-name", anchor, name, x.end - x.start - 8))
    return names


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _within(box: Box, x: Scale, y: Scale) -> bool:
    return box[0] >= x.start and box[2] <= WIDTH and box[1] >= y.end - NAME_HEIGHT and box[3] <= y.start
