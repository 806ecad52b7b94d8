"""Figures as SVG."""

import itertools
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.base import Axis, Bar, Bars, Forest, HeatMap, Lines, Point, Scatter
from harness.report.svg import Drawn, figure_svg, legend_html
from harness.report.svg_axes import HEIGHT, WIDTH, Scale
from harness.report.svg_marks import SHAPES, cut, sign, text_width
from tests.report.toy import CONTROLS, EVIL, figures, hostile

FLOATS = st.none() | st.floats()
NUMBERS = st.floats()
DRAWN = [figure for figure in figures() if not isinstance(figure, HeatMap)]
NAMES = st.text(max_size=8)


def tree(figure: Drawn) -> ElementTree.Element:
    """The parsed figure: it is well-formed."""
    return ElementTree.fromstring(figure_svg(figure))


def of(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    """The elements with a class."""
    return [each for each in root.iter() if kind in each.get("class", "").split()]


def scatter(points: list[Point], **more: object) -> Scatter:
    return Scatter(x=Axis("x"), y=Axis("y"), groups={"simclr": points}, alt="points", **more)  # type: ignore[arg-type]


def coordinates(root: ElementTree.Element) -> Iterator[float]:
    """All numbers that place an element."""
    for each in root.iter():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"):
            if name in each.attrib:
                yield float(each.attrib[name])
        for text in (each.get("points"), (each.get("transform") or "").removeprefix("translate(").rstrip(")")):
            yield from (float(number) for number in re.split(r"[ ,]+", text or "") if number)


@pytest.mark.parametrize("figure", DRAWN, ids=lambda figure: str(figure.name))
def test_a_figure_is_described_and_has_classes_only(figure: Drawn) -> None:
    root = tree(figure)
    assert root.get("role") == "img"
    assert root.get("aria-label") == figure.alt
    assert not {name for each in root.iter() for name in each.attrib} & {"style", "fill", "stroke", "onclick"}
    assert {each.tag for each in root.iter()} <= {
        "svg",
        "g",
        "line",
        "circle",
        "path",
        "rect",
        "polyline",
        "text",
        "title",
    }
    height = float(root.attrib["viewBox"].split()[3])
    assert all(0 <= number <= max(WIDTH, height) for number in coordinates(root))


@given(st.lists(st.builds(Point, NUMBERS, NUMBERS, NAMES, NAMES, FLOATS, FLOATS, FLOATS, FLOATS), max_size=6),
       st.booleans(), st.booleans(), st.lists(NUMBERS, max_size=3))  # fmt: skip
def test_no_number_breaks_a_figure(points: list[Point], x_log: bool, y_log: bool, others: list[float]) -> None:
    x, y = Axis("x", log=x_log), Axis("y", log=y_log, unit="B")
    references = {str(number): value for number, value in enumerate(others)}
    curve = [(value, value) for value in others]
    shown = Scatter(x=x, y=y, groups={"a": points}, references=references, curve=curve, trend=True, alt="points")
    bars = [Bar(point.name, point.y, point.y_low, point.y_high) for point in points]
    drawn: list[Drawn] = [shown, Lines(x=x, y=y, series={"a": points}, zero=True, alt="lines"),
                          Forest(axis=x, bars=bars, alt="forest"), Bars(axis=x, bars=bars, alt="bars")]  # fmt: skip
    for figure in drawn:
        root = tree(figure)
        assert all(math.isfinite(number) for number in coordinates(root))
        assert all("nan" not in text.text.lower() for text in root.iter("text") if text.text and not points)


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_becomes_markup(evil: str) -> None:
    for figure in hostile(evil).sections[0].figures:
        if not isinstance(figure, HeatMap):
            text = figure_svg(figure) + legend_html(figure)
            root = ElementTree.fromstring(f"<p>{text}</p>")
            assert not {each.tag for each in root.iter()} & {"script", "img", "style"}
            assert not [name for each in root.iter() for name in each.attrib if name.startswith("on")]
            assert not CONTROLS & set(text)


@given(st.text(), st.floats(20, 700))
def test_text_is_cut_to_its_room(text: str, room: float) -> None:
    shown = cut(text, room)
    assert text_width(shown) <= room
    assert shown == text or shown.endswith("…")


@pytest.mark.parametrize("figure", DRAWN, ids=lambda figure: str(figure.name))
def test_text_stays_within_the_figure_on_a_phone(figure: Drawn) -> None:
    wide = replace(figure, **{name: Axis("a long title " * 9) for name in ("x", "y", "axis") if hasattr(figure, name)})
    for each in (figure, wide):
        for text in tree(each).iter("text"):
            room, at = text_width(text.text or ""), float(text.attrib["x"])
            left = {"start": at, "middle": at - room / 2, "end": at - room}[text.attrib["text-anchor"]]
            assert left >= -1, text.text
            assert left + room <= WIDTH + 1, text.text


def test_marks_of_groups_differ() -> None:
    assert len({str(sign(index)) for index in range(len(SHAPES) ** 2)}) == len(SHAPES) ** 2


def test_points_have_titles_and_facts() -> None:
    point = Point(0.5, 0.25, "net, simclr", x_low=0.4, x_high=0.6, y_low=0.2, y_high=0.3,
                  facts={"model": "net", "on load": "x"}, faint=True)  # fmt: skip
    group = of(tree(scatter([point])), "point")[0]
    assert group.get("data-model") == "net"
    assert group.get("data-group") == "simclr"
    assert "beaten" in group.attrib["class"]
    assert len(of(group, "whisker")) == 2
    assert group.findtext(".//title") == "net, simclr: 0.5, 0.25 [0.2, 0.3]"


def test_a_group_has_a_trend_from_three_points_on() -> None:
    pair = [Point(0.0, 0.2), Point(1.0, 0.4)]
    assert not of(tree(scatter(pair, trend=True)), "trend")
    three = [*pair, Point(2.0, 0.6)]
    assert not of(tree(scatter(three)), "trend")
    facts = {"objective": "simclr", "model": "net"}
    shared = [replace(point, facts=facts | {"model": str(place)}) for place, point in enumerate(three)]
    line = of(tree(scatter(shared, trend=True)), "trend")[0]
    assert (line.get("data-group"), line.get("data-objective"), line.get("data-model")) == ("simclr", "simclr", None)
    assert not of(tree(scatter([Point(1.0, y) for y in (0.1, 0.2, 0.3)], trend=True)), "trend")


def test_references_have_titles_and_few_have_names() -> None:
    points = [Point(0.0, 0.5), Point(1.0, 0.6)]
    few = tree(scatter(points, references={"scratch, net": 0.55}))
    assert [each.text for each in of(few, "reference-name")] == ["scratch, net"]
    assert of(few, "reference")[0].findtext("title") == "scratch, net: 0.55"
    many = tree(scatter(points, references={f"net{index}": index / 10 for index in range(9)}))
    assert len(of(many, "reference")) == 9
    assert not of(many, "reference-name")


def test_names_of_points_do_not_overlap() -> None:
    close = [Point(0.5 + 0.01 * index, 0.5, name=f"model-{index}") for index in range(8)]
    names = of(tree(scatter([Point(0, 0), Point(1, 1), *close])), "dot-name")
    assert 2 <= len(names) < 8
    boxes = []
    for name in names:
        wide, at = text_width(name.text or ""), float(name.attrib["x"])
        boxes.append((at if name.attrib["text-anchor"] == "start" else at - wide, float(name.attrib["y"]), wide))
    for place, (left, y, wide) in enumerate(boxes):
        for other, height, room in boxes[place + 1 :]:
            assert left + wide <= other or other + room <= left or abs(y - height) >= 14


def test_a_curve_of_steps_rises_at_its_points() -> None:
    points = [Point(1.0, 0.1), Point(2.0, 0.2), Point(4.0, 0.3)]
    curve = [(point.x, point.y) for point in points]
    path = of(tree(scatter(points, curve=curve, curve_steps=True)), "fitted")[0].attrib["points"].split()
    assert len(path) == 5
    assert all(one.split(",")[0] == other.split(",")[0] or one.split(",")[1] == other.split(",")[1]
               for one, other in itertools.pairwise(path))  # fmt: skip
    assert not of(tree(scatter(points)), "fitted")
    steep = of(tree(scatter(points, curve=[(1.0, 0.1), (2.0, 0.2), (3.0, 90.0)])), "fitted")[0]
    assert len(steep.attrib["points"].split()) == 2


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=5), st.booleans())
def test_a_scale_keeps_order_and_has_round_ticks(values: list[float], log: bool) -> None:
    scale = Scale(values, 0.0, 100.0, log)
    assert all(0 <= scale(value) <= 100 for value in values)
    ordered = [scale(value) for value in sorted(values)]
    assert ordered == sorted(ordered)
    ticks = scale.ticks()
    assert len(ticks) <= 12
    assert ticks == sorted(ticks)
    assert all(-0.01 <= scale(tick) <= 100.01 for tick in ticks)


