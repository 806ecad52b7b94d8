"""How hard tasks are, from scratch alone."""

from typing import Any

import pytest

from harness.findings.base import Scatter
from harness.findings.board_rows import BoardRow
from harness.findings.difficulty import MANY, difficulties, difficulty, over_tasks
from harness.findings.registry_facts import RegistryFacts
from tests.findings.records import Recorder, cell, pretraining_cell


def scratch(score: float = 0.5, model: str = "net", task: str = "digits", **more: Any) -> BoardRow:
    return BoardRow(cell=cell(pretraining_cell(model, "scratch"), task=task), score=score, metric="accuracy", **more)


def pretrained(lift: float | None = 0.1, task: str = "digits", **more: Any) -> BoardRow:
    return BoardRow(cell=cell(pretraining_cell(), task=task), **({"score": 0.6} | more), lift=lift)


def test_a_problem_has_the_span_from_scratch_and_its_controls() -> None:
    rows = [
        *[scratch(score, f"m{number}") for number, score in enumerate((0.4, 0.9, 0.6))],
        scratch(0.1, "constant", control=True), scratch(0.8, "pixels", control=True),
        pretrained(0.1), pretrained(0.3), pretrained(0.9, labelled=True), pretrained(None, score=None),
    ]  # fmt: skip
    (each,) = difficulties(rows, {"constant"})
    assert (each.low, each.median, each.high, each.models) == (0.4, 0.6, 0.9, 3)
    assert (each.majority, each.controls) == (0.1, {"pixels": 0.8})
    assert (each.lift, each.pretrainings) == (pytest.approx(0.2), 2)


def test_a_problem_without_scratch_is_excluded() -> None:
    assert difficulties([pretrained(), scratch(control=True)]) == []


@pytest.mark.parametrize(("tasks", "rho"), [(MANY, -1.0), (MANY - 1, None)])
def test_from_eight_tasks_on_there_is_a_coefficient(tasks: int, rho: float | None) -> None:
    rows = []
    for task in range(tasks):
        rows += [scratch(0.1 * task, task=f"t{task}"), pretrained(0.5 - 0.05 * task, task=f"t{task}")]
    (across,) = over_tasks(difficulties(rows))
    assert across.tasks == tasks
    assert across.spearman == (rho if rho is None else pytest.approx(rho))


def test_one_task_is_no_relation() -> None:
    assert over_tasks(difficulties([scratch(), pretrained()])) == []


def test_the_finding_has_the_hardest_task_first() -> None:
    recorder = Recorder()
    for task, score in (("easy", 0.9), ("hard", 0.2)):
        for model, objective, more in (("net", "scratch", 0.0), ("net", "simclr", 0.05), ("constant", "scratch", -0.1)):
            where = cell(pretraining_cell(model, objective), task=task)
            recorder.add(where, 0, metrics={"accuracy": score + more})
    facts = RegistryFacts(controls={"constant"}, constants={"constant"})
    finding = difficulty(recorder.evidence(facts=facts))
    assert finding.summary[0].startswith("The hardest problem is hard: linear probe, 5 shots")
    assert "too few tasks: 2 of 8" in finding.summary[1]
    across, *tasks = finding.sections
    assert [section.subject for section in tasks] == ["task hard", "task easy"]
    figure = across.figures[0]
    assert isinstance(figure, Scatter)
    points = figure.groups["linear probe, 5 shots"]
    assert sorted((point.name, point.x, point.y) for point in points) == [
        ("easy", 0.9, pytest.approx(0.05)), ("hard", 0.2, pytest.approx(0.05))]  # fmt: skip
    hard, easy = finding.tables()["difficulty"].rows
    assert (hard["median"], hard["majority"], hard["lift"]) == pytest.approx((0.2, 0.1, 0.05))
    assert (easy["task"], easy["models"], easy["pretrainings"], easy["controls"]) == ("easy", 1, 1, {})


def test_a_board_without_scratch_says_so() -> None:
    finding = difficulty(Recorder().evidence())
    assert (len(finding.summary), finding.sections) == (1, ())
