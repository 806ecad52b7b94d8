"""Preparing data: once, under a lock, checked, without test labels, and without what a corpus leaves out."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import TEST, DataError, prepared
from harness.data.prepared import prepare_corpus, prepare_task, subset
from harness.data.rows import content
from tests.data.sources import corpus, corpus_spec, spec, task


def built(cache: Path) -> list[str]:
    """The folders of a cache, hidden ones too."""
    return sorted(path.name for path in (cache / "data").iterdir() if path.is_dir())


def test_a_task_comes_back_without_its_test_labels(tmp_path: Path) -> None:
    wanted = task((1, 4, 4))
    found = prepare_task(spec("task"), tmp_path)
    test = wanted.split == TEST
    assert np.array_equal(found.examples, wanted.examples)
    assert np.array_equal(found.labels[~test], wanted.labels[~test])
    assert (found.labels[test] == -1).all()
    labels, groups, classes = prepared.test_labels(spec("task"), tmp_path)
    assert classes == wanted.classes
    assert np.array_equal(labels, wanted.labels[test])
    assert np.array_equal(groups, wanted.groups[test])
    assert found.classes == wanted.classes


def test_the_scorer_prepares_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="prepared data of 'task' are gone; sweep again"):
        prepared.test_labels(spec("task"), tmp_path)


def test_data_are_prepared_once_however_many_ask(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    wanted = spec("task", calls=str(calls))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: prepare_task(wanted, tmp_path), range(6)))
    assert all(np.array_equal(one.examples, found[0].examples) for one in found)
    assert calls.read_text() == "called\n"


def test_another_fingerprint_is_other_data(tmp_path: Path) -> None:
    one, other = (prepare_task(spec("task", seed=seed), tmp_path) for seed in (0, 1))
    assert not np.array_equal(one.examples, other.examples)
    assert len(built(tmp_path)) == 2


def test_preparing_that_breaks_leaves_nothing_behind_and_may_be_tried_again(tmp_path: Path, monkeypatch) -> None:
    def broken(place: Path, array: np.ndarray) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", broken)
        with pytest.raises(OSError, match="no space"):
            prepare_task(spec("task"), tmp_path)
    assert built(tmp_path) == []
    assert len(prepare_task(spec("task"), tmp_path).examples) == 600


@pytest.mark.parametrize(
    ("attr", "message"),
    [
        ("failing", "'failing' .*KeyError: 'a column'"),
        ("without_file", "faces.zip: no such file; download it"),
        ("no_such_source", "'no-such-source' .*AttributeError"),
        ("floating", "examples are float64 .*have to be uint8"),
        ("flat", r"examples are uint8 \(600, 4, 4\), and have to be uint8 \(N, 1, 4, 4\)"),
        ("nothing", r"'nothing' .*: returned NoneType, and has to return TaskArrays"),
        ("empty", "'empty': holds no examples"),
        ("beyond", "labels go from 1 to 3, and there are 3 classes"),
        ("fewer_labels", r"labels are int64 \(599,\), and have to be integers \(600,\)"),
        ("untested_class", r"class 1 \('b'\) has no test examples; that is what its kind 'image-classification' asks"),
    ],
)
def test_a_broken_task_is_named_with_what_is_wrong(attr: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        prepare_task(spec(attr), tmp_path)
    assert built(tmp_path) == []


@pytest.mark.parametrize("attr", ["all_heldout", "none_heldout"])
def test_a_corpus_has_both_parts(attr: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="held-out part has to be some of the 20"):
        prepare_corpus(corpus_spec(spec(attr)), tmp_path)


def test_a_fraction_that_is_no_example_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'corpus': fraction = 1e-05 of its \d+ examples is none"):
        prepare_corpus(corpus_spec(spec("corpus"), fraction=1e-5), tmp_path)


def test_what_a_corpus_leaves_out_is_gone_to_the_last_picture(tmp_path: Path) -> None:
    excluded = prepare_task(spec("task"), tmp_path)
    tested = set(content(excluded.examples[excluded.split == TEST]))
    found = prepare_corpus(corpus_spec(spec("corpus"), (spec("task"),)), tmp_path)
    kept = [*content(found.examples), *content(found.heldout_examples)]
    assert not tested & set(kept)
    assert len(kept) == 600 - len(tested)
    assert found.facts["left_out"] == found.facts["overlap"]["task"] == len(tested)
    assert found.facts["examples"] == len(kept)
    assert found.facts["heldout"] == len(found.heldout_examples)


def test_labels_stay_with_their_pictures_through_it_all(tmp_path: Path) -> None:
    source = corpus((1, 4, 4))
    label_of = dict(zip(content(source.examples), source.labels.tolist(), strict=True))
    found = prepare_corpus(corpus_spec(spec("corpus"), (spec("task"),), fraction=0.3), tmp_path)
    assert found.labels is not None
    assert [label_of[digest] for digest in content(found.examples)] == found.labels.tolist()
    assert [label_of[digest] for digest in content(found.heldout_examples)] == found.heldout_labels.tolist()


def test_a_corpus_without_labels_has_none(tmp_path: Path) -> None:
    found = prepare_corpus(corpus_spec(spec("corpus", labelled=False)), tmp_path)
    assert found.labels is None
    assert found.heldout_labels is None
    assert found.classes == 0


def test_a_picture_held_out_in_one_place_is_trained_on_in_none(tmp_path: Path) -> None:
    found = prepare_corpus(corpus_spec(spec("doubled_corpus")), tmp_path)
    assert not set(content(found.examples)) & set(content(found.heldout_examples))
    assert len(found.heldout_examples) == 43


@pytest.mark.parametrize(("heldout", "part"), [(True, "held-out"), (False, "training")])
def test_a_corpus_that_is_left_out_whole_says_so(heldout: bool, part: str, tmp_path: Path) -> None:
    wanted = corpus_spec(spec("covered", heldout=heldout), (spec("task"),))
    with pytest.raises(DataError, match=f"no {part} example is left after its excludes"):
        prepare_corpus(wanted, tmp_path)


def test_test_labels_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    prepare_task(spec("task"), tmp_path)
    (folder,) = (tmp_path / "data").glob("task-*/")
    labels = np.load(folder / "labels.npy")
    split = np.load(folder / "split.npy")
    assert (labels[split == TEST] == -1).all()
    assert set(json.loads((folder / "facts.json").read_text())) == {"classes", "facts"}


@given(st.integers(1, 400), st.floats(0.001, 1), st.floats(0.001, 1), st.text(max_size=5))
def test_fractions_are_nested(count: int, one: float, other: float, name: str) -> None:
    rows = np.arange(1000, 1000 + count)
    smaller, larger = (subset(rows, fraction, name) for fraction in sorted((one, other)))
    assert set(smaller) <= set(larger) <= set(rows)
    assert len(smaller) == round(min(one, other) * count)
    assert np.array_equal(subset(rows, 1.0, name), rows)


def test_each_corpus_has_its_own_order_of_fractions() -> None:
    rows = np.arange(100)
    assert not np.array_equal(subset(rows, 0.5, "one"), subset(rows, 0.5, "other"))
