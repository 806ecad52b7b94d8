"""Figures for papers."""

from pathlib import Path

from harness.board import Board
from harness.report.site import render


def drawn(board: Board, out: Path) -> dict[str, bytes]:
    render(board, board.catalog.suite("tiny"), out, drawn=True)
    return {path.name: path.read_bytes() for path in (out / "figures").iterdir()}


def test_each_problem_has_its_lifts_and_each_target_its_relation(swept: Board, tmp_path: Path) -> None:
    found = drawn(swept, tmp_path / "public")
    assert "lifts-digits-knn-5-fp32.svg" in found
    assert "relation-digits-finetune-2-3-knn-5.svg" in found
    assert {name.rpartition(".")[0] for name in found if name.endswith("svg")} == {
        name.rpartition(".")[0] for name in found if name.endswith("png")
    }
    lifts = found["lifts-digits-knn-5-fp32.svg"].decode()
    assert "net, simclr on digits-unlabelled" in lifts
    assert "0.95 interval" in lifts


def test_the_same_records_give_the_same_figures(swept: Board, tmp_path: Path) -> None:
    assert drawn(swept, tmp_path / "one") == drawn(swept, tmp_path / "other")


def test_a_site_without_figures_has_none(swept: Board, tmp_path: Path) -> None:
    drawn(swept, tmp_path / "public")
    render(swept, swept.catalog.suite("tiny"), tmp_path / "public")
    assert not (tmp_path / "public" / "figures").exists()
