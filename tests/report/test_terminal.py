"""Findings in the terminal."""

import json
import math
import re
import sys

import pytest

from harness.findings.base import Column, Finding, HeatMap, Section, Table
from harness.report import console
from harness.report.data import as_json
from harness.report.terminal import print_finding
from harness.report.values import cell_text
from tests.report.toy import COLUMNS, CONTROLS, EVIL, finding, hostile, rows

Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured, shown: Finding, **more: object) -> str:
    print_finding(shown, **more)  # type: ignore[arg-type]
    return capsys.readouterr().out


@pytest.mark.parametrize("room", [30, 50, 80, 120, 220])
def test_values_are_whole_at_any_width(monkeypatch: pytest.MonkeyPatch, capsys: Captured, room: int) -> None:
    monkeypatch.setattr(console, "width", lambda: room)
    text = printed(capsys, finding())
    assert max(map(len, text.splitlines())) <= room
    for word in ("+0.060", "[+0.042, +0.078]", "0.870", "masked-autoencoder", "1.7 MFLOP"):
        assert word in text


def test_the_terminal_shows_the_numbers_of_the_data(capsys: Captured) -> None:
    table = Table(COLUMNS, rows(), "cells")
    text = printed(capsys, Finding(sections=[Section("Cells", tables=[table])]))
    lines = [line for line in text.splitlines() if re.match(r"(cnn|vit|mlp|linear)", line)]
    values = json.loads(as_json(Finding(sections=[Section("Cells", tables=[table])])))["cells"]
    assert len(lines) == len(values)
    for line, row in zip(lines, values, strict=True):
        cells = [cell for cell in re.split(r"\s{2,}", line.strip()) if cell]
        shown = [text for column in table.shown if (text := cell_text(column, row))]
        assert cells == shown


def test_a_summary_can_be_shown_alone(capsys: Captured) -> None:
    text = printed(capsys, finding(), summary_only=True)
    assert len(text.splitlines()) == len(finding().summary)


def test_a_long_table_is_cut_with_a_remark(capsys: Captured) -> None:
    table = Table([Column("x", "x")], [{"x": f"row-{number}"} for number in range(50)], "many")
    print_finding(Finding(sections=[Section("Many", tables=[table])]), most_rows=7, hint="add --all")
    captured = capsys.readouterr()
    assert captured.out.count("row-") == 7
    assert "7 of 50 rows" in captured.err
    assert "add --all" in captured.err
    assert printed(capsys, Finding(sections=[Section("Many", tables=[table])]), most_rows=None).count("row-") == 50


def test_the_legend_is_of_shown_columns(capsys: Captured) -> None:
    text = printed(capsys, finding())
    assert "the score minus that of scratch" in text
    assert "the smallest lift" not in text
    assert "0.95 confidence interval" in text


def test_a_matrix_is_numbered(capsys: Captured) -> None:
    values = [[0.5, None], [math.nan, 0.25]]
    same = HeatMap(rows=["cat", "dog"], columns=["cat", "dog"], values=values, alt="Confusion")
    text = printed(capsys, Finding(sections=[Section("Matrix", figures=[same])]))
    assert re.search(r"1 cat +0\.50 +–", text)
    assert re.search(r"2 dog +– +0\.25", text)
    other = HeatMap(rows=["cat", "dog"], columns=["one", "two"], values=values, alt="Other")
    assert "2: two" in printed(capsys, Finding(sections=[Section("Matrix", figures=[other])]))


def test_empty_tables_and_missing_values(capsys: Captured) -> None:
    tables = [Table(COLUMNS, [], empty="No cell has failed."), Table([Column("raw")], [{"raw": 1}], "raw")]
    text = printed(capsys, Finding(sections=[Section("Cells", tables=tables), Section("Data", tables=tables[1:])]))
    assert "No cell has failed." in text
    assert "Data" not in text
    lacking = Table(COLUMNS, [dict.fromkeys((column.name for column in COLUMNS), math.nan)] * 2)
    assert "nan" not in printed(capsys, Finding(sections=[Section("Cells", tables=[lacking])]))
    assert printed(capsys, Finding()) == ""


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("room", [40, 220])
def test_no_terminal_obeys_a_text(monkeypatch: pytest.MonkeyPatch, capsys: Captured, evil: str, room: int) -> None:
    monkeypatch.setattr(console, "width", lambda: room)
    print_finding(hostile(evil))
    captured = capsys.readouterr()
    assert not CONTROLS & set(captured.out + captured.err)


def test_a_closed_pipe_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError):
        console.print_cells([["1"]], ["x"])
