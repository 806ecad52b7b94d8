"""Batches: every example once an epoch, decided by the seed; shots: nested, each seed its own draw."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.data.batches import Batches, to_float
from harness.data.prepared import PreparedTask
from harness.data.shots import shots
from harness.worker.adapt import splits

CPU = torch.device("cpu")
LABELS = hnp.arrays(np.int64, st.integers(1, 80), elements=st.integers(0, 5))


def numbered(count: int, **more: int) -> Batches:
    """Batches of images that are their own number, and labels too."""
    images = np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), dtype=np.uint8)
    return Batches(images, np.arange(count), **({"batch": 4, "steps": 5, "seed": 0} | more), device=CPU)


def numbers(batches: Batches) -> list[list[int]]:
    """Which examples each batch holds, checked on image and label."""
    result = []
    for batch in batches:
        assert batch.y is not None
        assert torch.equal((batch.x[:, 0, 0, 0] * 255).round().long(), batch.y)
        result.append(batch.y.tolist())
    return result


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 12), st.integers(0, 2**62))
def test_an_example_comes_once_an_epoch(count: int, batch: int, steps: int, seed: int) -> None:
    result = numbers(numbered(count, batch=batch, steps=steps, seed=seed))
    assert [len(taken) for taken in result] == [batch] * steps
    flat = [number for taken in result for number in taken]
    for start in range(0, len(flat) - count + 1, count):
        assert sorted(flat[start : start + count]) == list(range(count))
    rest = flat[len(flat) // count * count :]
    assert len(set(rest)) == len(rest)


def test_a_seed_decides_the_order_and_the_stream() -> None:
    assert numbers(numbered(20, seed=7)) == numbers(numbered(20, seed=7))
    assert numbers(numbered(20, seed=7)) != numbers(numbered(20, seed=8))
    draws = [[torch.rand(1, generator=batch.generator).item() for batch in numbered(20, seed=s)] for s in (7, 7, 8)]
    assert draws[0] == draws[1] != draws[2]
    assert len(set(draws[0])) == 5


def test_augmentation_does_not_change_the_order() -> None:
    plain = numbers(numbered(20, steps=12))
    drawn = []
    for batch in numbered(20, steps=12):
        torch.rand(100, generator=batch.generator)
        drawn.append(batch.y.tolist())
    assert drawn == plain


def test_once_gives_all_in_their_order_and_the_same_again() -> None:
    batches = numbered(10, batch=4, steps=0)
    one = [(batch.y.tolist(), torch.rand(1, generator=batch.generator).item()) for batch in batches.once()]
    other = [(batch.y.tolist(), torch.rand(1, generator=batch.generator).item()) for batch in batches.once()]
    assert one == other
    assert [taken for taken, _ in one] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert list(batches) == []


def test_a_sample_is_small_and_there_even_for_one_example() -> None:
    assert len(numbered(10).sample()) == 2
    assert len(numbered(1).sample()) == 1


def test_pixels_are_shares() -> None:
    assert to_float(torch.tensor([0, 51, 255], dtype=torch.uint8)).tolist() == pytest.approx([0, 0.2, 1])


@given(LABELS, st.integers(1, 8), st.integers(0, 2**62))
def test_shots_are_nested_draws_of_each_class(labels: np.ndarray, k: int, seed: int) -> None:
    taken, more = shots(labels, k, seed), shots(labels, k + 1, seed)
    assert set(taken) <= set(more)
    assert np.array_equal(taken, np.unique(taken))
    for label in np.unique(labels):
        assert (labels[taken] == label).sum() == min(k, (labels == label).sum())


@given(LABELS, st.integers(0, 2**62))
def test_more_shots_than_examples_take_all(labels: np.ndarray, seed: int) -> None:
    assert np.array_equal(shots(labels, 80, seed), np.arange(len(labels)))


def test_every_example_may_be_drawn() -> None:
    labels = np.repeat([0, 1], 5)
    assert set(np.concatenate([shots(labels, 1, seed) for seed in range(100)])) == set(range(10))


def prepared(count: int = 400) -> PreparedTask:
    """A task of four classes: half training, a quarter validation, a quarter test."""
    split = np.array([0, 0, 1, 2], dtype=np.uint8)[np.arange(count) // 4 % 4]
    labels = np.where(split == 2, -1, np.arange(count) % 4)
    return PreparedTask(np.zeros((count, 1, 2, 2), np.uint8), labels, split, np.arange(count), list("abcd"), {})


def test_draws_take_training_and_validation_alike_and_never_test() -> None:
    task = prepared()
    drawn = splits(task, "task", 5, seed=0, draws=8)
    assert len(drawn) == 8
    for split in drawn:
        for rows, part in ((split.train, 0), (split.validation, 1)):
            assert set(task.split[rows]) == {part}
            assert np.bincount(task.labels[rows]).tolist() == [5] * 4
    assert len({tuple(split.train) for split in drawn}) == 8
    assert len({tuple(split.validation) for split in drawn}) == 8


@pytest.mark.parametrize("k", [1, 4, 9])
def test_draws_of_more_shots_hold_those_of_fewer(k: int) -> None:
    fewer, more = (splits(prepared(), "task", shots, seed=3, draws=4) for shots in (k, k + 1))
    for small, large in zip(fewer, more, strict=True):
        assert set(small.train) < set(large.train)
        assert set(small.validation) < set(large.validation)


def test_each_seed_and_task_has_draws_of_its_own() -> None:
    result = [
        tuple(splits(prepared(), name, 5, seed=seed, draws=1)[0].train)
        for name, seed in (("one", 0), ("one", 1), ("other", 0))
    ]
    assert len(set(result)) == 3
    again = splits(prepared(), "one", 5, seed=0, draws=1)[0].train
    assert tuple(again) == result[0]


def test_all_labels_are_one_draw() -> None:
    task = prepared()
    (split,) = splits(task, "task", None, seed=0, draws=8)
    assert np.array_equal(split.train, np.flatnonzero(task.split == 0))
    assert np.array_equal(split.validation, np.flatnonzero(task.split == 1))
