"""The front: who is on it, who surely is not, and what costs are compared."""

from typing import Any

import numpy as np
import pytest
from harness.findings.pareto import COSTS, fronts, on_front, pretraining_flops, surely_dominated
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.spread import Spread

CELLS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30)
ROW: dict[str, Any] = {
    "task": "digits", "shape": "1x8x8", "protocol": "linear", "shots": 5, "steps": None, "batch": None,
    "precision": "fp32", "model": "net", "objective": "simclr", "labelled": False, "score": 0.5, "score_low": 0.4,
    "score_high": 0.6, "hardware": "one", "workers": 1, "latency_ms": 1.0, "parameters": 100.0,
}  # fmt: skip


def axes(cells: list[tuple[int, int, int]]) -> list[np.ndarray]:
    return [np.array(axis, dtype=float) for axis in zip(*cells, strict=True)]


def beats(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one[:2] != other[:2]


@given(CELLS)
def test_nobody_on_the_front_is_beaten_and_everybody_else_is_by_somebody_on_it(
    cells: list[tuple[int, int, int]],
) -> None:
    costs, scores, _ = axes(cells)
    found = on_front(costs, scores)
    front = [cell for cell, on in zip(cells, found, strict=True) if on]
    for cell, on in zip(cells, found, strict=True):
        assert on != any(beats(other, cell) for other in front)
        assert on != any(beats(other, cell) for other in cells)


@given(CELLS)
def test_sure_is_what_enumeration_finds_and_never_on_the_front(cells: list[tuple[int, int, int]]) -> None:
    costs, scores, margins = axes(cells)
    found = surely_dominated(costs, scores - margins, scores + margins)
    for cell, sure in zip(cells, found, strict=True):
        assert sure == any(o[0] <= cell[0] and o[1] - o[2] > cell[1] + cell[2] for o in cells)
    assert not (found & on_front(costs, scores)).any()


def test_ten_thousand_cells_take_no_time() -> None:
    costs, scores = np.random.default_rng(0).random((2, 10_000))
    assert on_front(costs, scores).sum() < 100


def test_machines_are_never_mixed_where_a_cost_is_measured() -> None:
    rows = [ROW, ROW | {"hardware": "two", "latency_ms": 9.0}, ROW | {"latency_ms": None}]
    found = fronts(rows, "latency")
    assert [(each.machine, len(each.cells), each.unpriced) for each in found] == [
        (("one", 1), 1, 1),
        (("two", 1), 1, 1),
    ]
    assert [(each.machine, len(each.cells)) for each in fronts(rows, "parameters")] == [(None, 3)]


def test_the_highest_mean_is_named_where_a_front_leaves_it_out() -> None:
    best = ROW | {"model": "best", "score": 0.9}
    dear, elsewhere = best | {"latency_ms": None}, best | {"hardware": "two"}
    (without,) = fronts([ROW, dear], "latency")
    assert without.highest == dear
    one, two = fronts([ROW, elsewhere], "latency")
    assert (one.highest, one.elsewhere, one.unpriced) == (elsewhere, 1, 0)
    assert (two.highest, two.elsewhere) == (None, 1)
    (whole,) = fronts([ROW, best, ROW | {"latency_ms": None, "score": 0.9}], "latency")
    assert whole.highest is None


def test_each_front_has_the_spread_of_its_meter_and_machine() -> None:
    known = Spread(1.2, 2.0, 7)
    rows = [ROW | {"pretrain_s": 1.0}, ROW | {"hardware": "two", "pretrain_s": 2.0}]
    found = {cost: fronts(rows, cost, {("pretrain_s", ("one", 1)): known}) for cost in ("time", "latency", "flops")}
    assert {cost: [front.spread for front in each] for cost, each in found.items()} == {
        "time": [known, None],
        "latency": [None, None],
        "flops": [],
    }


def test_of_throughput_more_is_better() -> None:
    rows = [ROW | {"pretrain_examples_per_s": speed, "score": score} for speed, score in ((9.0, 0.5), (3.0, 0.5))]
    (found,) = fronts(rows, "throughput")
    assert [(each.cost, each.front) for each in found.cells] == [(9.0, True), (3.0, False)]


def test_what_sees_labels_or_has_no_score_is_left_out() -> None:
    assert fronts([ROW | {"labelled": True}, ROW | {"score": None}], "parameters") == []


def test_without_an_interval_nothing_is_sure() -> None:
    rows = [ROW | {"score": 0.9, "score_low": None, "score_high": None}, ROW | {"parameters": 200.0}]
    (found,) = fronts(rows, "parameters")
    assert [each.surely_dominated for each in found.cells] == [False, False]


@pytest.mark.parametrize(
    ("more", "flops"),
    [
        ({"objective": "scratch"}, 0.0),
        ({"pretrain_flops": 10.0, "pretrain_steps": 4, "pretrain_batch": 8}, 3 * 10 * 4 * 8),
        ({"pretrain_flops": 10.0, "pretrain_steps": 4}, None),
        ({"objective": "published", "pretrain_flops": 10.0, "pretrain_steps": 0, "pretrain_batch": 8}, None),
    ],
)
def test_flops_are_counted_where_all_is_known(more: dict[str, Any], flops: float | None) -> None:
    assert pretraining_flops(ROW | more) == flops


def test_scratch_waits_for_no_pretraining() -> None:
    assert COSTS["time"].of(ROW | {"objective": "scratch", "pretrain_s": 0.3}) == 0.0
    with pytest.raises(KeyError):
        fronts([ROW], "money")
