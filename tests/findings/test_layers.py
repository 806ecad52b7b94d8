"""The change of layers by fine-tuning, over seeds."""

import pytest
from scipy import stats

from harness.findings.base import HeatMap
from harness.findings.evidence import Evidence
from harness.findings.layers import layers, layers_of_cells
from tests.findings.panels import features, inspect
from tests.findings.records import Recorder, cell, pretraining_cell

TUNED = cell(pretraining_cell(), protocol="finetune", steps=3, batch=4)


def evidence() -> Evidence:
    recorder = Recorder()
    for seed, value in enumerate((0.9, 0.7)):
        own = [("z", value), ("a", 0.5 if seed else None), ("dead", None)]
        inspect(recorder, TUNED, seed, features(seed), layers=own)
    return Evidence(recorder.store, [TUNED, cell(pretraining_cell())])


def test_layers_keep_their_order_and_have_intervals_over_seeds() -> None:
    ((first, other),) = layers_of_cells(evidence()).values()
    assert (first.name, first.n) == ("z", 2)
    assert first.cka == pytest.approx(0.8)
    assert (other.name, other.n, other.cka, other.low) == ("a", 1, 0.5, None)
    wanted = stats.ttest_1samp([0.9, 0.7], 0).confidence_interval(0.95)
    assert wanted.high > 1
    assert first.low == pytest.approx(float(wanted.low))
    assert first.high == 1


def test_rows_and_figure_hold_the_same_values() -> None:
    result = layers(evidence())
    (section,) = result.sections
    rows = result.tables()["rows"].rows
    assert [(row["model"], row["task"], row["layer"], row["n"], row["high"]) for row in rows] == [
        ("net", "digits", "z", 2, 1.0),
        ("net", "digits", "a", 1, None),
    ]
    (heat,) = section.figures
    assert isinstance(heat, HeatMap)
    assert heat.values == [[row["cka"] for row in rows]]
    assert section.subject == "model net"
    assert "layer a of net" in result.summary[1]
    assert "layer z of net" in result.summary[2]


def test_without_inspected_layers_there_is_no_section() -> None:
    recorder, probe = Recorder(), cell(pretraining_cell(), protocol="knn")
    inspect(recorder, probe, 0, features(0))
    result = layers(Evidence(recorder.store, [probe]))
    assert not result.sections
    assert result.summary
