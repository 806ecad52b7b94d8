"""The curves of a factor in the terminal and as data."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.catalog import Catalog
from harness.findings.evidence import Analysis
from harness.findings.factors import Curve
from harness.report.factor_views import factor_views, findings
from harness.report.factors import factor_table
from tests.boards import tiny_board
from tests.findings.records import Recorder, cell, pretraining_cell


@pytest.fixture(scope="module")
def found() -> list[Curve]:
    """Noise that costs a third of the right answers, with a hostile name of a model."""
    recorder, cells = Recorder(), []
    for severity in (0, 5):
        corruption = {"kind": "noise", "severity": severity} if severity else None
        cells.append(cell(pretraining_cell("net\x1b[31m", corruption=corruption)))
        for seed in range(3):
            right = np.random.default_rng(seed).random((1, 300)) < (0.5 if severity else 0.75)
            recorder.add(cells[-1], seed, right)
    return Analysis(recorder.store, cells).curves


def test_a_row_holds_levels_and_slope(found: list[Curve], capsys: pytest.CaptureFixture[str]) -> None:
    factor_table(found, "quality", title="tests")
    said = capsys.readouterr().out
    assert "slope per step of severity" in said
    assert "simclr on glyphs, noise" in said
    assert "0 0.7" in said
    assert "A more spoilt corpus raises the score in 0 of 1 curve and lowers it in 1; 0 undecided" in said
    assert "\x1b" not in said


def test_a_factor_is_told_over_all_tasks(found: list[Curve], tmp_path: Path) -> None:
    other = replace(found[0], cell={**found[0].cell, "task": "letters"})
    places = factor_views([*found, other], Catalog(tiny_board(tmp_path / "board").registry))
    assert [place["name"] for place in places] == ["digits", "letters"]
    assert findings(places) == [
        "A more spoilt corpus raises the score in 0 of 2 curves and lowers it in 2; 0 undecided."
    ]


def test_data_hold_the_levels(found: list[Curve], capsys: pytest.CaptureFixture[str]) -> None:
    factor_table(found, "quality", "json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["factor"], row["corruption"], row["n"]) == ("quality", "noise", 3)
    assert [level["level"] for level in row["levels"]] == ["0", "5"]
    assert row["low"] < row["slope"] < row["high"] < 0
    factor_table(found, "quality", "csv")
    assert [row["task"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["digits"]


def test_another_factor_has_no_row(found: list[Curve], capsys: pytest.CaptureFixture[str]) -> None:
    factor_table(found, "size", title="tests")
    assert capsys.readouterr().out.strip().startswith("tests: no two cells with a record differ in size alone (models")
