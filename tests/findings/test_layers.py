"""What fine-tuning does to layers, over seeds."""

import pytest
from scipy import stats

from harness.findings.evidence import Analysis
from tests.findings.panels import features, look
from tests.findings.records import Recorder, cell, pretraining_cell


def test_layers_keep_their_order_and_have_intervals_over_seeds() -> None:
    recorder, tuned = Recorder(), cell(pretraining_cell(), protocol="finetune", steps=3, batch=4)
    for seed, value in enumerate((0.9, 0.7)):
        look(recorder, tuned, seed, features(seed), layers=[("z", value), ("a", 0.5 if seed else None), ("dead", None)])
    (found,) = Analysis(recorder.store, [tuned, cell(pretraining_cell())]).layers
    assert [(layer.name, layer.n, layer.cka) for layer in found.layers] == [("z", 2, pytest.approx(0.8)), ("a", 1, 0.5)]
    wanted = stats.ttest_1samp([0.9, 0.7], 0).confidence_interval(0.95)
    assert wanted.high > 1
    assert (found.layers[0].low, found.layers[0].high) == (pytest.approx(wanted.low), 1)
    assert found.layers[1].low is None
