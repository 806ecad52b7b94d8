"""The lifts over tasks in the terminal and as data."""

import csv
import io
import json

import numpy as np
import pytest

from harness.findings.across import Across
from harness.findings.evidence import Analysis
from harness.report.across import across_table, across_views
from tests.findings.records import Recorder, cell, pretraining_cell


@pytest.fixture(scope="module")
def found() -> list[Across]:
    """One pretraining with a hostile model's name on two tasks, and one that lacks a task."""
    recorder, cells = Recorder(), []
    for model, lift in (("net\x1b[31m", 0.2), ("other", 0.1)):
        for task in ("digits", "letters"):
            for pretraining, share in (
                (pretraining_cell(model, "scratch"), 0.5),
                (pretraining_cell(model), 0.5 + lift),
            ):
                cells.append(cell(pretraining, task=task))
                if (model, task, share) == ("other", "letters", 0.6):
                    continue
                for seed in range(3):
                    recorder.add(cells[-1], seed, np.random.default_rng(seed).random((1, 300)) < share)
    return Analysis(recorder.store, cells).across


def test_the_largest_lift_comes_first_and_what_lacks_a_task_last(
    found: list[Across], capsys: pytest.CaptureFixture[str]
) -> None:
    across_table(found, title="tests")
    said = capsys.readouterr().out
    assert "over 2 tasks: digits, letters" in " ".join(said.split())
    assert said.index("simclr") < said.index("lacks letters")
    assert "\x1b" not in said
    (view,) = across_views(found)
    assert [row["verdict"] for row in view["rows"]] == ["helps", "undecided"]


def test_data_hold_what_the_table_shows(found: list[Across], capsys: pytest.CaptureFixture[str]) -> None:
    across_table(found, "json")
    first, second = json.loads(capsys.readouterr().out)
    assert first["low"] < first["lift"] < first["high"]
    assert (second["lift"], second["lacking"]) == (None, ["letters"])
    across_table(found, "csv")
    assert len([*csv.DictReader(io.StringIO(capsys.readouterr().out))]) == 2


def test_one_task_each_has_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    across_table([], title="tests")
    assert capsys.readouterr().out.startswith("tests: no pretraining is adapted by one protocol to two tasks")


def test_the_grid_holds_each_lift_once(found: list[Across]) -> None:
    (view,) = across_views(found)
    assert view["grid"]["models"] == ["net\x1b[31m", "other"]
    ((arm, objective, cells),) = view["grid"]["rows"]
    assert (arm, objective) == ("simclr on glyphs", "simclr")
    assert [verdict for _, verdict in cells] == ["helps", ""]
    assert cells[0][0] == view["rows"][0]["lift"].split(" ")[0]
    assert view["verdicts"] == {"helps": 1}
