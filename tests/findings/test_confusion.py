"""Confusion matrices, summed over trials."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.base import Finding, HeatMap
from harness.findings.confusion import MOST_CLASSES, MOST_PAIRS, confusion, confusion_of, confusions
from harness.findings.evidence import Evidence
from harness.findings.registry_facts import RegistryFacts
from harness.metrics.image_classification import packed
from tests.findings.changed import answers
from tests.findings.panels import PANEL, features, inspect
from tests.findings.records import Recorder, cell, pretraining_cell

COUNTS = np.array([[6, 3, 1], [0, 10, 0], [2, 2, 16]])


def sidecar(counts: Any = COUNTS, **more: Any) -> dict[str, Any]:
    return {"confusion": packed(np.asarray(counts)), **more}


def test_trials_are_summed_up() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    records = [
        recorder.add(where, seed, sidecar=sidecar(COUNTS * (seed + 1), classes=list("abc"))) for seed in range(2)
    ]
    stored = {record.seed: record for record in recorder.store.all()}
    (result, none) = confusions(recorder.store, [[stored[record.seed] for record in records], []], {})
    assert none is None
    assert result is not None
    assert np.array_equal(result.counts, 3 * COUNTS)
    assert (result.names, result.trials) == (("a", "b", "c"), 2)
    assert result.shares[2].tolist() == [0.1, 0.1, 0.8]


def test_the_pairs_with_the_most_mistakes_come_first() -> None:
    result = confusion_of([sidecar()])
    assert result is not None
    pairs = [(each.true, each.predicted, each.share, each.of_errors) for each in result.pairs(3)]
    assert pairs == [(0, 1, 0.3, 3 / 8), (2, 0, 0.1, 2 / 8), (2, 1, 0.1, 2 / 8)]
    assert len(result.pairs(100)) == 4, "no pair without a mistake"


def test_without_mistakes_there_is_no_pair() -> None:
    result = confusion_of([sidecar(np.diag([3, 0]))])
    assert result is not None
    assert result.pairs(5) == []
    assert result.shares[1].tolist() == [0, 0], "a class without examples"


@pytest.mark.parametrize("result", [[], [{}], [{"correct": {}}], [sidecar(), sidecar([[1, 0], [0, 1]])]])
def test_without_one_size_of_matrix_there_is_none(result: list[dict[str, Any]]) -> None:
    assert confusion_of(result) is None


@pytest.mark.parametrize("names", [None, [], ["a"], list("abcd")])
def test_names_that_do_not_fit_are_none(names: list[str] | None) -> None:
    result = confusion_of([sidecar(classes=names)])
    assert result is not None
    assert result.names is None


def test_known_names_are_used_for_records_without_names() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    spec = {"task": {"name": "digits", "fingerprint": "f"}}
    recorder.add(where, 0, spec=spec, sidecar=sidecar())
    (record,) = recorder.store.all()
    for known, names in (("abc", tuple("abc")), ("ab", None)):
        (result,) = confusions(recorder.store, [[record]], {"f": tuple(known)})
        assert result is not None
        assert result.names == names
    (other,) = confusions(recorder.store, [[record]], {"g": tuple("abc")})
    assert other is not None
    assert other.names is None, "names of other data are not used"
    own = confusion_of([sidecar(classes=list("xyz"))], tuple("abc"))
    assert own is not None
    assert own.names == tuple("xyz")


def test_names_that_differ_are_none() -> None:
    result = confusion_of([sidecar(classes=list("abc")), sidecar(classes=list("abd"))])
    assert result is not None
    assert result.names is None


@given(st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4))
def test_shares_of_pairs_add_up(rows: list[list[int]]) -> None:
    result = confusion_of([sidecar(rows)])
    assert result is not None
    total = np.sum(rows) - np.trace(rows)
    assert sum(each.of_errors for each in result.pairs(16)) == pytest.approx(1 if total else 0)
    sums = result.shares.sum(axis=1)
    assert np.allclose(sums, [1.0 if sum(row) else 0.0 for row in rows])


def square(classes: int = 3, **more: Any) -> dict[str, Any]:
    counts = np.random.default_rng(0).integers(1, 9, (classes, classes)) + 20 * np.eye(classes, dtype=np.int64)
    return {"confusion": packed(counts), **more}


def of_best(classes: int = 3, shares: dict[str, float] | None = None) -> Finding:
    recorder, cells = Recorder(), []
    for name, share in (shares or {"one": 0.5, "two": 0.8, "control": 0.9}).items():
        cells.append(cell(pretraining_cell(name)))
        for seed in range(2):
            recorder.add(cells[-1], seed, answers(share, seed), sidecar=square(classes))
    return confusion(Evidence(recorder.store, cells, RegistryFacts(controls={"control"})))


def test_a_problem_shows_its_best_cell_without_controls() -> None:
    result = of_best()
    (section,) = result.sections
    assert (section.title, section.subject) == ("digits: linear probe, 5 shots", "task digits")
    assert section.note.startswith("two, simclr on glyphs: best of 2 cells, 2 seeds.")
    (heat,) = section.figures
    assert isinstance(heat, HeatMap)
    assert heat.diagonal
    assert [sum(value or 0 for value in row) for row in heat.values] == [pytest.approx(1)] * 3
    tables = result.tables()
    matrix = confusion_of([square(), square()])
    assert matrix is not None
    assert [row["count"] for row in tables["matrix"].rows] == matrix.counts.ravel().tolist()
    assert {(row["model"], row["trials"]) for row in tables["pairs"].rows} == {("two", 2)}
    assert [row["share"] for row in tables["pairs"].rows] == [pair.share for pair in matrix.pairs(6)]
    assert len(result.summary) == 2


def test_a_pretraining_with_labels_is_excluded() -> None:
    recorder, cells = Recorder(), []
    for objective, share in (("simclr", 0.5), ("supervised", 0.9)):
        cells.append(cell(pretraining_cell("one", objective)))
        recorder.add(cells[-1], 0, answers(share, 0), sidecar=square())
    facts = RegistryFacts(labelled={"supervised"})
    (section,) = confusion(Evidence(recorder.store, cells, facts)).sections
    assert "best of 1 cell," in section.note
    assert not confusion(Evidence(recorder.store, cells[1:], facts)).sections


def test_class_names_come_from_the_panel_of_the_same_task() -> None:
    recorder = Recorder()
    probe, inspected = cell(pretraining_cell()), cell(pretraining_cell(), protocol="knn")
    recorder.add(probe, 0, answers(0.5, 0), sidecar=square(2))
    inspect(recorder, inspected, 0, features(0))
    named, numbered = (
        confusion(Evidence(recorder.store, cells)).sections[0].figures[0] for cells in ([probe, inspected], [probe])
    )
    assert isinstance(named, HeatMap)
    assert isinstance(numbered, HeatMap)
    assert (list(named.rows), list(numbered.rows)) == (PANEL["classes"], ["0", "1"])


def test_a_matrix_of_many_classes_is_not_drawn() -> None:
    few, many = of_best(MOST_CLASSES), of_best(MOST_CLASSES + 1)
    assert few.sections[0].figures
    assert not many.sections[0].figures
    assert len(many.tables()["pairs"].rows) == MOST_PAIRS
    assert "matrix" not in many.tables()


def test_without_a_recorded_matrix_there_is_no_section() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    recorder.add(where, 0, answers(0.5, 0))
    result = confusion(Evidence(recorder.store, [where]))
    assert not result.sections
    assert result.summary
    assert not of_best(shares={"control": 0.9}).sections
