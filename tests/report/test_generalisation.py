"""How scores carry over, in the terminal and as data."""

import csv
import io
import json

import pytest

from harness.report.generalisation import generalisation_table
from tests.findings.records import pretraining_cell
from tests.findings.test_generalisation import ENOUGH, SHIFTS, facets, shifted


def test_only_what_was_recorded_has_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    scores = [{"accuracy": 0.7, "train": 1.0}, {"accuracy": 0.75, "train": 1.0}]
    generalisation_table(facets([(pretraining_cell("net\x1b[31m"), scores)]), title="tests")
    said = capsys.readouterr().out
    assert "tests: digits: linear probe, 5 shots" in said
    assert "+0.275 [−0.043, +0.593]" in said
    assert "ECE" not in said.partition("tests:")[2]
    assert "\x1b" not in said


def test_shifts_have_a_column_each_and_the_line_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [(pretraining_cell(f"m{i}", "scratch"), shifted(0.5 + 0.04 * i)) for i in range(ENOUGH)]
    generalisation_table(facets(cells, shifts=SHIFTS), title="tests")
    said = capsys.readouterr().out
    assert "blur" in said
    assert "0.400" in said
    assert "robustness against the line through 8 scratch cells (r = +1.00), clean scores 0.500 to 0.780" in said


def test_data_hold_severities(capsys: pytest.CaptureFixture[str]) -> None:
    found = facets([(pretraining_cell(), shifted(0.7))], shifts=SHIFTS)
    generalisation_table(found, "json")
    (row,) = json.loads(capsys.readouterr().out)
    assert row["shifts"]["blur"] == {"1": 0.5, "5": 0.3}
    assert (row["train"], row["gap"], row["drop_low"]) == (None, None, None)
    generalisation_table(found, "csv")
    assert len([*csv.DictReader(io.StringIO(capsys.readouterr().out))]) == 1


def test_no_record_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    generalisation_table([], title="tests")
    assert capsys.readouterr().out.strip() == "tests: no cell has a record"
