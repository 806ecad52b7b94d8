"""The tables of findings as JSON, CSV and LaTeX."""

import csv
import io
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BoardError
from harness.findings.base import Column, Finding, Section, Table
from harness.report.data import as_csv, as_json, as_latex, csv_field, latex_text
from tests.report.toy import CONTROLS, EVIL, finding, hostile

TABLE = Table([Column("x", "x", low="x_low"), Column("y")], [{"x": 0.1, "x_low": math.nan, "y": {"a": math.inf}}, {}])
SMALL = Finding(sections=[Section("Small", tables=[TABLE])])


def test_json_has_raw_values_of_all_columns_and_their_ends() -> None:
    assert json.loads(as_json(SMALL)) == {"rows": [{"x": 0.1, "x_low": None, "y": {"a": None}},
                                                   {"x": None, "x_low": None, "y": None}]}  # fmt: skip
    value = Table([Column("x")], [{"x": np.float64(0.5)}, {"x": np.int64(2)}, {"x": (1, "two")}])
    assert json.loads(as_json(Finding(sections=[Section("", tables=[value])]))) == {
        "rows": [{"x": 0.5}, {"x": 2}, {"x": [1, "two"]}]
    }


def test_tables_of_one_name_are_one_in_data() -> None:
    data = json.loads(as_json(finding()))
    assert list(data) == ["cells", "best", "front", "neighbours", "none", "raw"]
    assert len(data["cells"]) == 34
    assert list(json.loads(as_json(finding(), "best"))) == ["best"]
    assert data["cells"][0]["lift_low"] == -0.018
    assert data["none"] == []


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact_in_json_and_csv(value: float) -> None:
    shown = Finding(sections=[Section("", tables=[Table([Column("x", format="number")], [{"x": value}])])])
    assert json.loads(as_json(shown))["rows"][0]["x"] == value
    assert float(as_csv(shown).splitlines()[1]) == value


def test_csv_is_of_one_table() -> None:
    assert as_csv(SMALL).splitlines() == ["x,x_low,y", '0.1,,"{""a"":null}"', ",,"]
    assert as_csv(finding(), "raw").startswith("raw\n")
    assert as_csv(finding(), "none").count("\n") == 1
    with pytest.raises(BoardError) as error:
        as_csv(finding())
    assert "neighbours" in str(error.value.expected)
    for form in (as_csv, as_json, as_latex):
        with pytest.raises(BoardError) as error:
            form(finding(), "cell")
        assert error.value.got == "'cell'"
    with pytest.raises(BoardError):
        as_csv(Finding())


@pytest.mark.parametrize("evil", EVIL)
def test_no_spreadsheet_runs_a_text(evil: str) -> None:
    for row in csv.reader(io.StringIO(as_csv(hostile(evil), "one"))):
        for field in row:
            assert not re.match(r"[=+@\t\r]|-(?![\d.])", field)
            assert not CONTROLS & set(field)


@given(st.text())
def test_a_field_is_one_line_that_is_no_formula(text: str) -> None:
    field = csv_field(text)
    assert field[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert "\n" not in field


@given(st.text())
def test_latex_runs_no_text(text: str) -> None:
    rest = re.sub(r"\\text[a-z]+\{\}|\\[&%$#_{}]|\$(\\[a-z]+|-)\$", "", latex_text(text))
    assert not set(rest) & set("\\&%$#_{}~^")


def test_latex_has_a_table_for_each_table_for_people() -> None:
    text = as_latex(finding())
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 6
    assert r"\caption{Cells: digits: fine-tuning, 5 shots}" in text
    assert r"\label{tab:cells}" in text
    assert r"\label{tab:cells-2}" in text
    assert "detectable" not in text
    first = text.split(r"\midrule")[1].splitlines()[1]
    assert first.startswith("cnn-tiny & simclr on digits-unlabelled, 1.2\\%, noise 3 & +0.000 [$-$0.018, +0.018]")
    assert as_latex(finding(), "best").count(r"\begin{tabular}") == 1
    for evil in EVIL:
        assert not CONTROLS & set(as_latex(hostile(evil)))
