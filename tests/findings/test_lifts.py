"""Lifts by trial: over the control of the same problem and seed, where both have one version."""

import pytest

from tests.findings.records import Recorder, cell, pretraining_cell
from tests.findings.test_board_rows import CELL, CONTROL, correct, filled


def test_each_trial_has_its_lift_over_scratch_with_its_seed() -> None:
    recorder = filled(seeds=2)
    controls = {record.seed: record for record in recorder.store.all() if record.cell == CONTROL}
    assert recorder.evidence(CONTROL, CELL).lifts == {
        record.key: (
            pytest.approx(record.metrics["accuracy"] - controls[record.seed].metrics["accuracy"]),
            controls[record.seed].key,
        )
        for record in recorder.store.all()
        if record.cell == CELL
    }


def test_a_seed_without_its_control_has_none() -> None:
    recorder = filled(seeds=1)
    alone = recorder.add(CELL, 1, correct(0.8, 1))
    lifts = recorder.evidence(CONTROL, CELL).lifts
    assert len(lifts) == 1
    assert alone.key not in lifts


@pytest.mark.parametrize("part", ["task", "engine"])
def test_scratch_of_another_version_is_no_control(part: str) -> None:
    recorder = Recorder()
    recorder.add(CONTROL, 0, correct(0.5, 0), spec={part: {"name": "digits", "version": 1}})
    recorder.add(CELL, 0, correct(0.8, 0), spec={part: {"name": "digits", "version": 2}})
    assert recorder.evidence(CONTROL, CELL).lifts == {}


def test_another_problem_is_no_control() -> None:
    recorder = Recorder()
    other = cell(pretraining_cell(objective="scratch"), shots=1)
    recorder.add(other, 0, correct(0.5, 0))
    recorder.add(CELL, 0, correct(0.8, 0))
    assert recorder.evidence(other, CELL).lifts == {}
