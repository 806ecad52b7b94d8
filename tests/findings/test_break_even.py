"""How many labels a pretraining is worth."""

from typing import Any

import numpy as np
import pytest

from harness.findings.board_rows import BoardRow
from harness.findings.break_even import break_even, break_evens
from harness.stats.isotonic import Labels
from tests.findings.records import Recorder, cell, pretraining_cell

SCORES = {1: 0.2, 4: 0.4, 16: 0.6}


def rows(lifts: dict[int | None, float], margin: float | None = 0.1, **more: Any) -> list[BoardRow]:
    """Scratch at SCORES, and a pretraining with these lifts."""
    scratch = [
        BoardRow(cell=cell(pretraining_cell(objective="scratch"), shots=shots), score=score)
        for shots, score in SCORES.items()
    ]
    pretrained = [
        BoardRow(
            cell=cell(pretraining_cell(), shots=shots),
            score=SCORES.get(shots or 0, 0.5) + lift,
            lift=lift,
            lift_low=None if margin is None else lift - margin,
            lift_high=None if margin is None else lift + margin,
            lift_n=3,
            **more,
        )
        for shots, lift in lifts.items()
    ]
    return [*scratch, *pretrained]


def test_a_lift_is_worth_the_labels_at_which_scratch_scores_as_much() -> None:
    (each,) = break_evens(rows({1: 0.2, 4: 0.1}, margin=0.1))
    first, second = each.worths
    assert first.labels.number == pytest.approx(4)
    assert (first.low.number, first.high.number) == pytest.approx((2, 8))  # type: ignore[union-attr]
    assert second.labels.number == pytest.approx(8)
    assert second.high == Labels(pytest.approx(16))  # type: ignore[arg-type]
    assert each.scratch == [(1, 0.2), (4, 0.4), (16, 0.6)]


def test_beyond_the_label_counts_of_the_suite_there_is_a_bound() -> None:
    (each,) = break_evens(rows({1: -0.1, 16: 0.3}))
    assert [worth.labels for worth in each.worths] == [Labels(1, -1), Labels(16, 1)]


def test_without_an_interval_there_are_no_ends() -> None:
    (each,) = break_evens(rows({1: 0.2, 4: 0.1}, margin=None))
    assert {(worth.low, worth.high) for worth in each.worths} == {(None, None)}
    assert each.caught_up is None


@pytest.mark.parametrize(
    ("lifts", "caught_up", "words"),
    [
        ({1: 0.3, 4: 0.2, 16: 0.05}, Labels(16), "at 16 shots"),
        ({1: 0.3, 4: 0.05, 16: 0.2}, Labels(16, 1), "not by 16 shots"),  # equal at 4 shots, and ahead again
        ({1: 0.0, 4: 0.0, 16: 0.0}, Labels(1), "no lift above zero"),
        ({1: 0.3, 4: 0.2, 16: 0.2}, Labels(16, 1), "not by 16 shots"),
    ],
)
def test_scratch_catches_up_where_no_lift_is_above_zero(
    lifts: dict[int | None, float], caught_up: Labels, words: str
) -> None:
    (each,) = break_evens(rows(lifts))
    assert (each.caught_up, each.catches_up, each.ahead) == (caught_up, words, caught_up.beyond > 0)


def test_one_label_count_all_labels_and_pretraining_with_labels_have_none() -> None:
    assert break_evens(rows({1: 0.2})) == []
    assert break_evens(rows({1: 0.2, 4: 0.1}, labelled=True)) == []
    assert break_evens(rows({None: 0.2, 4: 0.1})) == []


def test_the_finding_has_a_section_for_each_task_with_the_figures() -> None:
    recorder = Recorder()
    for objective, gain in (("scratch", 0.0), ("simclr", 0.15)):
        for shots, share in ((5, 0.4), (20, 0.7)):
            where = cell(pretraining_cell(objective=objective), shots=shots)
            for seed in range(3):
                recorder.add(where, seed, np.random.default_rng(seed).random((1, 400)) < share + gain)
    finding = break_even(recorder.evidence())
    (section,) = finding.sections
    assert (section.subject, section.title) == ("task digits", "digits: linear probe")
    assert section.note.startswith("1 of 1 pretrainings")
    assert section.note in finding.summary[0]
    first, second = finding.tables()["break_even"].rows
    assert 5 < float(first["labels_low"]) < float(first["labels"]) < float(first["labels_high"]) < 20
    assert (second["shots"], second["labels"], second["caught_up"], second["n"]) == (20, ">20", ">20", 3)


def test_a_board_with_one_label_count_says_what_is_missing() -> None:
    finding = break_even(Recorder().evidence())
    assert (len(finding.summary), finding.sections) == (1, ())
