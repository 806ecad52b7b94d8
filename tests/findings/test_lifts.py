"""Lifts seed by seed: over the control of the same problem and seed, where both are of one version."""

import pytest

from harness.findings.evidence import Analysis
from tests.findings.records import Recorder, cell, pretraining_cell
from tests.findings.test_table import CELL, CONTROL, answers, filled


def test_each_trial_has_its_lift_over_scratch_of_its_seed() -> None:
    recorder = filled(seeds=2)
    controls = {r.seed: r for r in recorder.store.all() if r.cell == CONTROL}
    found = Analysis(recorder.store, [CONTROL, CELL]).lifts
    assert found == {
        record.key: (
            pytest.approx(record.metrics["accuracy"] - controls[record.seed].metrics["accuracy"]),
            controls[record.seed].key,
        )
        for record in recorder.store.all()
        if record.cell == CELL
    }


def test_a_seed_without_its_control_has_none() -> None:
    recorder = filled(seeds=1)
    alone = recorder.add(CELL, 1, answers(0.8, 1))
    found = Analysis(recorder.store, [CONTROL, CELL]).lifts
    assert len(found) == 1
    assert alone.key not in found


@pytest.mark.parametrize("part", ["task", "engine"])
def test_scratch_of_another_version_makes_none(part: str) -> None:
    recorder = Recorder()
    recorder.add(CONTROL, 0, answers(0.5, 0), spec={part: {"name": "digits", "version": 1}})
    recorder.add(CELL, 0, answers(0.8, 0), spec={part: {"name": "digits", "version": 2}})
    assert Analysis(recorder.store, [CONTROL, CELL]).lifts == {}


def test_another_problem_is_no_control() -> None:
    recorder = Recorder()
    other = cell(pretraining_cell(objective="scratch"), shots=1)
    recorder.add(other, 0, answers(0.5, 0))
    recorder.add(CELL, 0, answers(0.8, 0))
    assert Analysis(recorder.store, [other, CELL]).lifts == {}
