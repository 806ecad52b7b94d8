"""The panel is the task's own, and knows no test label."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.data import TEST, TRAIN
from harness.data.panel import GALLERY, QUERIES, TESTS, panel_of


@given(st.integers(2, 40), st.integers(40, 1500), st.integers(0, 99))
def test_it_is_of_the_right_parts_and_balanced_by_class(classes: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, split = np.arange(count) % classes, random.integers(0, 3, count)
    split[:classes], split[-1] = TRAIN, TEST
    result = panel_of(labels, split, "a")
    assert len(result.tests) == min(TESTS, (split == TEST).sum()) == len(set(result.tests))
    assert (split[result.tests] == TEST).all()
    assert (split[result.gallery] == TRAIN).all()
    assert len(result.gallery) == len(set(result.gallery)) <= GALLERY
    assert np.array_equal(result.queries, result.tests[:QUERIES])
    whole, drawn = (np.bincount(labels[rows], minlength=classes) for rows in (split == TRAIN, result.gallery))
    assert (drawn == np.minimum(whole, GALLERY // classes)).all()


@given(st.integers(0, 99))
def test_it_depends_on_the_task_alone(seed: int) -> None:
    split = np.arange(300) % 3
    labels = np.random.default_rng(0).integers(0, 10, 300)
    hidden = np.where(split == TEST, np.random.default_rng(seed).integers(-1, 9, 300), labels)
    one, other = panel_of(labels, split, "a"), panel_of(hidden, split, "a")
    assert np.array_equal(one.tests, other.tests)
    assert np.array_equal(one.gallery, other.gallery)
    assert not np.array_equal(one.tests, panel_of(labels, split, "b").tests)


def test_labels_that_are_no_classes_are_not_looked_at() -> None:
    result = panel_of(np.zeros((900, 4, 4)), np.arange(900) % 3, "a")
    assert len(result.gallery) == 300
