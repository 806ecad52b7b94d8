"""Whose neighbours are shown, and how many are of the right class."""

import pytest

from harness.findings.evidence import Analysis
from harness.findings.registry_facts import Entries
from tests.findings.panels import NEIGHBOURS, PANEL, features, look
from tests.findings.records import Recorder, cell, pretraining_cell

ENTRIES = Entries(controls={"pixels"}, labelled={"supervised"})


def analysis(panel: dict[str, object] = PANEL) -> Analysis:
    recorder, cells = Recorder(), []
    scores = {("net", "scratch"): 0.3, ("net", "simclr"): 0.6, ("net", "vicreg"): 0.5, ("net", "supervised"): 0.9,
              ("pixels", "simclr"): 0.95, ("other", "scratch"): 0.7}  # fmt: skip
    for (model, objective), score in scores.items():
        cells.append(cell(pretraining_cell(model, objective), protocol="knn"))
        for seed in (1, 2):
            look(recorder, cells[-1], seed, features(seed), panel, accuracy=score)
    return Analysis(recorder.store, cells, ENTRIES)


def test_the_best_pretraining_without_labels_stands_beside_scratch_of_its_encoder() -> None:
    (found,) = analysis().neighbours
    shown = [(each.cell["pretraining"]["model"], each.cell["pretraining"]["objective"]) for each in found.cells]
    assert shown == [("net", "simclr"), ("net", "scratch")]
    assert {name: found.panel[name] for name in PANEL} == PANEL
    best = found.cells[0]
    assert (best.seed, best.n, best.neighbours) == (1, 2, NEIGHBOURS)
    assert best.right == pytest.approx(0.75)


def test_without_classes_there_is_no_right() -> None:
    (found,) = analysis(PANEL | {"classes": [], "queries": [None, None], "gallery": [None] * 3}).neighbours
    assert [each.right for each in found.cells] == [None, None]
