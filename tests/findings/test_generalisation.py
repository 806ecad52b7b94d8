"""Gaps, drops under shift, calibration and effective robustness."""

from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from harness.cells import Pretraining
from harness.findings.base import Scatter
from harness.findings.evidence import Evidence
from harness.findings.generalisation import ProblemCells, generalisation, generalisations
from harness.findings.registry_facts import RegistryFacts
from harness.stats.robustness import MIN_POINTS
from tests.findings.records import Recorder, cell, pretraining_cell

SHIFTS = {"blur": {"1": 0.5, "5": 0.3}, "noise": {"1": 0.4}}


def evidence(pretrainings: list[tuple[Pretraining, list[dict[str, float]]]], **more: Any) -> Evidence:
    """Cells with these metrics by seed."""
    recorder, cells = Recorder(), []
    for pretraining, by_seed in pretrainings:
        cells.append(cell(pretraining))
        for seed, metrics in enumerate(by_seed):
            recorder.add(cells[-1], seed, metrics=metrics, **more)
    return Evidence(recorder.store, cells, RegistryFacts(controls={"pixels"}))


def problem_of(pretrainings: list[tuple[Pretraining, list[dict[str, float]]]], **more: Any) -> ProblemCells:
    (problem,) = generalisations(evidence(pretrainings, **more))
    return problem


def test_a_cell_has_its_gap_and_drop_with_intervals_over_seeds() -> None:
    scores = [{"accuracy": 0.7, "train": 1.0, "shifted": 0.4, "nll": 0.5, "ece": 0.1},
              {"accuracy": 0.8, "train": 0.9, "shifted": 0.3, "nll": 0.7, "ece": 0.2}]  # fmt: skip
    (each,) = problem_of([(pretraining_cell(), scores)], shifts=SHIFTS).cells
    interval = stats.ttest_1samp([0.3, 0.1], 0).confidence_interval(0.95)
    assert each.gap[1:] == pytest.approx((0.2, interval.low, interval.high))
    assert each.drop.mean == pytest.approx(0.4)
    assert (each.score, each.nll, each.ece) == pytest.approx((0.75, 0.6, 0.15))
    assert each.shifts == {"blur": {1: 0.5, 5: 0.3}, "noise": {1: 0.4}}


def test_values_that_no_record_has_are_none() -> None:
    (each,) = problem_of([(pretraining_cell(), [{"accuracy": 0.7}])]).cells
    assert (each.train, each.gap.mean, each.drop.mean, each.nll, each.shifts) == (None, None, None, None, {})


def test_one_seed_has_a_gap_without_an_interval() -> None:
    (each,) = problem_of([(pretraining_cell(), [{"accuracy": 0.7, "train": 1.0}])]).cells
    assert (each.gap.mean, each.gap.low) == (pytest.approx(0.3), None)


def on_line(clean: float) -> float:
    return float(special.expit(0.8 * special.logit(clean) - 1.0))


def shifted(clean: float, more: float = 0.0) -> list[dict[str, float]]:
    return [{"accuracy": clean, "shifted": on_line(clean) + more}]


def line_cells() -> list[tuple[Pretraining, list[dict[str, float]]]]:
    """Scratch cells on a line, a cell above it, one beyond its range, and a control."""
    cells = [(pretraining_cell(f"m{i}", "scratch"), shifted(0.5 + 0.04 * i)) for i in range(MIN_POINTS)]
    cells += [(pretraining_cell("m0"), shifted(0.6, 0.05)), (pretraining_cell("m1"), shifted(0.95, 0.05))]
    return [*cells, (pretraining_cell("pixels", "scratch"), shifted(0.3, 0.4))]


def test_robustness_is_relative_to_the_line_through_scratch() -> None:
    problem = problem_of(line_cells())
    assert problem.line is not None
    assert (problem.line.slope, problem.line.intercept, problem.line.r) == pytest.approx((0.8, -1.0, 1.0))
    assert (problem.through, problem.line.points) == ("scratch", MIN_POINTS)
    robust = {(each.cell.model, each.cell.arm.objective): each.robustness for each in problem.cells}
    on_it = [robust[f"m{i}", "scratch"] for i in range(MIN_POINTS)]
    assert on_it == pytest.approx([0.0] * MIN_POINTS, abs=1e-9)
    assert robust["m0", "simclr"] == pytest.approx(0.05)
    beyond = [robust["m1", "simclr"], robust["pixels", "scratch"]]
    assert beyond == [None, None], "the line has no expectation beyond its range"


def test_with_few_scratch_cells_the_line_goes_through_all() -> None:
    clean = np.linspace(0.5, 0.8, MIN_POINTS)
    problem = problem_of([(pretraining_cell(f"m{i}"), shifted(float(score))) for i, score in enumerate(clean)])
    assert problem.line is not None
    assert problem.through == "all"
    few = problem_of([(pretraining_cell(f"m{i}"), shifted(float(score))) for i, score in enumerate(clean[1:])])
    assert (few.line, {each.robustness for each in few.cells}) == (None, {None})


def test_the_finding_has_a_row_a_cell_the_best_first_and_a_figure_of_the_line() -> None:
    finding = generalisation(evidence(line_cells(), shifts=SHIFTS))
    rows = finding.tables()["cells"].rows
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert (rows[0]["model"], rows[0]["shifts"]["blur"]) == ("m1", {1: 0.5, 5: 0.3})
    assert (rows[0]["shifted_blur"], rows[0]["drop_low"], rows[0]["train"]) == (pytest.approx(0.4), None, None)
    (problem,) = finding.tables()["problems"].rows
    assert (problem["through"], problem["line_cells"], problem["r"]) == ("scratch", MIN_POINTS, pytest.approx(1.0))
    assert problem["robustness"] == pytest.approx(0.05)
    _, section = finding.sections
    assert section.subject == "task digits"
    (figure,) = section.figures
    assert isinstance(figure, Scatter)
    assert {objective: len(points) for objective, points in figure.groups.items()} == {"simclr": 2, "scratch": 9}
    assert any("0.050 of 1 cell" in sentence for sentence in finding.summary)


def test_without_records_there_is_no_section() -> None:
    assert generalisation(Evidence(Recorder().store, [cell(pretraining_cell())])).sections == ()
