"""The finding of the board: headlines, counts, one ranked table for each problem; and the trials behind it."""

from typing import Any

import pytest

from harness.findings.base import Finding
from harness.findings.board import board, comparison_counts, ordered_problems
from harness.findings.board_rows import BoardRow
from harness.findings.registry_facts import RegistryFacts
from harness.findings.trials import trials
from tests.findings.records import Recorder, cell, pretraining_cell
from tests.findings.test_board_rows import CELL, CONTROL, correct, filled

TUNED = cell(pretraining_cell(), "finetune", steps=3, batch=4)
PIXELS = cell(pretraining_cell("raw-pixels", "scratch"))
LABELLED = cell(pretraining_cell(objective="supervised"))
FACTS = RegistryFacts(controls={"raw-pixels"}, labelled={"supervised"})


def recorded() -> Recorder:
    """Five seeds of two controls, a pretraining without labels and one with; none of fine-tuning."""
    recorder = filled(5)
    for seed in range(5):
        recorder.add(PIXELS, seed, correct(0.6, seed + 20))
        recorder.add(LABELLED, seed, correct(0.9, seed + 30))
    return recorder


@pytest.fixture(scope="module")
def finding() -> Finding:
    evidence = recorded().evidence(
        CONTROL, CELL, PIXELS, LABELLED, TUNED, facts=FACTS, headlines=[CELL], seeds=range(5)
    )
    return board(evidence)


def rows_of(finding: Finding, table: str = "board") -> dict[str, Any]:
    return {row["id"]: row for row in finding.tables()[table].rows}


def test_sections_begin_with_headlines_and_fine_tuning(finding: Finding) -> None:
    assert [section.title for section in finding.sections] == [
        "Headlines", "Comparisons with scratch", TUNED.problem.label, CELL.problem.label,
    ]  # fmt: skip
    assert [section.subject for section in finding.sections] == ["", "", "task digits", "task digits"]


def test_a_problem_has_its_best_mean_first(finding: Finding) -> None:
    (table,) = finding.sections[-1].tables
    assert [row["objective"] for row in table.rows] == ["supervised", "simclr", "scratch", "scratch"]
    assert [row["rank"] for row in table.rows] == ["1", "2", None, "3"]
    assert [row["control"] for row in table.rows] == [False, False, True, False]


def test_a_headline_is_compared_with_the_best_control(finding: Finding) -> None:
    row, pixels = rows_of(finding, "headlines"), rows_of(finding)[PIXELS.id]
    (headline,) = finding.tables()["headlines"].rows
    assert len(row) == 1
    assert (headline["best_control"], headline["verdict"]) == ("raw-pixels", "helps")
    assert headline["best_control_score"] == pytest.approx(pixels["score"])
    sentence = finding.summary[0]
    assert sentence.startswith("Headline: net, simclr on glyphs, on digits: linear probe, 5 shots: lift +0.")
    assert "5 seeds" in sentence


def test_the_best_control_is_averaged_over_the_seeds_of_its_headline() -> None:
    recorder = filled(3)
    for seed, share in enumerate((0.6, 0.6, 0.6, 0.95, 0.95)):
        recorder.add(PIXELS, seed, correct(share, seed))
    (row,) = board(recorder.evidence(CONTROL, CELL, PIXELS, facts=FACTS, headlines=[CELL])).tables()["headlines"].rows
    scores = {record.seed: record.metrics["accuracy"] for record in recorder.store.all() if record.cell == PIXELS}
    assert row["best_control_score"] == pytest.approx(sum(scores[seed] for seed in range(3)) / 3)


def test_comparisons_are_counted_by_protocol_and_with_labels_apart(finding: Finding) -> None:
    counts = {row["pretraining"]: row for row in finding.tables()["counts"].rows}
    assert {name: (row["comparisons"], row["helps"]) for name, row in counts.items()} == {
        "without labels": (1, 1), "linear probe": (1, 1), "with labels, an upper reference": (1, 1),
    }  # fmt: skip
    assert counts["without labels"]["by_chance"] == pytest.approx(0.025)
    assert finding.summary[1].startswith("Pretraining without labels: 1 of 1 comparisons with scratch help, 0 hurt")


