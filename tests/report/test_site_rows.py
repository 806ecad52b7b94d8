"""What the site says of cells beyond their figures."""

from pathlib import Path
from typing import Any

import pytest

from harness.board import Board, open_board
from harness.catalog.keys import canonical
from harness.findings.rows import rows_of
from harness.report.columns import columns_for
from harness.report.site import render
from harness.report.site_rows import breakdown, dress
from tests.boards import ROOT, copy_of, pretune
from tests.report.conftest import forget
from tests.report.test_site import data, trials_of

Rows = list[dict[str, Any]]


@pytest.fixture
def rows() -> Rows:
    """The rows of the committed results."""
    board = open_board(ROOT)
    return dressed(board, rows_of(board.frame("quick")))


def dressed(board: Board, rows: Rows) -> Rows:
    return dress(rows, board.catalog.suite("quick"), {})


def problems(rows: Rows) -> set[tuple[str, str, str]]:
    return {(row["task"], row["protocol"], row["labels"]) for row in rows}


def test_budgets_and_precisions_are_problems_of_their_own() -> None:
    board = open_board(ROOT)
    plain = rows_of(board.frame("quick"))
    tuned = [row for row in plain if row["protocol"] == "finetune"]
    more = [row | {"steps": row["steps"] * 2} for row in tuned] + [row | {"precision": "bf16"} for row in plain]
    one = dressed(board, [dict(row) for row in plain])
    several = dressed(board, [dict(row) for row in plain + more])
    assert len(problems(several)) == 2 * len(problems(one)) + len({row["task"] for row in tuned})
    assert not any("precision" in labels for _, _, labels in problems(one))


def test_a_probe_of_the_same_pretraining_stands_beside_at_as_many_labels_or_at_most(rows: Rows) -> None:
    knn = {
        canonical([row["task"], row["model"], row["pretraining"], row["shots"]]): row["validation"]
        for row in rows
        if row["protocol"] == "k-NN"
    }
    beside = [row for row in rows if row["protocol"] != "k-NN" and row["task"] == "digits"]
    assert {row["shots"] for row in beside} == {5, None}
    for row in beside:
        expected = knn.get(canonical([row["task"], row["model"], row["pretraining"], 5]))
        assert row["knn"] == expected


def test_objectives_that_see_labels_are_counted_apart(rows: Rows) -> None:
    found = breakdown(rows)
    compared = [row for row in rows if row["lift_low"] is not None and row["progress"] == 1]
    seen = [row for row in compared if row["objective"] == "supervised"]
    assert found["labelled"]["all"] == len(seen) > 0
    assert found["unlabelled"]["all"] == len(compared) - len(seen)
    assert found["lacking"] == 0


def test_what_helps_and_hurts_is_counted_by_protocol(rows: Rows) -> None:
    found = breakdown(rows)
    assert list(found["protocols"]) == ["fine-tuning", "linear probe", "k-NN"]
    for word, count in found["unlabelled"].items():
        assert sum(each[word] for each in found["protocols"].values()) == count


def test_machines_have_a_column_where_there_are_several(rows: Rows) -> None:
    def shown() -> bool:
        return next(column.shown for column in columns_for(rows) if column.name == "machine")

    for row in rows:
        row["machine"] = "a machine, 2 at once"
    assert not shown()
    rows[0]["machine"] = "another, 8 at once"
    assert shown()


def test_a_column_without_a_figure_is_not_shown(rows: Rows) -> None:
    for row in rows:
        row["skill"] = None
    assert "skill" not in {column.name for column in columns_for(rows) if column.shown}


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
    board.store.retract([victim.key], "the seed was <wrong>")
    render(board, board.catalog.suite("tiny"), tmp_path / "public")
    text = (tmp_path / "public" / "index.html").read_text()
    assert "1 retracted" in text
    view = trials_of(tmp_path / "public")[victim.key[:16]]
    assert (view["status"], view["message"]) == ("retracted", "the seed was <wrong>")
    linked = [one[1] for row in data(tmp_path / "public", "models/net") for one in row["failures"]]
    assert victim.key[:16] in linked
    assert "retracted\n    the seed was <wrong>" in pretune("why", victim.key[:16], board=board).stdout
    again = pretune("results", "retract", victim.key[:16], "--reason", "once more", board=board)
    assert again.returncode == 2
    assert "it was retracted before: the seed was <wrong>" in again.stderr


def test_a_scratch_cell_has_no_cost_of_pretraining(rows: Rows) -> None:
    assert {row["pretrain_s"] for row in rows if row["objective"] == "scratch"} == {None}
    assert None not in {row["pretrain_s"] for row in rows if row["objective"] == "simclr"}
