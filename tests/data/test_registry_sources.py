"""Checks for every corpus and task of the registry that needs no files."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.catalog.loading import resolve
from harness.catalog.schemas import DataEntry
from harness.data import TEST, TRAIN, VALIDATION, glyphs, prepared
from harness.data.prepared import prepare_corpus, prepare_task
from harness.data.rows import digests
from tests.data.sources import corpus_spec
from tests.models.built import CATALOG, REGISTRY

CORPORA = sorted(
    name
    for name, entry in CATALOG.corpora.items()
    if entry.modality == "image" and not entry.files and not entry.public
)
TASKS = sorted(
    name
    for name, entry in CATALOG.tasks.items()
    if entry.kind == "image-classification" and not entry.files and not entry.public
)
SHAPES = [(1, 8, 8), (1, 16, 16), (3, 32, 32)]
FRACTIONS = (0.01, 0.1, 0.5, 1.0)
SEVERE = {"kind": "noise", "severity": 5}

every_corpus = pytest.mark.parametrize("name", CORPORA)
every_task = pytest.mark.parametrize("name", TASKS)
every_shape = pytest.mark.parametrize("shape", SHAPES)

Shape = tuple[int, int, int]


def spec(entry: DataEntry, shape: Shape) -> dict[str, Any]:
    """A source's spec at a shape."""
    return {
        "name": entry.name,
        "entry": entry.entry,
        "args": entry.args,
        "kind": "image-classification",
        "shape": shape,
        "fingerprint": f"{shape[0]:03d}{shape[1]:03d}{shape[2]:03d}",
    }


def task(name: str, shape: Shape, cache: Path) -> prepared.PreparedTask:
    """A task of the registry."""
    return prepare_task(spec(CATALOG.tasks[name], shape), cache, REGISTRY)


def corpus(name: str, shape: Shape, cache: Path, **more: Any) -> prepared.PreparedCorpus:
    """A corpus of the registry with its excludes."""
    entry = CATALOG.corpora[name]
    excludes = tuple(spec(CATALOG.tasks[excluded], shape) for excluded in entry.excludes)
    return prepare_corpus(corpus_spec(spec(entry, shape), excludes, **more), cache, REGISTRY)


def test_there_are_sources_to_hold_to_the_contract() -> None:
    assert CORPORA
    assert TASKS


@every_task
@every_shape
def test_a_task_has_the_arrays_of_its_layout(name: str, shape: Shape, cache: Path) -> None:
    result = task(name, shape, cache)
    count = len(result.examples)
    assert result.examples.dtype == np.uint8
    assert result.examples.shape == (count, *shape)
    assert result.examples.max() > 128
    assert {len(result.labels), len(result.split), len(result.groups)} == {count}
    assert set(np.unique(result.split)) == {TRAIN, VALIDATION, TEST}
    assert len(set(result.classes)) == len(result.classes)


@every_task
def test_labels_of_test_examples_are_kept_from_workers(name: str, cache: Path) -> None:
    result = task(name, SHAPES[0], cache)
    labels, groups, names = prepared.test_labels(spec(CATALOG.tasks[name], SHAPES[0]), cache)
    test = result.split == TEST
    assert (result.labels[test] == -1).all()
    classes = set(range(len(result.classes)))
    assert set(labels.tolist()) == set(result.labels[result.split == TRAIN].tolist()) == classes
    assert set(result.labels[result.split == VALIDATION].tolist()) == classes
    assert len(labels) == test.sum()
    assert names == result.classes
    assert np.array_equal(groups, result.groups[test])


@every_task
@every_shape
def test_splits_share_neither_pictures_nor_groups(name: str, shape: Shape, cache: Path) -> None:
    result = task(name, shape, cache)
    hashes = digests(result.examples)
    for values in (hashes, np.asarray(result.groups)):
        parts = [set(values[result.split == split].tolist()) for split in (TRAIN, VALIDATION, TEST)]
        assert sum(map(len, parts)) == len(set.union(*parts))


@every_task
def test_a_group_is_in_one_part(name: str, cache: Path) -> None:
    result = task(name, SHAPES[0], cache)
    pairs = set(zip(result.groups.tolist(), result.split.tolist(), strict=True))
    assert len(pairs) == len(set(result.groups.tolist()))


@pytest.mark.parametrize(("kind", "name"), [("corpora", n) for n in CORPORA] + [("tasks", n) for n in TASKS])
def test_a_source_gives_the_same_bits_again(kind: str, name: str) -> None:
    entry = CATALOG.kind(kind)[name]
    assert isinstance(entry, DataEntry)
    source = resolve(entry.entry, REGISTRY / kind)
    one, other = source((1, 8, 8), **entry.args), source((1, 8, 8), **entry.args)
    for field in ("images", "labels", "heldout", "split", "groups"):
        if getattr(one, field, None) is not None:
            assert np.array_equal(getattr(one, field), getattr(other, field))


