"""Gaps, drops under shift, calibration and effective robustness."""

from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from harness.findings.cell_records import counted
from harness.findings.generalisation import ENOUGH, Facet, generalisations
from tests.findings.records import Recorder, cell, pretraining_cell

SHIFTS = {"blur": {"1": 0.5, "5": 0.3}, "noise": {"1": 0.4}}


def facets(pretrainings: list[tuple[dict[str, Any], list[dict[str, float]]]], **more: Any) -> list[Facet]:
    """Cells with these metrics by seed."""
    recorder, cells = Recorder(), []
    for pretraining, by_seed in pretrainings:
        cells.append(cell(pretraining))
        for seed, metrics in enumerate(by_seed):
            recorder.add(cells[-1], seed, metrics=metrics, **more)
    return generalisations(recorder.store, counted(recorder.store, cells), controls={"pixels"})


def test_a_cell_has_its_gap_and_drop_with_intervals_over_seeds() -> None:
    scores = [{"accuracy": 0.7, "train": 1.0, "shifted": 0.4, "nll": 0.5, "ece": 0.1},
              {"accuracy": 0.8, "train": 0.9, "shifted": 0.3, "nll": 0.7, "ece": 0.2}]  # fmt: skip
    ((each,),) = [facet.cells for facet in facets([(pretraining_cell(), scores)], shifts=SHIFTS)]
    wanted = stats.ttest_1samp([0.3, 0.1], 0).confidence_interval(0.95)
    assert each.gap is not None
    assert (each.gap.mean, each.gap.low, each.gap.high) == pytest.approx((0.2, wanted.low, wanted.high))
    assert each.drop is not None
    assert each.drop.mean == pytest.approx(0.4)
    assert (each.score, each.nll, each.ece) == pytest.approx((0.75, 0.6, 0.15))
    assert each.shifts == {"blur": {1: 0.5, 5: 0.3}, "noise": {1: 0.4}}


def test_what_was_not_recorded_is_none() -> None:
    ((each,),) = [facet.cells for facet in facets([(pretraining_cell(), [{"accuracy": 0.7}])])]
    assert (each.train, each.gap, each.drop, each.nll, each.shifts) == (None, None, None, None, {})


def test_one_seed_has_a_gap_without_an_interval() -> None:
    ((each,),) = [facet.cells for facet in facets([(pretraining_cell(), [{"accuracy": 0.7, "train": 1.0}])])]
    assert each.gap is not None
    assert (each.gap.mean, each.gap.low) == (pytest.approx(0.3), None)


def on_line(clean: float) -> float:
    return float(special.expit(0.8 * special.logit(clean) - 1.0))


def shifted(clean: float, more: float = 0.0) -> list[dict[str, float]]:
    return [{"accuracy": clean, "shifted": on_line(clean) + more}]


def test_robustness_is_what_lies_beyond_the_line_through_scratch() -> None:
    cells = [(pretraining_cell(f"m{i}", "scratch"), shifted(0.5 + 0.04 * i)) for i in range(ENOUGH)]
    cells += [(pretraining_cell("m0"), shifted(0.6, 0.05)), (pretraining_cell("m1"), shifted(0.95, 0.05))]
    cells += [(pretraining_cell("pixels", "scratch"), shifted(0.3, 0.4))]
    (facet,) = facets(cells)
    assert facet.line is not None
    assert (facet.line.slope, facet.line.intercept, facet.line.r) == pytest.approx((0.8, -1.0, 1.0))
    assert (facet.line.through, facet.line.cells) == ("scratch", ENOUGH)
    robust = [each.robustness for each in facet.cells]
    assert robust[:ENOUGH] == pytest.approx([0.0] * ENOUGH, abs=1e-9)
    assert robust[ENOUGH] == pytest.approx(0.05)
    assert robust[ENOUGH + 1 :] == [None, None], "beyond what the line was drawn through nothing is expected"


def test_with_few_scratch_cells_the_line_goes_through_all() -> None:
    clean = np.linspace(0.5, 0.8, ENOUGH)
    (facet,) = facets([(pretraining_cell(f"m{i}"), shifted(float(score))) for i, score in enumerate(clean)])
    assert facet.line is not None
    assert facet.line.through == "all"
    (few,) = facets([(pretraining_cell(f"m{i}"), shifted(float(score))) for i, score in enumerate(clean[1:])])
    assert (few.line, {each.robustness for each in few.cells}) == (None, {None})