def test_missing_and_failed_cells_are_counted_and_remarked() -> None:
    recorder = filled(3)
    recorder.add(CELL, 3, status="oom", message="CUDA out of memory")
    finding = board(recorder.evidence(CONTROL, CELL, TUNED, seeds=range(5)))
    rows = rows_of(finding)
    assert rows[CELL.id]["remarks"] == "1 oom; 1 missing; CUDA out of memory"
    assert rows[CONTROL.id]["remarks"] == "2 missing"
    assert rows[TUNED.id]["remarks"] == "missing"
    assert finding.summary[-2:] == ["Cells with failed trials: 1 of 3.", "Cells without a record: 1 of 3."]


def test_a_row_has_the_probes_of_its_encoder_with_its_labels_or_most() -> None:
    recorder = Recorder()
    few, many = (cell(pretraining_cell(), shots=shots) for shots in (1, 9))
    for number, where in enumerate((few, many, TUNED)):
        recorder.add(where, 0, metrics={"accuracy": 0.5, "validation": 0.1 * (number + 1)})
    rows = rows_of(board(recorder.evidence()))
    assert [rows[where.id]["linear"] for where in (few, many, TUNED)] == pytest.approx([0.1, 0.2, 0.2])
    assert {row["knn"] for row in rows.values()} == {None}


def test_problems_of_one_label_have_different_titles() -> None:
    recorder = Recorder()
    for size in (8, 64):
        recorder.add(cell(pretraining_cell(), shape=(1, size, size)), 0, correct(0.5, 0))
    titles = [section.title for section in board(recorder.evidence()).sections]
    assert titles == [f"digits: linear probe, 5 shots, shape 1x{size}x{size}" for size in (8, 64)]


def test_points_within_a_run_are_not_counted() -> None:
    recorder = filled(3)
    point = cell(pretraining_cell(), progress=0.5)
    for seed in range(3):
        recorder.add(point, seed, correct(0.7, seed))
    rows = recorder.evidence(CONTROL, CELL, point).rows
    assert rows[-1].lift_low is not None
    assert comparison_counts(rows)[0]["comparisons"] == 1


def test_without_records_it_says_how_to_get_an_interval() -> None:
    finding = board(Recorder().evidence(CONTROL, CELL, headlines=[CELL]))
    assert finding.summary[0].endswith("no lift is recorded.")
    assert "two seeds" in finding.summary[1]
    assert [section.title for section in finding.sections] == ["Headlines", CELL.problem.label]


def test_cells_without_a_score_come_last() -> None:
    rows = [BoardRow(cell=CELL), BoardRow(cell=CONTROL, score=0.0), BoardRow(cell=PIXELS, score=0.1)]
    (inside,) = ordered_problems(rows).values()
    assert [row.cell for row in inside] == [PIXELS, CONTROL, CELL]


def test_trials_are_one_row_for_each_cell_and_seed() -> None:
    recorder = filled()
    recorder.add(CELL, 3, status="oom", message="CUDA out of memory")
    recorder.add(CELL, 0, correct(0.1, 0))
    finding = trials(recorder.evidence(CONTROL, CELL))
    rows = finding.tables()["trials"].rows
    assert [row["status"] for row in rows] == ["ok"] * 6 + ["oom"]
    assert (rows[3]["score"], rows[3]["accuracy"]) == (rows[3]["accuracy"], pytest.approx(0.8, abs=0.1))
    assert (rows[-1]["seed"], rows[-1]["score"], rows[-1]["reason"]) == (3, None, "CUDA out of memory")
    assert "accuracy" in finding.tables()["trials"].fields
