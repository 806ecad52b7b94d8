"""Lifts across tasks: which pretrainings are averaged, over which tasks, and how."""

import numpy as np
import pytest

from harness.findings.across import SAMPLE, Across, across, lifts_across
from harness.findings.base import HeatMap
from harness.findings.evidence import Evidence
from harness.findings.registry_facts import RegistryFacts
from harness.stats.intervals import interval, interval_of, parts_of
from tests.findings.records import Recorder, cell, pretraining_cell

SCRATCH = pretraining_cell(objective="scratch")
SEEDS, ITEMS = 3, 300


def correct(share: float, seed: int, task: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, task]).random((1, ITEMS)) < share


def lifts_over(tasks: int, lift: float = 0.1, without: tuple[int, ...] = ()) -> list[Across]:
    """A pretraining that adds `lift` to each task; those in `without` have no record."""
    recorder, cells = Recorder(), []
    for task in range(tasks):
        for pretraining, share in ((SCRATCH, 0.5), (pretraining_cell(), 0.5 + lift)):
            cells.append(cell(pretraining, task=f"task-{task}"))
            if pretraining is SCRATCH or task not in without:
                for seed in range(SEEDS):
                    recorder.add(cells[-1], seed, correct(share, seed, task))
    return lifts_across(recorder.evidence(*cells))


def test_few_tasks_are_fixed_and_their_lifts_averaged() -> None:
    (mean,) = lifts_over(3)
    shares = [[correct(share, seed, task).mean() for seed in range(SEEDS)] for task in range(3) for share in (0.5, 0.6)]
    means = np.array(shares).reshape(3, 2, SEEDS).mean(axis=2)
    assert mean.lift == pytest.approx(float((means[:, 1] - means[:, 0]).mean()))
    assert (mean.kind, mean.n, mean.tasks, mean.verdict) == ("mean", 3, ["task-0", "task-1", "task-2"], "helps")
    assert mean.low < mean.lift < mean.high


def test_a_missing_task_is_named_and_not_averaged_away() -> None:
    (mean,) = lifts_over(3, without=(1,))
    assert mean.lacking == ["task-1"]
    assert (mean.lift, mean.low, mean.high, mean.verdict) == (None, None, None, "undecided")


def test_one_task_has_no_mean() -> None:
    assert lifts_over(1) == []


def test_many_tasks_are_a_sample() -> None:
    (mean,) = lifts_over(SAMPLE)
    assert mean.kind == "iqm"
    assert mean.low < mean.lift < mean.high


def test_of_one_task_it_is_the_interval_of_the_task() -> None:
    values = np.random.default_rng(0).normal(0, 1, (4, 30))
    parts = parts_of(values)
    assert parts is not None
    assert interval_of([parts]) == interval(values)


@pytest.mark.parametrize("tasks", [2, 7])
@pytest.mark.parametrize("shared", [0.0, 0.02])
def test_fixed_tasks_are_covered(tasks: int, shared: float) -> None:
    """Also where a seed has the same effect on all tasks, as a shared pretraining may."""
    rng = np.random.default_rng(tasks)
    hits, runs, seeds, items = 0, 400, 5, 200
    for _ in range(runs):
        of_seed = rng.normal(0, shared, (1, seeds, 1)) + rng.normal(0, 0.02, (tasks, seeds, 1))
        values = of_seed + rng.normal(0, 0.2, (tasks, 1, items)) + rng.normal(0, 0.3, (tasks, seeds, items))
        mean = interval_of([parts for each in values if (parts := parts_of(each))])
        assert mean is not None
        hits += mean.low <= 0 <= mean.high
    assert 0.925 <= hits / runs <= 0.99


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """Two models and two arms on two tasks; one cell is missing, and one arm uses labels."""
    recorder, cells = Recorder(), []
    for model, lift in (("net", 0.2), ("other", 0.1)):
        for task in ("digits", "letters"):
            for objective, added in (("scratch", 0.0), ("simclr", lift), ("supervised", 0.3)):
                cells.append(cell(pretraining_cell(model, objective), task=task))
                if (model, task, objective) != ("other", "letters", "simclr"):
                    for seed in range(SEEDS):
                        recorder.add(cells[-1], seed, correct(0.5 + added, seed))
    return recorder.evidence(*cells, facts=RegistryFacts(labelled={"supervised"}))


def test_the_largest_lift_comes_first_and_missing_ones_last(evidence: Evidence) -> None:
    (section,) = across(evidence).sections
    assert section.title == "linear probe, 5 shots, over 2 tasks"
    rows = section.tables[0].rows
    assert [(row["objective"], row["verdict"]) for row in rows[-2:]] == [("simclr", "helps"), ("simclr", "undecided")]
    assert (rows[-1]["lift"], rows[-1]["lacking"]) == (None, ["letters"])
    assert rows[0]["low"] < rows[0]["lift"] < rows[0]["high"]


def test_the_summary_names_the_best_without_labels(evidence: Evidence) -> None:
    (sentence,) = across(evidence).summary
    assert "1 of 1 pretraining without labels help" in sentence
    assert "net · simclr on glyphs, +0." in sentence


def test_the_figure_has_each_mean_once(evidence: Evidence) -> None:
    (section,) = across(evidence).sections
    (figure,) = section.figures
    assert isinstance(figure, HeatMap)
    assert (figure.rows, figure.columns) == (["supervised on glyphs", "simclr on glyphs"], ["net", "other"])
    lifts = {(row["model"], row["arm"]): row["lift"] for row in section.tables[0].rows}
    assert figure.values == [[lifts[model, arm] for model in figure.columns] for arm in figure.rows]


def test_without_two_tasks_the_summary_says_so() -> None:
    finding = across(Recorder().evidence())
    assert finding.sections == ()
    assert len(finding.summary) == 1
