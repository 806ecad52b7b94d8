"""The relation in the terminal and as data."""

import json

import pytest

from harness.findings.evidence import Analysis
from harness.findings.relation import Relation
from harness.report.terminal import relate_table
from tests.findings.records import Recorder, cell, pretraining_cell


@pytest.fixture(scope="module")
def levelling() -> list[Relation]:
    """Fine-tuning that levels off at an error of 0.2 while the linear probe goes on improving."""
    recorder, cells = Recorder(), []
    for model in range(3):
        for arm in range(3):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            probe, tuned = cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)
            cells += [probe, tuned]
            error = 0.9 - 0.1 * (3 * model + arm)
            for seed in range(2):
                recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": 1 - error})
                recorder.add(tuned, seed, metrics={"accuracy": 1 - (0.5 * error**4 + 0.2), "validation": 0.5})
    return Analysis(recorder.store, cells).relations


def test_what_levels_off_is_said_once(levelling: list[Relation], capsys: pytest.CaptureFixture[str]) -> None:
    relate_table(levelling, title="tests")
    said = capsys.readouterr().out
    assert said.count("saturates: error = 0.5 x probe's error^4 + 0.2") == 1
    assert "no saturation" not in said


def test_data_hold_the_power_law_or_why_there_is_none(
    levelling: list[Relation], capsys: pytest.CaptureFixture[str]
) -> None:
    relate_table(levelling, "json")
    rows = {(row["protocol"], row["within"]): row for row in json.loads(capsys.readouterr().out)}
    assert rows["finetune", None]["saturation"]["floor"] == pytest.approx(0.2, abs=1e-3)
    assert rows["finetune", "model"]["saturation"] is None
