"""The predictors of a board in the terminal and as data."""

import csv
import io
import json

import pytest

from harness.findings.predictors import predictors
from harness.findings.rows import rows_of
from harness.report.predictors import predictor_table
from tests.findings.test_relation import frame_of


def test_the_cheapest_pick_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = predictors(rows_of(frame_of(3, 3, lambda model, arm: 0.5 - 0.1 * model + 0.05 * arm)))
    predictor_table(found, title="tests")
    said = capsys.readouterr().out
    assert "regret: the target score of the best pretraining" in " ".join(said.split())
    assert "tests: what predicts digits: fine-tuning, 5 shots, 3 steps" in said
    assert said.index("linear probe at 5 shots") < said.index("number of parameters") < said.index("each encoder's")
    assert "too few to say (3 encoders, 3 arms)" in said


def test_data_hold_what_the_table_shows(capsys: pytest.CaptureFixture[str]) -> None:
    found = predictors(rows_of(frame_of(3, 3, lambda model, arm: 0.5 - 0.1 * model + 0.05 * arm)))
    predictor_table(found, "json")
    told = json.loads(capsys.readouterr().out)
    rows = {(row["predictor"], row["within"]): row for row in told if row["protocol"] == "finetune"}
    assert rows["linear", None]["regret"] == 0
    assert rows["parameters", None]["regret"] == pytest.approx(0.25)
    assert rows["linear", "model"]["n"] == 9
    predictor_table(found, "csv")
    assert len([*csv.DictReader(io.StringIO(capsys.readouterr().out))]) == len(found)


def test_a_board_without_points_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    predictor_table([], title="tests")
    assert capsys.readouterr().out.startswith("tests: nothing to predict yet")
