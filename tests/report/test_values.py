"""The text of values."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.base import Axis, Column, Format, HeatMap, Table
from harness.report.values import (
    NOTHING,
    axis_text,
    cell_text,
    decimal,
    engineering,
    matrix_text,
    meanings,
    title_of,
    value_text,
    verdict,
)

FORMATS: list[Format] = ["text", "number", "signed", "count", "percent", "engineering", "yesno", "list", "picture"]
ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


def number_of(text: str) -> float:
    """The number that a text shows."""
    return float(text.replace("−", "-").replace("∞", "inf").replace(",", ""))


@given(st.sampled_from(FORMATS), ANY, ANY, ANY)
def test_every_value_has_one_printable_line(form: Format, value: Any, low: Any, high: Any) -> None:
    column = Column("x", "title", format=form, low="low", high="high")
    bounds = {name: end for name, end in (("low", low), ("high", high)) if isinstance(end, float | None)}
    assert cell_text(column, {"x": value, **bounds}).isprintable()


@given(st.floats(-1e9, 1e9), st.integers(0, 6), st.booleans())
def test_a_decimal_is_the_number_to_its_digits(value: float, digits: int, signed: bool) -> None:
    text = decimal(value, digits, signed)
    assert number_of(text) == pytest.approx(value, abs=0.5 * 10**-digits + 2 * math.ulp(value))
    assert "-" not in text
    if signed:
        assert text[0] == ("−" if math.copysign(1, value) < 0 else "+")


@given(st.floats(-1e300, 1e300))
def test_a_prefix_changes_no_number(value: float) -> None:
    text = engineering(value, "B")
    number, _, unit = text.partition(" ")
    power = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}[unit.removesuffix("B")]
    assert number_of(number) * 10.0**power == pytest.approx(value, rel=0.005)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(999.9, "B", "1 kB"), (1_234_567, "", "1.23M"), (45_600, "examples/s", "45.6k examples/s"),
     (0.0123, "s", "0.0123 s"),     (-2e9, "FLOP", "−2 GFLOP"), (0, "J", "0 J")],
)  # fmt: skip
def test_large_numbers_have_prefixes(value: float, unit: str, text: str) -> None:
    assert engineering(value, unit) == text


def test_missing_values_are_a_dash_and_never_a_zero() -> None:
    for form in FORMATS:
        shown = "" if form == "yesno" else NOTHING
        assert value_text(Column("x", "title", format=form), None) == shown
        assert value_text(Column("x", "title", format=form), math.nan) == shown
    assert value_text(Column("x", format="list"), []) == NOTHING


def test_a_cell_has_its_interval_or_margin_where_the_row_has_them() -> None:
    lift = Column("lift", "lift", format="signed", low="low", high="high")
    assert cell_text(lift, {"lift": -0.0001, "low": -0.02, "high": 0.01}) == "−0.000 [−0.020, +0.010]"
    assert cell_text(lift, {"lift": 0.1, "low": None, "high": math.nan}) == "+0.100"
    assert cell_text(lift, {"low": 0.0, "high": 0.1}) == NOTHING
    score = Column("score", "score", format="number", margin="margin")
    assert cell_text(score, {"score": 1234.5678, "margin": 0.01}) == "1,234.568 ± 0.010"


def test_formats_have_their_own_digits() -> None:
    assert value_text(Column("x", format="percent"), 0.123) == "12%"
    assert value_text(Column("x", format="percent", digits=1), 0.012) == "1.2%"
    assert value_text(Column("x", format="count"), 1234) == "1,234"
    assert value_text(Column("x", "control", format="yesno"), True) == "control"
    assert value_text(Column("x", format="list"), ["one", "two"]) == "one, two"
    assert value_text(Column("x", format="picture"), {"picture": "data:,", "text": "seven"}) == "seven"
    assert value_text(Column("x", format="number"), "> 64") == "> 64"


def test_an_axis_names_its_ticks_and_has_its_unit() -> None:
    assert axis_text(Axis("shots", ticks={1.0: "all"}), 1.0) == "all"
    assert axis_text(Axis("FLOPs", unit="FLOP"), 3e9) == "3 GFLOP"
    assert axis_text(Axis("lift"), -0.12345) == "−0.1235"


def test_a_matrix_is_in_whole_per_cent_or_two_digits() -> None:
    matrix = HeatMap(rows=["a"], columns=["a"], values=[[0.5]], alt="one")
    assert matrix_text(matrix, 0.516) == "0.52"
    assert matrix_text(matrix, None) == matrix_text(matrix, math.nan) == NOTHING
    assert matrix_text(HeatMap(rows=[], columns=[], values=[], alt="one", percent=True), 0.516) == "52"


@pytest.mark.parametrize(
    ("low", "high", "better", "kind"),
    [(0.1, 0.2, "higher", "helps"), (0.1, 0.2, "lower", "hurts"), (-0.2, -0.1, "higher", "hurts"),
     (-0.2, -0.1, "lower", "helps"), (-0.1, 0.1, "higher", ""), (0.1, 0.2, "", ""), (None, 0.2, "higher", ""),
     (math.nan, 0.2, "higher", "")],
)  # fmt: skip
def test_an_interval_without_zero_helps_or_hurts(low: Any, high: Any, better: Any, kind: str) -> None:
    column = Column("x", format="signed", low="low", high="high", better=better)
    assert verdict(column, {"x": 0.1, "low": low, "high": high}) == kind


def test_meanings_are_of_shown_columns_only() -> None:
    columns = [Column("a", "A", "of a", unit="s", format="number"), Column("b", "", "of b"), Column("c", "C", "of c"),
               Column("d", "D", "of d", optional=True)]  # fmt: skip
    table = Table(columns, [{"a": 1.0, "c": None, "d": 1}])
    assert meanings([table], {"term": "of term"}) == {"A (s)": "of a", "term": "of term"}
    assert title_of(columns[0]) == "A (s)"
