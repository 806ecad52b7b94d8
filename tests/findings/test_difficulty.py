"""How hard tasks are, from scratch alone."""

from typing import Any

import pytest

from harness.findings.difficulty import MANY, difficulties, over_tasks
from tests.findings.test_pareto import ROW

SCRATCH: dict[str, Any] = ROW | {"objective": "scratch", "control": False, "metric": "accuracy", "lift": None}
PRETRAINED = SCRATCH | {"objective": "simclr", "lift": 0.1}


def test_a_problem_has_the_span_from_scratch_and_its_controls() -> None:
    rows = [
        *[SCRATCH | {"model": f"m{i}", "score": score} for i, score in enumerate((0.4, 0.9, 0.6))],
        SCRATCH | {"model": "constant", "control": True, "score": 0.1},
        SCRATCH | {"model": "pixels", "control": True, "score": 0.8},
        PRETRAINED | {"lift": 0.1}, PRETRAINED | {"lift": 0.3}, PRETRAINED | {"lift": 0.9, "labelled": True},
        PRETRAINED | {"score": None, "lift": None},
    ]  # fmt: skip
    (found,) = difficulties(rows, {"constant"})
    assert (found.low, found.median, found.high, found.models) == (0.4, 0.6, 0.9, 3)
    assert (found.majority, found.controls) == (0.1, {"pixels": 0.8})
    assert (found.lift, found.pretrainings) == (pytest.approx(0.2), 2)


def test_what_has_no_scratch_is_left_out() -> None:
    assert difficulties([PRETRAINED, SCRATCH | {"control": True}]) == []


@pytest.mark.parametrize(("tasks", "rho"), [(MANY, -1.0), (MANY - 1, None)])
def test_from_eight_tasks_on_there_is_a_coefficient(tasks: int, rho: float | None) -> None:
    rows = []
    for task in range(tasks):
        name = {"task": f"t{task}"}
        rows += [SCRATCH | name | {"score": 0.1 * task}, PRETRAINED | name | {"lift": 0.5 - 0.05 * task}]
    (found,) = over_tasks(difficulties(rows))
    assert len(found.points) == tasks
    assert found.spearman == (rho if rho is None else pytest.approx(rho))


def test_one_task_is_no_relation() -> None:
    assert over_tasks(difficulties([SCRATCH, PRETRAINED])) == []
