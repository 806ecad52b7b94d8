"""Preparing data: once, checked, without test labels and without the examples that a corpus excludes."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import TEST, prepared
from harness.data.prepared import prepare_corpus, prepare_task, subset
from harness.data.rows import digests
from tests.data.errors import refused
from tests.data.sources import corpus, corpus_spec, spec, task


def built(cache: Path) -> list[str]:
    """The folders of a cache, hidden ones too."""
    return sorted(path.name for path in (cache / "data").iterdir() if path.is_dir())


def test_a_task_comes_back_without_its_test_labels(tmp_path: Path) -> None:
    wanted = task((1, 4, 4))
    result = prepare_task(spec("task"), tmp_path)
    test = wanted.split == TEST
    assert np.array_equal(result.examples, wanted.examples)
    assert np.array_equal(result.labels[~test], wanted.labels[~test])
    assert (result.labels[test] == -1).all()
    labels, groups, classes = prepared.test_labels(spec("task"), tmp_path)
    assert classes == wanted.classes
    assert np.array_equal(labels, wanted.labels[test])
    assert np.array_equal(groups, wanted.groups[test])
    assert result.classes == wanted.classes


def test_the_scorer_prepares_nothing(tmp_path: Path) -> None:
    with refused(place=str(tmp_path), expected="'task'", fix="sweep again"):
        prepared.test_labels(spec("task"), tmp_path)


def test_data_is_prepared_once_for_concurrent_callers(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    wanted = spec("task", calls=str(calls))
    with ThreadPoolExecutor(6) as pool:
        result = list(pool.map(lambda _: prepare_task(wanted, tmp_path), range(6)))
    assert all(np.array_equal(one.examples, result[0].examples) for one in result)
    assert calls.read_text() == "called\n"


def test_another_fingerprint_is_other_data(tmp_path: Path) -> None:
    one, other = (prepare_task(spec("task", seed=seed), tmp_path) for seed in (0, 1))
    assert not np.array_equal(one.examples, other.examples)
    assert len(built(tmp_path)) == 2


def test_failed_preparation_leaves_no_folder_and_can_be_retried(tmp_path: Path, monkeypatch) -> None:
    def broken(place: Path, array: np.ndarray) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", broken)
        with pytest.raises(OSError, match="no space"):
            prepare_task(spec("task"), tmp_path)
    assert built(tmp_path) == []
    assert len(prepare_task(spec("task"), tmp_path).examples) == 600


@pytest.mark.parametrize(
    ("attr", "fields"),
    [
        ("failing", {"place": "tests.data.sources:failing", "got": "KeyError: 'a column'"}),
        ("without_file", {"place": "faces.zip (of 'without-file')", "fix": "download it"}),
        ("no_such_source", {"got": "AttributeError"}),
        ("floating", {"expected": "uint8", "got": "float64"}),
        ("flat", {"expected": "(N, 1, 4, 4)", "got": "(600, 4, 4)"}),
        ("nothing", {"expected": "TaskArrays", "got": "NoneType"}),
        ("empty", {"expected": "examples", "got": "none"}),
        ("beyond", {"got": "from 1 to 3"}),
        ("fewer_labels", {"got": "(599,)"}),
        ("untested_class", {"expected": "'image-classification'", "got": "1 ('b')"}),
    ],
)
def test_a_broken_task_is_named(attr: str, fields: dict[str, str], tmp_path: Path) -> None:
    with refused(**({"place": f"'{attr.replace('_', '-')}'"} | fields)):
        prepare_task(spec(attr), tmp_path)
    assert built(tmp_path) == []


@pytest.mark.parametrize("attr", ["all_heldout", "none_heldout"])
def test_a_corpus_has_both_parts(attr: str, tmp_path: Path) -> None:
    with refused(place=f"'{attr.replace('_', '-')}'", expected="some of the 20 examples"):
        prepare_corpus(corpus_spec(spec(attr)), tmp_path)


def test_a_fraction_that_is_no_example_is_refused(tmp_path: Path) -> None:
    with refused(place="corpus 'corpus'", got="1e-05", fix="fraction"):
        prepare_corpus(corpus_spec(spec("corpus"), fraction=1e-5), tmp_path)


def test_no_excluded_test_example_is_in_the_corpus(tmp_path: Path) -> None:
    excluded = prepare_task(spec("task"), tmp_path)
    tested = set(digests(excluded.examples[excluded.split == TEST]))
    result = prepare_corpus(corpus_spec(spec("corpus"), (spec("task"),)), tmp_path)
    kept = [*digests(result.examples), *digests(result.heldout_examples)]
    assert not tested & set(kept)
    assert len(kept) == 600 - len(tested)
    assert result.facts["left_out"] == result.facts["overlap"]["task"] == len(tested)
    assert result.facts["examples"] == len(kept)
    assert result.facts["heldout"] == len(result.heldout_examples)


def test_labels_stay_with_their_images(tmp_path: Path) -> None:
    source = corpus((1, 4, 4))
    label_of = dict(zip(digests(source.examples), source.labels.tolist(), strict=True))
    result = prepare_corpus(corpus_spec(spec("corpus"), (spec("task"),), fraction=0.3), tmp_path)
    assert result.labels is not None
    assert [label_of[digest] for digest in digests(result.examples)] == result.labels.tolist()
    assert [label_of[digest] for digest in digests(result.heldout_examples)] == result.heldout_labels.tolist()


def test_a_corpus_without_labels_has_none(tmp_path: Path) -> None:
    result = prepare_corpus(corpus_spec(spec("corpus", labelled=False)), tmp_path)
    assert result.labels is None
    assert result.heldout_labels is None
    assert result.classes == 0


def test_a_copy_of_a_held_out_image_is_not_trained_on(tmp_path: Path) -> None:
    result = prepare_corpus(corpus_spec(spec("doubled_corpus")), tmp_path)
    assert not set(digests(result.examples)) & set(digests(result.heldout_examples))
    assert len(result.heldout_examples) == 43


@pytest.mark.parametrize(("heldout", "part"), [(True, "held-out"), (False, "training")])
def test_a_corpus_whose_part_is_wholly_excluded_is_refused(heldout: bool, part: str, tmp_path: Path) -> None:
    wanted = corpus_spec(spec("covered", heldout=heldout), (spec("task"),))
    with refused(place="corpus 'covered'", expected=f"{part} examples", got="none"):
        prepare_corpus(wanted, tmp_path)


def test_test_labels_are_in_a_file_of_their_own(tmp_path: Path) -> None:
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
