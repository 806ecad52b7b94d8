"""Figures drawn as SVG."""

import re

from harness.report.figures import SHAPES, curves, scatter, sign


def test_groups_look_different_far_beyond_eight() -> None:
    assert len({str(sign(index)) for index in range(len(SHAPES) ** 2)}) == len(SHAPES) ** 2


def test_a_curve_leaves_out_what_is_not_finite() -> None:
    drawn = curves([1, 2, 3, 4], {"loss/encoder": [2.0, float("inf"), float("nan"), 1.0]}, "a curve")
    assert drawn.count("<circle") == 2
    assert "inf" not in drawn
    assert "nan" not in drawn


def names(drawn: str) -> dict[str, tuple[str, float]]:
    found = re.findall(r'y="([-0-9.]+)" class="reference-name" text-anchor="(\w+)">scratch, (\w+)<', drawn)
    return {name: (anchor, float(y)) for y, anchor, name in found}


def test_the_name_of_a_line_keeps_away_from_points_and_from_other_names() -> None:
    points = [(1.0, 0.50, "arm", "a point"), (0.0, 0.9, "arm", "another"), (0.5, 0.1, "arm", "a third")]
    assert names(scatter(points, ("x", "y"), {"one": 0.5}, "points"))["one"][0] == "start"
    pair = names(scatter(points[1:], ("x", "y"), {"one": 0.5, "two": 0.51}, "points"))
    assert {anchor for anchor, _ in pair.values()} == {"start", "end"}


def test_what_points_are_called_cannot_become_markup() -> None:
    drawn = scatter([(0.0, 1.0, "arm", "<script>")], ("<x>", "y"), {"<m>": 0.5}, '"quoted" <b>')
    assert "<script>" not in drawn
    assert "<x>" not in drawn
    assert "<m>" not in drawn
    assert '"quoted"' not in drawn
