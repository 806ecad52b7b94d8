"""A new finding is one file and one line in the list: the terminal, the site and all formats have it."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness.findings
from harness.board import Board
from harness.cli.output import print_finding
from harness.findings import FINDINGS
from harness.report.data import as_csv, as_json, as_latex
from harness.report.site import render

TOY = '''"""The number of seeds of each cell."""

from harness.findings.base import Axis, Bar, Bars, Column, Finding, Section, Table

TITLE = "Seeds of each cell"


def toy_seeds(evidence):
    rows = [{"model": row.cell.model, "arm": row.cell.arm_label, "seeds": row.n} for row in evidence.rows]
    columns = [
        Column("model", "model", subject="model"),
        Column("arm", "pretraining"),
        Column("seeds", "seeds", "seeds with a result", format="count"),
    ]
    bars = [Bar(f"{row['model']}, {row['arm']}", row["seeds"]) for row in rows]
    figure = Bars(axis=Axis("seeds"), bars=bars, alt="Seeds of each cell", name="seeds")
    section = Section("Seeds", tables=[Table(columns, rows)], figures=[figure])
    return Finding([f"{len(rows)} cells have up to 2 seeds."], [section])
'''


@pytest.fixture
def board(swept: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """A board, while the harness has one more finding."""
    (tmp_path / "toy_seeds.py").write_text(TOY)
    monkeypatch.setattr(harness.findings, "__path__", [*harness.findings.__path__, str(tmp_path)])
    FINDINGS["toy-seeds"] = "seeds of each cell"
    yield swept
    del FINDINGS["toy-seeds"]
    sys.modules.pop("harness.findings.toy_seeds", None)


def test_the_terminal_has_it(board: Board, capsys: pytest.CaptureFixture[str]) -> None:
    print_finding("tiny", board.finding("tiny", "toy-seeds"), "table")
    text = capsys.readouterr().out
    assert "4 cells have up to 2 seeds." in text
    assert "pretraining" in text
    assert text.count("simclr on digits-unlabelled") >= 2


def test_json_csv_and_latex_have_it(board: Board) -> None:
    finding = board.finding("tiny", "toy-seeds")
    rows = json.loads(as_json(finding))["rows"]
    assert {row["model"] for row in rows} == {"net"}
    assert [row["seeds"] for row in rows] == [2, 2, 2, 2]
    lines = list(csv.DictReader(io.StringIO(as_csv(finding))))
    assert [line["arm"] for line in lines] == [row["arm"] for row in rows]
    assert r"net & simclr on digits-unlabelled & 2 \\" in as_latex(finding)


def test_the_site_has_it_with_figures_for_papers(board: Board, tmp_path: Path) -> None:
    out = tmp_path / "public"
    render(board.evidence("tiny"), board.catalog, board.catalog.suite("tiny"), out, figures=True)
    page = (out / "toy-seeds.html").read_text()
    assert "Seeds of each cell" in page
    assert 'role="img" aria-label="Seeds of each cell' in page
    assert 'href="toy-seeds.html"' in (out / "index.html").read_text()
    assert (out / "models" / "net.html").is_file()
    assert len(json.loads((out / "data" / "toy-seeds.json").read_text())["rows"]) == 4
    assert (out / "figures" / "toy-seeds-seeds.svg").read_text().startswith("<?xml")
    assert (out / "figures" / "toy-seeds-seeds.png").read_bytes().startswith(b"\x89PNG")


def test_python_has_it(board: Board) -> None:
    assert board.finding("tiny", "toy-seeds").summary == ["4 cells have up to 2 seeds."]