@every_corpus
@every_shape
def test_a_corpus_has_the_arrays_of_its_layout(name: str, shape: Shape, cache: Path) -> None:
    result = corpus(name, shape, cache)
    for images in (result.examples, result.heldout_examples):
        assert images.dtype == np.uint8
        assert images.shape == (len(images), *shape)
    share = len(result.heldout_examples) / (len(result.examples) + len(result.heldout_examples))
    assert 0.05 < share < 0.2
    assert (result.labels is not None) == CATALOG.corpora[name].labelled
    if result.labels is not None and result.heldout_labels is not None:
        assert len(result.labels) == len(result.examples)
        assert len(result.heldout_labels) == len(result.heldout_examples)
        assert result.labels.min() >= 0
        assert max(result.labels.max(), result.heldout_labels.max()) < result.classes


@every_corpus
@every_shape
def test_nothing_held_out_is_trained_on(name: str, shape: Shape, cache: Path) -> None:
    result = corpus(name, shape, cache)
    assert not set(digests(result.examples)) & set(digests(result.heldout_examples))


@every_corpus
@every_shape
def test_no_test_example_of_an_excluded_task_is_in_the_corpus(name: str, shape: Shape, cache: Path) -> None:
    result = corpus(name, shape, cache)
    seen = set(digests(result.examples)) | set(digests(result.heldout_examples))
    assert set(result.facts["overlap"]) == set(CATALOG.corpora[name].excludes)
    for excluded in CATALOG.corpora[name].excludes:
        asked = task(excluded, shape, cache)
        assert not seen & set(digests(asked.examples[asked.split == TEST]))


@every_corpus
def test_a_smaller_fraction_is_a_subset_of_a_larger_one(name: str, cache: Path) -> None:
    result = [corpus(name, SHAPES[1], cache, fraction=fraction) for fraction in FRACTIONS]
    pictures = [set(digests(part.examples)) for part in result]
    whole = len(result[-1].examples)
    for smaller, larger in pairwise(pictures):
        assert smaller < larger
    assert [len(part.examples) for part in result] == [round(fraction * whole) for fraction in FRACTIONS]
    for part in result:
        assert np.array_equal(part.heldout_examples, result[-1].heldout_examples)


@every_corpus
@pytest.mark.parametrize("kind", ["noise", "blur"])
def test_corruption_touches_the_training_part_alone(name: str, kind: str, cache: Path) -> None:
    clean = corpus(name, SHAPES[1], cache, fraction=0.1)
    changed = corpus(name, SHAPES[1], cache, fraction=0.1, corruption={"kind": kind, "severity": 3})
    assert changed.examples.shape == clean.examples.shape
    assert changed.examples.dtype == np.uint8
    assert not np.array_equal(changed.examples, clean.examples)
    assert np.array_equal(changed.heldout_examples, clean.heldout_examples)
    if clean.labels is not None and changed.labels is not None:
        assert np.array_equal(changed.labels, clean.labels)
    again = corpus(name, SHAPES[1], cache, fraction=0.1, corruption={"kind": kind, "severity": 3})
    assert np.array_equal(again.examples, changed.examples)


def test_the_tested_faces_are_in_no_corpus_and_in_no_training() -> None:
    tested = set(glyphs.TESTED)
    assert not tested & set(glyphs.CORPUS_FACES)
    assert not tested & (set(glyphs.LEARNT) | set(glyphs.VALIDATED))
    assert not set(glyphs.LEARNT) & set(glyphs.VALIDATED)


def test_the_classes_of_characters_are_disjoint() -> None:
    characters = "".join(glyphs.CLASSES)
    assert len(set(characters)) == len(characters)


def test_each_tested_glyph_is_one_group_of_distorted_copies(cache: Path) -> None:
    result = task("glyphs-new-typeface", SHAPES[1], cache)
    for split, copies in glyphs.COPIES.items():
        _, counts = np.unique(result.groups[result.split == split], return_counts=True)
        assert set(counts.tolist()) == {copies}


def test_the_digits_are_split_alike_in_every_class(cache: Path) -> None:
    result = task("digits", SHAPES[0], cache)
    labels, _, _ = prepared.test_labels(spec(CATALOG.tasks["digits"], SHAPES[0]), cache)
    counts = np.bincount(labels)
    assert counts.max() - counts.min() <= 4
    pool = corpus("digits-unlabelled", SHAPES[0], cache)
    training = set(digests(result.examples[result.split == TRAIN]))
    others = task("digits-blocks", SHAPES[0], cache)
    training -= set(digests(others.examples[others.split == TEST]))
    assert set(digests(pool.examples)) | set(digests(pool.heldout_examples)) == training
