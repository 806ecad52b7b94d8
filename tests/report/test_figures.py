"""Figures drawn as SVG."""

import re
from typing import Any

from harness.report.figures import BOTTOM, HEIGHT, SHAPES, TOP, sign
from harness.report.scatter import Dot, scatter


def test_groups_look_different_far_beyond_eight() -> None:
    assert len({str(sign(index)) for index in range(len(SHAPES) ** 2)}) == len(SHAPES) ** 2


def dot(x: float, y: float, text: str = "a point", group: str = "simclr", **more: Any) -> Dot:
    return Dot(x, y, more.pop("x_error", None), more.pop("y_error", None), group, text, {"model": "net"}, **more)


def drawn(dots: list[Dot], references: dict[str, float], title: str = "points") -> str:
    return scatter(dots, ("<x>", "y"), references, list(dict.fromkeys(each.group for each in dots)), title)


def names(drawn: str) -> dict[str, tuple[str, float]]:
    found = re.findall(r'y="([-0-9.]+)" class="reference-name" text-anchor="(\w+)">scratch, (\w+)<', drawn)
    return {name: (anchor, float(y)) for y, anchor, name in found}


def test_the_name_of_a_line_keeps_away_from_points_and_from_other_names() -> None:
    points = [dot(1.0, 0.50), dot(0.0, 0.9), dot(0.5, 0.1)]
    assert names(drawn(points, {"one": 0.5}))["one"][0] == "start"
    pair = names(drawn(points[1:], {"one": 0.5, "two": 0.51}))
    assert {anchor for anchor, _ in pair.values()} == {"start", "end"}


def test_of_many_lines_none_is_named_beside_but_all_are_when_asked() -> None:
    many = drawn([dot(0.0, 0.5), dot(1.0, 0.6)], {f"net{index}": index / 10 for index in range(9)})
    assert names(many) == {}
    assert many.count("<title>scratch, net") == 9


def test_a_group_has_a_line_from_three_points_on() -> None:
    pair = [dot(0.0, 0.2), dot(1.0, 0.4)]
    assert "trend" not in drawn(pair, {})
    assert drawn([*pair, dot(2.0, 0.6), dot(5.0, 0.1, group="vae")], {}).count('class="trend') == 1


def test_whiskers_stand_for_errors_that_there_are() -> None:
    assert "whisker" not in drawn([dot(0.0, 0.5)], {})
    assert drawn([dot(0.0, 0.5, x_error=0.1, y_error=0.1)], {}).count("whisker") == 2


def test_names_of_points_do_not_lie_on_each_other() -> None:
    close = [dot(0.50, 0.5, named=True), dot(0.51, 0.5, named=True), dot(0.52, 0.5, named=True)]
    heights = re.findall(r'y="([-0-9.]+)" class="dot-name"', drawn([dot(0, 0), dot(1, 1), *close], {}))
    assert len(set(heights)) == len(heights) == 2, "one above, one below, and the third is left to its title"


def test_what_points_are_called_cannot_become_markup() -> None:
    text = drawn([dot(0.0, 1.0, "<script>", named=True)], {"<m>": 0.5}, '"quoted" <b>')
    assert "<script>" not in text
    assert "<x>" not in text
    assert "<m>" not in text
    assert '"quoted"' not in text


def test_a_curve_stays_within_the_figure() -> None:
    points = [dot(0.1, 0.2), dot(0.9, 0.8)]
    assert "fitted" not in drawn(points, {})
    steep = scatter(points, ("x", "y"), {}, ["simclr"], "points", lambda at: 4 * at)
    path = re.search(r'<polyline points="([^"]+)" class="fitted"/>', steep)
    assert path is not None
    heights = [float(place.split(",")[1]) for place in path.group(1).split()]
    assert 0 < len(heights) < 41
    assert all(TOP <= height <= HEIGHT - BOTTOM for height in heights)
