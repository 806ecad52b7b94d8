"""Two models or commits in the terminal and as data."""

import csv
import io
import json

import pytest

from harness.report.compare import compare_table
from tests.findings.test_compare import models, two_commits


def test_models_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    compare_table(models({"one": 0.5, "two\x1b[31m": 0.6, "three": 0.4}, ("digits", "letters")), title="tests")
    said = capsys.readouterr().out
    assert "tests: three against one: mean over tasks" in said
    assert "digits: linear probe, 5 shots" in said
    assert "of 2 cells that both have: 2 lower (each by itself); 1 cell only one has, 0 only three" in said
    assert "\x1b" not in said


def test_commits_say_what_changed_and_what_it_cost(capsys: pytest.CaptureFixture[str]) -> None:
    compare_table(two_commits(0.6, recipe=2), title="tests")
    said = capsys.readouterr().out
    assert "tests: bbbbbbb against aaaaaaa" in said
    assert "recipe" in said
    assert "1.00 → 2.00" in said
    assert "3 records at bbbbbbb made with changes that were not committed" in said


def test_data_hold_what_the_table_shows(capsys: pytest.CaptureFixture[str]) -> None:
    compare_table(two_commits(0.6, recipe=2), "json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["model"], row["verdict"], row["changed"]) == ("net", "higher", ["recipe"])
    assert (row["first_train_s"], row["other_train_s"], row["hardware"]) == (1.0, 2.0, "a test")
    assert row["low"] < row["difference"] < row["high"]
    compare_table(models({"one": 0.5, "two": 0.6}), "csv")
    assert [row["other"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["two"]


def test_nothing_shared_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = two_commits(0.6)
    compare_table(type(found)(found.names, found.kind, [], [], {}), title="tests")
    assert capsys.readouterr().out.strip() == "tests: no cell has records at both commits"
