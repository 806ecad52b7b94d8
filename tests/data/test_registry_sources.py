"""What every corpus and task of the registry owes the harness, as the recipes see it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.catalog.loading import resolve
from harness.catalog.schemas import DataEntry
from harness.data import TEST, TRAIN, VALIDATION, glyphs, prepared
from harness.data.prepared import prepare_corpus, prepare_task
from harness.data.rows import content
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
def test_a_task_is_as_its_layout_says(name: str, shape: Shape, cache: Path) -> None:
    found = task(name, shape, cache)
    count = len(found.examples)
    assert found.examples.dtype == np.uint8
    assert found.examples.shape == (count, *shape)
    assert found.examples.max() > 128
    assert {len(found.labels), len(found.split), len(found.groups)} == {count}
    assert set(np.unique(found.split)) == {TRAIN, VALIDATION, TEST}
    assert len(set(found.classes)) == len(found.classes)


@every_task
def test_labels_of_test_examples_are_kept_from_workers(name: str, cache: Path) -> None:
    found = task(name, SHAPES[0], cache)
    labels, groups, names = prepared.test_labels(spec(CATALOG.tasks[name], SHAPES[0]), cache)
    test = found.split == TEST
    assert (found.labels[test] == -1).all()
    classes = set(range(len(found.classes)))
    assert set(labels.tolist()) == set(found.labels[found.split == TRAIN].tolist()) == classes
    assert set(found.labels[found.split == VALIDATION].tolist()) == classes
    assert len(labels) == test.sum()
    assert names == found.classes
    assert np.array_equal(groups, found.groups[test])


@every_task
@every_shape
def test_splits_share_neither_pictures_nor_groups(name: str, shape: Shape, cache: Path) -> None:
    found = task(name, shape, cache)
    digests = content(found.examples)
    for values in (digests, np.asarray(found.groups)):
        parts = [set(values[found.split == split].tolist()) for split in (TRAIN, VALIDATION, TEST)]
        assert sum(map(len, parts)) == len(set.union(*parts))


@every_task
def test_a_group_lies_in_one_part(name: str, cache: Path) -> None:
    found = task(name, SHAPES[0], cache)
    pairs = set(zip(found.groups.tolist(), found.split.tolist(), strict=True))
    assert len(pairs) == len(set(found.groups.tolist()))


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
def test_a_corpus_is_as_its_layout_says(name: str, shape: Shape, cache: Path) -> None:
    found = corpus(name, shape, cache)
    for images in (found.examples, found.heldout_examples):
        assert images.dtype == np.uint8
        assert images.shape == (len(images), *shape)
    share = len(found.heldout_examples) / (len(found.examples) + len(found.heldout_examples))
    assert 0.05 < share < 0.2
    assert (found.labels is not None) == CATALOG.corpora[name].labelled
    if found.labels is not None and found.heldout_labels is not None:
        assert len(found.labels) == len(found.examples)
        assert len(found.heldout_labels) == len(found.heldout_examples)
        assert found.labels.min() >= 0
        assert max(found.labels.max(), found.heldout_labels.max()) < found.classes


@every_corpus
@every_shape
def test_nothing_held_out_is_trained_on(name: str, shape: Shape, cache: Path) -> None:
    found = corpus(name, shape, cache)
    assert not set(content(found.examples)) & set(content(found.heldout_examples))


@every_corpus
@every_shape
def test_no_test_example_of_an_excluded_task_is_in_the_corpus(name: str, shape: Shape, cache: Path) -> None:
    found = corpus(name, shape, cache)
    seen = set(content(found.examples)) | set(content(found.heldout_examples))
    assert set(found.facts["overlap"]) == set(CATALOG.corpora[name].excludes)
    for excluded in CATALOG.corpora[name].excludes:
        asked = task(excluded, shape, cache)
        assert not seen & set(content(asked.examples[asked.split == TEST]))


@every_corpus
def test_a_smaller_fraction_lies_within_a_larger_one(name: str, cache: Path) -> None:
    found = [corpus(name, SHAPES[1], cache, fraction=fraction) for fraction in FRACTIONS]
    pictures = [set(content(part.examples)) for part in found]
    whole = len(found[-1].examples)
    for smaller, larger in pairwise(pictures):
        assert smaller < larger
    assert [len(part.examples) for part in found] == [round(fraction * whole) for fraction in FRACTIONS]
    for part in found:
        assert np.array_equal(part.heldout_examples, found[-1].heldout_examples)


@every_corpus
@pytest.mark.parametrize("kind", ["noise", "blur"])
def test_corruption_touches_the_training_part_alone(name: str, kind: str, cache: Path) -> None:
    clean = corpus(name, SHAPES[1], cache, fraction=0.1)
    spoilt = corpus(name, SHAPES[1], cache, fraction=0.1, corruption={"kind": kind, "severity": 3})
    assert spoilt.examples.shape == clean.examples.shape
    assert spoilt.examples.dtype == np.uint8
    assert not np.array_equal(spoilt.examples, clean.examples)
    assert np.array_equal(spoilt.heldout_examples, clean.heldout_examples)
    if clean.labels is not None and spoilt.labels is not None:
        assert np.array_equal(spoilt.labels, clean.labels)
    again = corpus(name, SHAPES[1], cache, fraction=0.1, corruption={"kind": kind, "severity": 3})
    assert np.array_equal(again.examples, spoilt.examples)


def test_the_tested_faces_are_in_no_corpus_and_in_no_training() -> None:
    tested = set(glyphs.TESTED)
    assert not tested & set(glyphs.CORPUS_FACES)
    assert not tested & (set(glyphs.LEARNT) | set(glyphs.VALIDATED))
    assert not set(glyphs.LEARNT) & set(glyphs.VALIDATED)


def test_the_classes_of_characters_are_disjoint() -> None:
    characters = "".join(glyphs.CLASSES)
    assert len(set(characters)) == len(characters)


def test_each_tested_glyph_is_one_group_of_distorted_copies(cache: Path) -> None:
    found = task("glyphs-new-typeface", SHAPES[1], cache)
    for split, copies in glyphs.COPIES.items():
        _, counts = np.unique(found.groups[found.split == split], return_counts=True)
        assert set(counts.tolist()) == {copies}


def test_the_digits_are_split_alike_in_every_class(cache: Path) -> None:
    found = task("digits", SHAPES[0], cache)
    labels, _, _ = prepared.test_labels(spec(CATALOG.tasks["digits"], SHAPES[0]), cache)
    counts = np.bincount(labels)
    assert counts.max() - counts.min() <= 4
    pool = corpus("digits-unlabelled", SHAPES[0], cache)
    training = set(content(found.examples[found.split == TRAIN]))
    others = task("digits-blocks", SHAPES[0], cache)
    training -= set(content(others.examples[others.split == TEST]))
    assert set(content(pool.examples)) | set(content(pool.heldout_examples)) == training
