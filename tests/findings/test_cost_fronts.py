"""Cost fronts: which costs are compared, which cells are on a front, and the figures of the finding."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.findings.base import Scatter, Section
from harness.findings.board_rows import BoardRow
from harness.findings.cost_fronts import cost_fronts
from harness.findings.costs import COSTS, fronts, pretraining_flops
from harness.findings.evidence import Evidence
from tests.findings.records import Recorder, cell, pretraining_cell

CELL = cell(pretraining_cell())
ROW = BoardRow(
    cell=CELL, status="ok", n=3, metric="accuracy", score=0.5, score_low=0.4, score_high=0.6, score_margin=0.1,
    hardware="one", workers=1, latency_ms=1.0, parameters=100.0,
)  # fmt: skip
SCRATCH = replace(ROW, cell=cell(pretraining_cell(objective="scratch")))
LATENCY, PARAMETERS = COSTS["latency"], COSTS["parameters"]


def test_machines_are_never_mixed_where_a_cost_is_measured() -> None:
    rows = [ROW, replace(ROW, hardware="two", latency_ms=9.0), replace(ROW, latency_ms=None)]
    by_machine = fronts(rows, LATENCY)
    assert [(each.machine, len(each.cells), each.unpriced) for each in by_machine] == [
        (("one", 1), 1, 1),
        (("two", 1), 1, 1),
    ]
    assert [(each.machine, len(each.cells)) for each in fronts(rows, PARAMETERS)] == [(None, 3)]


def test_the_highest_mean_is_named_where_it_is_not_on_the_front() -> None:
    best = replace(ROW, score=0.9)
    unpriced, elsewhere = replace(best, latency_ms=None), replace(best, hardware="two")
    (without,) = fronts([ROW, unpriced], LATENCY)
    assert without.highest == unpriced
    one, two = fronts([ROW, elsewhere], LATENCY)
    assert (one.highest, one.elsewhere, one.unpriced) == (elsewhere, 1, 0)
    assert (two.highest, two.elsewhere) == (None, 1)
    (whole,) = fronts([ROW, best, replace(ROW, latency_ms=None, score=0.9)], LATENCY)
    assert whole.highest is None


def test_more_throughput_is_better() -> None:
    rows = [replace(ROW, pretrain_examples_per_s=speed) for speed in (3.0, 9.0)]
    (front,) = fronts(rows, COSTS["throughput"])
    assert [(each.cost, each.front) for each in front.cells] == [(9.0, True), (3.0, False)]


def test_cells_that_see_labels_or_have_no_score_are_excluded() -> None:
    assert fronts([replace(ROW, labelled=True), replace(ROW, score=None)], PARAMETERS) == []


def test_without_an_interval_no_cell_is_surely_dominated() -> None:
    rows = [replace(ROW, score=0.9, score_low=None, score_high=None), replace(ROW, parameters=200.0)]
    (front,) = fronts(rows, PARAMETERS)
    assert [each.surely_dominated for each in front.cells] == [False, False]


@pytest.mark.parametrize(
    ("arm", "flops", "expected"),
    [
        ({"objective": "scratch"}, None, 0.0),
        ({"steps": 4, "batch": 8}, 10.0, 3 * 10 * 4 * 8),
        ({"steps": 4, "batch": 8}, None, None),
        ({"objective": "published", "steps": 0}, 10.0, None),
    ],
)
def test_flops_are_counted_where_all_factors_are_known(
    arm: dict[str, Any], flops: float | None, expected: float | None
) -> None:
    assert pretraining_flops(replace(ROW, cell=cell(pretraining_cell(**arm)), pretrain_flops=flops)) == expected


def test_scratch_takes_no_time_of_pretraining() -> None:
    assert COSTS["time"].of(replace(SCRATCH, pretrain_s=0.3)) == 0.0


def evidence() -> Evidence:
    """Three seeds of scratch (0.5 right, 1 ms), of a better cell (0.9, 20 ms), and of a dominated one (0.1, 30 ms)."""
    recorder, cells = Recorder(), []
    for objective, share, latency in (("scratch", 0.5, 1.0), ("simclr", 0.9, 20.0), ("vae", 0.1, 30.0)):
        cells.append(cell(pretraining_cell(objective=objective)))
        for seed in range(3):
            right = np.random.default_rng(seed).random((1, 400)) < share
            recorder.add(cells[-1], seed, right, meters={"latency_ms": latency * (1 + 0.1 * seed), "workers": 2})
    return Evidence(recorder.store, cells)


def test_the_finding_has_all_cells_and_those_on_the_front() -> None:
    finding = cost_fronts(evidence())
    tables = {name: [row for row in table.rows if row["cost"] == "latency"] for name, table in cost_tables().items()}
    assert [(row["objective"], row["value"], row["front"], row["surely_dominated"]) for row in tables["cells"]] == [
        ("scratch", pytest.approx(1.1), True, False),
        ("simclr", pytest.approx(22.0), True, False),
        ("vae", pytest.approx(33.0), False, True),
    ]
    assert [(row["number"], row["arm"]) for row in tables["fronts"]] == [(1, "scratch"), (2, "simclr on glyphs")]
    (overview,) = tables["overview"]
    gap = overview["best_score"] - overview["cheapest_score"]
    assert (overview["gap"], overview["decided"], overview["cells"]) == (pytest.approx(gap), True, 3)
    assert overview["gap_low"] < gap < overview["gap_high"]
    assert len(finding.summary) == 2


def cost_tables() -> dict[str, Any]:
    return cost_fronts(evidence()).tables()


def test_the_spread_between_seeds_has_a_row_a_meter() -> None:
    (row,) = cost_tables()["spreads"].rows
    assert (row["meter"], row["machine"], row["cells"]) == ("latency_ms", "a test, 2 workers", 3)
    assert (row["median"], row["largest"]) == (pytest.approx(1.2), pytest.approx(1.2))


def test_a_section_belongs_to_its_task_and_draws_its_front() -> None:
    sections: list[Section] = [each for each in cost_fronts(evidence()).sections if "latency" in each.title]
    (section,) = sections
    assert section.subject == "task digits"
    (figure,) = section.figures
    assert isinstance(figure, Scatter)
    assert figure.x.log
    assert figure.curve == [
        (pytest.approx(1.1), pytest.approx(0.5, abs=0.1)),
        (pytest.approx(22.0), pytest.approx(0.9, abs=0.1)),
    ]
    points = {objective: points[0] for objective, points in figure.groups.items()}
    assert [(each.name, each.faint) for each in points.values()] == [("1", False), ("2", False), ("", True)]


def test_without_records_there_is_no_section() -> None:
    finding = cost_fronts(Evidence(Recorder().store, [CELL]))
    assert (len(finding.summary), finding.sections) == (1, ())
