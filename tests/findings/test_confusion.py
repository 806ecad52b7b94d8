"""What is taken for what, summed over trials."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.confusion import confusion_of, confusions
from harness.metrics.image_classification import packed
from tests.findings.records import Recorder, cell, pretraining_cell

COUNTS = np.array([[6, 3, 1], [0, 10, 0], [2, 2, 16]])


def beside(counts: Any = COUNTS, **more: Any) -> dict[str, Any]:
    return {"confusion": packed(np.asarray(counts)), **more}


def test_trials_are_summed_up() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    records = [recorder.add(where, seed, beside=beside(COUNTS * (seed + 1), classes=list("abc"))) for seed in range(2)]
    stored = {record.seed: record for record in recorder.store.all()}
    (found, none) = confusions(recorder.store, [[stored[record.seed] for record in records], []], {})
    assert none is None
    assert found is not None
    assert np.array_equal(found.counts, 3 * COUNTS)
    assert (found.names, found.trials) == (("a", "b", "c"), 2)
    assert found.shares[2].tolist() == [0.1, 0.1, 0.8]


def test_the_pairs_with_the_most_mistakes_come_first() -> None:
    found = confusion_of([beside()])
    assert found is not None
    pairs = [(each.true, each.taken, each.share, each.of_errors) for each in found.pairs(3)]
    assert pairs == [(0, 1, 0.3, 3 / 8), (2, 0, 0.1, 2 / 8), (2, 1, 0.1, 2 / 8)]
    assert len(found.pairs(100)) == 4, "no pair without a mistake"


def test_without_mistakes_there_is_no_pair() -> None:
    found = confusion_of([beside(np.diag([3, 0]))])
    assert found is not None
    assert found.pairs(5) == []
    assert found.shares[1].tolist() == [0, 0], "a class without examples"


@pytest.mark.parametrize("found", [[], [{}], [{"correct": {}}], [beside(), beside([[1, 0], [0, 1]])]])
def test_where_nothing_is_recorded_there_is_none(found: list[dict[str, Any]]) -> None:
    assert confusion_of(found) is None


@pytest.mark.parametrize("names", [None, [], ["a"], list("abcd")])
def test_names_that_do_not_fit_are_none(names: list[str] | None) -> None:
    found = confusion_of([beside(classes=names)])
    assert found is not None
    assert found.names is None


def test_names_from_elsewhere_stand_where_records_have_none_and_they_fit() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    spec = {"task": {"name": "digits", "fingerprint": "f"}}
    recorder.add(where, 0, spec=spec, beside=beside())
    (record,) = recorder.store.all()
    for known, names in (("abc", tuple("abc")), ("ab", None)):
        (found,) = confusions(recorder.store, [[record]], {"f": tuple(known)})
        assert found is not None
        assert found.names == names
    (other,) = confusions(recorder.store, [[record]], {"g": tuple("abc")})
    assert other is not None
    assert other.names is None, "of other data nothing is said"
    own = confusion_of([beside(classes=list("xyz"))], tuple("abc"))
    assert own is not None
    assert own.names == tuple("xyz")


def test_names_that_differ_are_none() -> None:
    found = confusion_of([beside(classes=list("abc")), beside(classes=list("abd"))])
    assert found is not None
    assert found.names is None


@given(st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4))
def test_shares_of_pairs_add_up(rows: list[list[int]]) -> None:
    found = confusion_of([beside(rows)])
    assert found is not None
    total = np.sum(rows) - np.trace(rows)
    assert sum(each.of_errors for each in found.pairs(16)) == pytest.approx(1 if total else 0)
    sums = found.shares.sum(axis=1)
    assert np.allclose(sums, [1.0 if sum(row) else 0.0 for row in rows])