def test_a_logarithmic_scale_has_zero_apart() -> None:
    scale = Scale([0.0, 1e3, 1e6], 0.0, 100.0, log=True)
    assert scale(0.0) < scale(1e3) < scale(1e6)
    assert scale.ticks() == [0.0, 1e3, 1e4, 1e5, 1e6]
    assert Scale([100.0, 150.0], 0.0, 100.0, log=True).ticks() == [100.0, 120.0, 140.0]
    assert not Scale([0.0, -1.0], 0.0, 100.0, log=True).log


def test_bars_start_at_zero_and_forests_show_it() -> None:
    bars = [Bar("one", 0.5, 0.4, 0.6, "a"), Bar("two", -0.25, group="b"), Bar("none", math.nan)]
    root = tree(Bars(axis=Axis("change"), bars=bars, alt="bars"))
    zero = float(of(root, "zero")[0].attrib["x1"])
    positive, negative = of(root, "bar")
    assert float(positive.attrib["x"]) == zero
    assert float(negative.attrib["x"]) + float(negative.attrib["width"]) == pytest.approx(zero, abs=0.02)
    forest = tree(Forest(axis=Axis("lift"), bars=bars, alt="forest"))
    assert len(of(forest, "mark")) == 2
    assert of(forest, "mark")[0].findtext("title") == "one: 0.5 [0.4, 0.6]"
    assert len(of(forest, "whisker")) == 1
    assert of(forest, "zero")


def test_a_legend_names_groups_and_the_curve() -> None:
    shown = scatter([Point(0.0, 0.0)], curve=[(0.0, 0.0), (1.0, 1.0)], curve_title="the front")
    assert "the front" in legend_html(shown)
    assert "simclr" in legend_html(shown)
    assert legend_html(Lines(x=Axis("x"), y=Axis("y"), series={"": [Point(0, 0)]}, alt="one")) == ""


def test_ticks_with_names_do_not_overlap() -> None:
    ticks = {float(place): f"2026-01-{place:02}" for place in range(1, 29)}
    shown = Lines(x=Axis("night", ticks=ticks), y=Axis("y"), series={"a": [Point(at, at) for at in ticks]}, alt="lines")
    root = tree(shown)
    names = [each for each in of(root, "tick") if (each.text or "").startswith("2026")]
    assert 3 <= len(names) <= 7
    assert len([each for each in of(root, "grid") if each.attrib["x1"] == each.attrib["x2"]]) == 28
    assert float(root.attrib["viewBox"].split()[3]) == HEIGHT
