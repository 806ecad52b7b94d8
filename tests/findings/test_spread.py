"""How much meters differ between seeds: within one machine, and a shared pretraining once."""

import pytest

from harness.cells import Cell
from harness.findings.cell_records import select_records
from harness.findings.spread import Spread, Spreads, spreads
from harness.store import Store
from tests.findings.records import Recorder, cell, pretraining_cell

ONE = ("a test", 2)
PRETRAINED = pretraining_cell()
SCRATCH = pretraining_cell(objective="scratch")
CELL, OTHER, CONTROL = cell(PRETRAINED), cell(PRETRAINED, protocol="knn"), cell(SCRATCH)


def filled(recorder: Recorder, where: Cell, latencies: list[float], times: list[float]) -> None:
    """A cell's trials by seed, each after a pretraining of the given seconds."""
    for seed, (latency, time) in enumerate(zip(latencies, times, strict=True)):
        parent = recorder.add(where.pretraining, seed, meters={"train_s": time, "workers": 2})
        meters = {"latency_ms": latency, "workers": 2}
        recorder.add(where, seed, metrics={"accuracy": 0.5}, spec={"parent": parent.key}, meters=meters)


def spreads_in(store: Store, *cells: Cell) -> Spreads:
    return spreads(select_records(store, cells), store)


def test_the_median_and_the_largest_are_over_cells() -> None:
    recorder = Recorder()
    filled(recorder, CELL, [1.0, 2.0, 1.5], [10.0, 30.0, 20.0])
    filled(recorder, CONTROL, [1.0, 4.0, 2.0], [0.1, 90.0, 0.1])
    ratios = spreads_in(recorder.store, CELL, CONTROL)
    assert ratios == {
        ("latency_ms", ONE): Spread(median=3.0, largest=4.0, cells=2),
        ("pretrain_s", ONE): Spread(median=3.0, largest=3.0, cells=1),
    }, "scratch has no time of pretraining"


def test_a_pretraining_of_several_cells_counts_once() -> None:
    recorder = Recorder()
    filled(recorder, CELL, [1.0, 2.0], [10.0, 30.0])
    filled(recorder, OTHER, [1.0, 2.0], [10.0, 30.0])
    ratios = spreads_in(recorder.store, CELL, OTHER)
    assert (ratios["latency_ms", ONE].cells, ratios["pretrain_s", ONE].cells) == (2, 1)


@pytest.mark.parametrize("latencies", [[1.0], [1.0, 0.0]])
def test_one_figure_has_no_spread(latencies: list[float]) -> None:
    recorder = Recorder()
    filled(recorder, CELL, latencies, [1.0] * len(latencies))
    assert ("latency_ms", ONE) not in spreads_in(recorder.store, CELL)


def test_only_the_newest_machine_counts() -> None:
    recorder = Recorder()
    filled(recorder, CELL, [1.0, 9.0, 1.0], [1.0, 9.0, 1.0])
    for seed, latency in enumerate([3.0, 6.0]):
        recorder.add(CELL, seed, metrics={"accuracy": 0.5}, meters={"latency_ms": latency, "workers": 4})
    assert spreads_in(recorder.store, CELL) == {("latency_ms", ("a test", 4)): Spread(median=2.0, largest=2.0, cells=1)}


def test_no_record_has_no_spread() -> None:
    assert spreads_in(Recorder().store, CELL) == {}
