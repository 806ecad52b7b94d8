"""Splits of examples in files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import TEST, TRAIN, VALIDATION, splits
from tests.data.errors import refused

SHARE = st.floats(0.05, 0.45)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=120), SHARE, SHARE)
def test_each_stratum_gives_each_part_its_share(strata: list[int], validation: float, test: float) -> None:
    labels = np.array(strata)
    origin = np.full(len(labels), TRAIN)
    wanted = splits.shares(validation, test)
    result = splits.draw_split(origin, labels, wanted)
    assert np.array_equal(result, splits.draw_split(origin, labels, wanted))
    for stratum in set(strata):
        parts = result[labels == stratum]
        counts = [(parts == part).sum() for part in (TRAIN, VALIDATION, TEST)]
        if len(parts) < 3:
            assert counts == [len(parts), 0, 0]
            continue
        assert min(counts) >= 1
        for count, share in zip(counts[1:], (validation, test), strict=True):
            assert abs(count - share * len(parts)) <= 1


def test_examples_of_other_parts_stay_and_do_not_change_the_draw() -> None:
    labels = np.arange(60) % 3
    origin = np.repeat([TRAIN, TEST], [40, 20])
    result = splits.draw_split(origin, labels, {VALIDATION: 0.25})
    assert (result[40:] == TEST).all()
    assert set(result[:40].tolist()) == {TRAIN, VALIDATION}
    assert np.array_equal(result[:40], splits.draw_split(origin[:40], labels[:40], {VALIDATION: 0.25}))


@pytest.mark.parametrize(
    ("validation", "test"), [(0.0, "test"), (1.0, "test"), (-0.1, 0.2), (0.5, 0.5), (2, "test"), (True, "test")]
)
def test_shares_that_leave_nothing_are_refused(validation: float, test: str | float) -> None:
    with refused(place="args", expected="above 0, and together below 1"):
        splits.own_parts("train", validation, test)


@pytest.mark.parametrize(
    ("parts", "folder"),
    [((".", 0.1, "test"), "'test'"), (("train", "train/val", 0.1), "'train/val'"), (("all", "val", "all"), "'all'")],
)
def test_a_part_within_another_is_refused(parts: tuple[str, str | float, str | float], folder: str) -> None:
    with refused(place="args", got=folder, fix="separate folders"):
        splits.own_parts(*parts)


def test_parts_with_folders_of_their_own() -> None:
    assert splits.own_parts("train", 0.1, "test") == {TRAIN: "train", TEST: "test"}
    assert splits.own_parts(".", 0.1, 0.2) == {TRAIN: "."}
    assert splits.shares(0.1, "test") == {VALIDATION: 0.1}


@pytest.mark.parametrize("part", ["train", ["a"], ["a", 1], ["a", "b", "c"], None])
def test_a_part_of_two_names_has_two(part: object) -> None:
    with refused(place="args", expected="two names or a share", got=repr(part)):
        splits.own_pairs(part, 0.1, 0.1)


def test_the_rarest_class_of_an_example() -> None:
    present = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]], dtype=bool)
    assert splits.rarest_class(present).tolist() == [1, 0, 2, -1]


def test_a_share_of_a_corpus_is_held_out() -> None:
    labels = np.repeat([0, 1], [90, 10])
    result = splits.draw_heldout(labels, 0.1)
    assert result.dtype == bool
    assert result[:90].sum() == 9
    assert result[90:].sum() == 1
    with refused(place="args", expected="above 0"):
        splits.draw_heldout(labels, 0)
