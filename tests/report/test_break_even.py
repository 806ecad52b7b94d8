"""What pretrainings are worth in labels, in the terminal and as data."""

import csv
import io
import json

import pytest

from harness.findings.break_even import break_evens
from harness.report.break_even import break_even_table
from tests.findings.test_break_even import rows


def test_a_row_says_what_it_is_worth_with_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    found = break_evens(rows({1: 0.2, 4: 0.1, 16: 0.05}, model="net\x1b[31m"))
    assert found == []  # scratch is of another model
    break_even_table(break_evens(rows({1: 0.2, 4: 0.1, 16: 0.05}, corpus="net\x1b[31m")), title="tests")
    said = capsys.readouterr().out
    assert "tests: digits: linear probe" in said
    assert "4 [2, 8]" in said
    assert ">16 [11, >16]" in said
    assert "at 4 shots" in said
    assert "\x1b" not in said


def test_what_is_never_ahead_and_what_stays_ahead_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    break_even_table(break_evens(rows({1: 0.05, 4: 0.0})))
    assert "no lift is established" in capsys.readouterr().out
    break_even_table(break_evens(rows({1: 0.2, 4: 0.2})))
    assert "not by 4 shots" in capsys.readouterr().out


def test_data_hold_bounds_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    found = break_evens(rows({1: -0.2, 4: 0.3}))
    break_even_table(found, "json")
    first, second = json.loads(capsys.readouterr().out)
    assert (first["labels"], first["labels_low"], second["labels"], second["caught_up"]) == ("<1", "<1", ">16", ">4")
    break_even_table(break_evens(rows({1: -0.2, 4: 0.3}, margin=None)), "csv")
    (first, _) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert first["labels_low"] == ""


def test_a_board_with_one_label_count_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    break_even_table([], title="tests")
    assert capsys.readouterr().out.startswith("tests: no pretraining and its scratch control have scores at two")
