"""The texts that ship with packages: clean, and split without leaks."""

from collections import Counter

import numpy as np
import pytest

from harness.data import TEST, TRAIN, VALIDATION, CorpusArrays, TaskArrays, cldr, docstrings
from harness.data.rows import digests
from harness.data.texts import unpacked
from harness.metrics.kinds import kind_module


@pytest.fixture(scope="module")
def topics() -> TaskArrays:
    return docstrings.topics((256,))


@pytest.fixture(scope="module")
def kinds() -> TaskArrays:
    return cldr.kinds((48,))


@pytest.fixture(scope="module")
def languages() -> TaskArrays:
    return cldr.languages((48,))


@pytest.fixture(scope="module")
def strings() -> CorpusArrays:
    return cldr.corpus((48,))


@pytest.mark.parametrize(("name", "classes", "most"), [("topics", 20, 256), ("kinds", 10, 48), ("languages", 100, 48)])
def test_a_task_is_sound(name: str, classes: int, most: int, request: pytest.FixtureRequest) -> None:
    task = request.getfixturevalue(name)
    kind_module("text-classification").check_labels(task.labels, task.split, task.examples.shape, task.classes)
    assert len(task.classes) >= classes
    assert task.examples.shape[1] == most
    assert len(set(digests(task.examples).tolist())) > 0.97 * len(task.examples)  # some are cut to the same
    assert 0 <= task.facts["cut"] < 0.2 * len(task.examples)
    assert all(text.strip() for text in unpacked(task.examples[:2000]))


def test_modules_of_the_test_are_in_no_other_part(topics: TaskArrays) -> None:
    parts = [set(topics.groups[topics.split == part].tolist()) for part in (TRAIN, VALIDATION, TEST)]
    assert not parts[0] & parts[2]
    assert not parts[0] & parts[1]
    assert not parts[1] & parts[2]
    for label in range(len(topics.classes)):
        inside = Counter(topics.groups[(topics.labels == label) & (topics.split == TEST)].tolist())
        assert len(inside) >= 3
        assert max(inside.values()) <= 0.3 * inside.total()


def test_prose_is_prose(topics: TaskArrays) -> None:
    for text in unpacked(topics.examples):
        assert ">>>" not in text
        assert "\n" not in text


def test_languages_of_the_test_are_in_no_other_part(kinds: TaskArrays) -> None:
    parts = [set(kinds.groups[kinds.split == part].tolist()) for part in (TRAIN, VALIDATION, TEST)]
    assert not parts[0] & parts[2]
    assert not parts[0] & parts[1]
    assert "month" in kinds.classes


def test_languages_are_balanced_and_strings_their_own(languages: TaskArrays) -> None:
    assert set(np.bincount(languages.labels).tolist()) == {cldr.EACH}
    assert {"de", "ja", "sw", "cy"} <= set(languages.classes)
    bare = ["".join(c for c in text.casefold() if c.isalnum()) for text in unpacked(languages.examples)]
    assert len(set(bare)) > 0.97 * len(bare)


def test_strings_are_clean(strings: CorpusArrays) -> None:
    texts = unpacked(strings.examples[::50])
    assert len(strings.examples) > 200_000
    assert not any("{0}" in text or text != text.strip() for text in texts if len(text.encode()) < 44)
    assert 0.05 < strings.heldout.mean() < 0.15
