"""By how much meters differ between seeds: within one machine, and a shared pretraining once."""

from typing import Any

import pytest

from harness.findings.cell_records import counted
from harness.findings.spread import Spread, spreads
from harness.store import Store
from tests.findings.records import Recorder, cell, pretraining_cell

ONE = ("a test", 2)
PRETRAINED = pretraining_cell()
SCRATCH = pretraining_cell(objective="scratch")
CELL, OTHER, CONTROL = cell(PRETRAINED), cell(PRETRAINED, protocol="knn"), cell(SCRATCH)


def filled(recorder: Recorder, where: dict[str, Any], latencies: list[float], times: list[float]) -> None:
    """A cell's trials by seed, each after a pretraining that took so long."""
    for seed, (latency, time) in enumerate(zip(latencies, times, strict=True)):
        parent = recorder.add(where["pretraining"], seed, meters={"train_s": time, "workers": 2})
        meters = {"latency_ms": latency, "workers": 2}
        recorder.add(where, seed, metrics={"accuracy": 0.5}, spec={"parent": parent.key}, meters=meters)


def found_in(store: Store, *cells: dict[str, Any]) -> Any:
    return spreads(counted(store, cells), store)


def test_the_middle_and_the_most_are_over_cells() -> None:
    recorder = Recorder()
    filled(recorder, CELL, [1.0, 2.0, 1.5], [10.0, 30.0, 20.0])
    filled(recorder, CONTROL, [1.0, 4.0, 2.0], [0.1, 90.0, 0.1])
    found = found_in(recorder.store, CELL, CONTROL)
    assert found == {
        ("latency_ms", ONE): Spread(middle=3.0, most=4.0, cells=2),
        ("pretrain_s", ONE): Spread(middle=3.0, most=3.0, cells=1),
    }, "of scratch no time is shown, so that its spread is none of this cost"


def test_a_pretraining_counts_once_however_many_cells_share_it() -> None:
    recorder = Recorder()
    filled(recorder, CELL, [1.0, 2.0], [10.0, 30.0])
    filled(recorder, OTHER, [1.0, 2.0], [10.0, 30.0])
    found = found_in(recorder.store, CELL, OTHER)
    assert (found["latency_ms", ONE].cells, found["pretrain_s", ONE].cells) == (2, 1)


@pytest.mark.parametrize("latencies", [[1.0], [1.0, 0.0]])
def test_one_figure_has_no_spread(latencies: list[float]) -> None:
    recorder = Recorder()
    filled(recorder, CELL, latencies, [1.0] * len(latencies))
    assert ("latency_ms", ONE) not in found_in(recorder.store, CELL)


def test_only_what_the_newest_machine_measured_counts() -> None:
    recorder = Recorder()
    filled(recorder, CELL, [1.0, 9.0, 1.0], [1.0, 9.0, 1.0])
    for seed, latency in enumerate([3.0, 6.0]):
        recorder.add(CELL, seed, metrics={"accuracy": 0.5}, meters={"latency_ms": latency, "workers": 4})
    assert found_in(recorder.store, CELL) == {("latency_ms", ("a test", 4)): Spread(middle=2.0, most=2.0, cells=1)}


def test_no_record_has_no_spread() -> None:
    assert found_in(Recorder().store, CELL) == {}
