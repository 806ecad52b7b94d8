"""What the site says of cells beyond their figures."""

import re
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.rows import rows_of
from harness.board import Board, open_board
from harness.keys import canonical
from harness.report.answer import answer
from harness.report.site import render
from harness.report.site_rows import breakdown, dress
from harness.report.views import facets
from tests.boards import ROOT, copy_of, pretune
from tests.report.conftest import forget

Rows = list[dict[str, Any]]


@pytest.fixture
def rows() -> Rows:
    """The rows of the committed results."""
    board = open_board(ROOT)
    return dressed(board, rows_of(board.frame("quick")))


def dressed(board: Board, rows: Rows) -> Rows:
    dress(rows, board.catalog.suite("quick"), {})
    return rows


def test_budgets_and_precisions_have_tables_of_their_own(rows: Rows) -> None:
    tuned = [row for row in rows if row["protocol"] == "finetune"]
    more = [row | {"steps": row["steps"] * 2} for row in tuned] + [row | {"precision": "bf16"} for row in rows]
    one, several = facets(rows), facets(rows + more)
    assert len({facet["id"] for facet in several}) == len(several) > len(one)
    assert len({facet["title"] for facet in several}) == len(several)
    assert not any("precision" in facet["title"] for facet in one)


def test_a_probe_at_other_labels_than_the_table_says_so(rows: Rows) -> None:
    every = next(facet for facet in facets(rows) if "all labels" in facet["title"])
    assert [probe["name"] for probe in every["probes"]] == [
        "linear probe, validation, 5 shots",
        "k-NN, validation, 5 shots",
    ]
    five = next(facet for facet in facets(rows) if "linear probe, 5 shots" in facet["title"])
    assert [probe["name"] for probe in five["probes"]] == ["k-NN, validation"]
    knn = {
        canonical([row["task"], row["model"], row["arm"]]): row["validation"]
        for row in rows
        if row["protocol"] == "knn"
    }
    for row in five["rows"]:
        expected = knn.get(canonical([row["task"], row["model"], row["arm"]]))
        assert five["probes"][0]["values"][row["id"]] == expected


def test_objectives_that_see_labels_are_counted_apart(rows: Rows) -> None:
    found = breakdown(rows)
    compared = [row for row in rows if row["lift_low"] is not None]
    seen = [row for row in compared if row["objective"] == "supervised"]
    assert found["labelled"]["all"] == len(seen) > 0
    assert found["unlabelled"]["all"] == len(compared) - len(seen)
    whole = answer(rows, [], [])
    for word, count in whole["counts"].items():
        assert found["unlabelled"][word] == count
    assert whole["upper"] == {"compared": len(seen), "helps": found["labelled"]["helps"]}
    assert found["lacking"] == 0


def test_machines_stand_beside_the_rows_where_there_are_several(rows: Rows) -> None:
    assert not any(facet["mixed"] for facet in facets(rows))
    rows[0]["machine"] = "another, 8 at once"
    assert sum(facet["mixed"] for facet in facets(rows)) == 1


def test_seeds_that_were_not_run_are_said(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    victim = next(r for r in board.store.all() if r.role == "reported" and r.seed == 1)
    forget(victim)
    render(board, board.catalog.suite("tiny"), tmp_path / "public")
    text = (tmp_path / "public" / "index.html").read_text()
    assert "1 missing" in text
    assert "1 cell lacks some of their seeds" in text


def test_a_record_that_was_taken_back_is_shown_with_its_reason(swept: Board, tmp_path: Path) -> None:
    board = copy_of(swept, tmp_path / "copy")
    victim = next(r for r in board.store.all() if r.role == "reported" and r.seed == 1)
    board.store.retract(victim.key, "the seed was <wrong>")
    render(board, board.catalog.suite("tiny"), tmp_path / "public")
    text = (tmp_path / "public" / "index.html").read_text()
    assert "1 retracted" in text
    assert f"trials/{victim.key[:16]}.html" in text
    page = (tmp_path / "public" / "trials" / f"{victim.key[:16]}.html").read_text()
    assert "retracted" in page
    assert "the seed was &lt;wrong&gt;" in page
    assert "retracted\n    the seed was <wrong>" in pretune("why", victim.key[:16], board=board).stdout
    again = pretune("results", "retract", victim.key[:16], "--reason", "once more", board=board)
    assert again.returncode == 2
    assert "it was retracted before: the seed was <wrong>" in again.stderr


def test_a_scratch_cell_has_no_cost_of_pretraining(site: Path) -> None:
    column = [head.strip() for head in heads(site)].index("pretraining s")
    cells = [row for row in body(site) if "scratch" in row[1]]
    assert cells
    assert {row[column] for row in cells} == {"–"}


def heads(site: Path) -> list[str]:
    """The heads of the first table of one problem."""
    return re.findall(r'<th scope="col".*?>(?:<button type="button">)?(.*?)(?:</button>)?</th>', table(site))


def body(site: Path) -> list[list[str]]:
    """Its rows as text."""
    rows = re.findall(r"<tr class=.*?</tr>", table(site), re.DOTALL)
    return [[re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def table(site: Path) -> str:
    tables = (site / "index.html").read_text().split("<table")[1:]
    return next(each for each in tables if 'data-name="across' not in each.partition(">")[0])
