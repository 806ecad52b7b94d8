"""How hard tasks are, in the terminal and as data."""

import csv
import io
import json

import pytest

from harness.findings.difficulty import MANY, difficulties
from harness.report.difficulty import difficulty_table
from tests.findings.test_difficulty import PRETRAINED, SCRATCH

HARD = {"task": "hard\x1b[31m"}
ROWS = [
    SCRATCH | {"score": 0.9}, PRETRAINED, SCRATCH | HARD | {"score": 0.2}, SCRATCH | HARD | {"score": 0.4},
    SCRATCH | HARD | {"model": "constant", "control": True, "score": 0.1}, PRETRAINED | HARD,
]  # fmt: skip


def test_the_hardest_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    difficulty_table(difficulties(ROWS, {"constant"}), title="tests")
    said = capsys.readouterr().out
    assert said.index("hard") < said.index("digits")
    assert "0.200, 0.300, 0.400 (2 models)" in said
    assert "+0.100 (1 pretraining)" in said
    assert "linear probe, 5 shots: do harder tasks gain more? too few to say (2 tasks of 8)" in said
    assert "\x1b" not in said


def test_many_tasks_have_a_coefficient(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        row | {"task": f"t{i}"}
        for i in range(MANY)
        for row in (SCRATCH | {"score": i / 9}, PRETRAINED | {"lift": i / 9})
    ]
    difficulty_table(difficulties(rows), title="tests")
    assert "against mean lift over 8 tasks: Spearman's rho +1.00" in capsys.readouterr().out


def test_data_hold_every_problem(capsys: pytest.CaptureFixture[str]) -> None:
    found = difficulties(ROWS, {"constant"})
    difficulty_table(found, "json")
    first, second = json.loads(capsys.readouterr().out)
    assert (first["majority"], second["majority"], second["models"]) == (None, 0.1, 2)
    difficulty_table(found, "csv")
    assert len([*csv.DictReader(io.StringIO(capsys.readouterr().out))]) == 2


def test_nothing_from_scratch_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    difficulty_table([], title="tests")
    assert capsys.readouterr().out.strip() == "tests: no model has a score from scratch"
