"""How examples in files come to be for training, validation and test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import TEST, TRAIN, VALIDATION, DataError, splits

SHARE = st.floats(0.05, 0.45)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=120), SHARE, SHARE)
def test_each_stratum_gives_each_part_its_share(strata: list[int], validation: float, test: float) -> None:
    labels = np.array(strata)
    origin = np.full(len(labels), TRAIN)
    wanted = splits.shares(validation, test)
    found = splits.drawn(origin, labels, wanted)
    assert np.array_equal(found, splits.drawn(origin, labels, wanted))
    for stratum in set(strata):
        parts = found[labels == stratum]
        counts = [(parts == part).sum() for part in (TRAIN, VALIDATION, TEST)]
        if len(parts) < 3:
            assert counts == [len(parts), 0, 0]
            continue
        assert min(counts) >= 1
        for count, share in zip(counts[1:], (validation, test), strict=True):
            assert abs(count - share * len(parts)) <= 1


def test_what_lies_in_a_part_stays_there_and_changes_nothing() -> None:
    labels = np.arange(60) % 3
    origin = np.repeat([TRAIN, TEST], [40, 20])
    found = splits.drawn(origin, labels, {VALIDATION: 0.25})
    assert (found[40:] == TEST).all()
    assert set(found[:40].tolist()) == {TRAIN, VALIDATION}
    assert np.array_equal(found[:40], splits.drawn(origin[:40], labels[:40], {VALIDATION: 0.25}))


@pytest.mark.parametrize(
    ("validation", "test"), [(0.0, "test"), (1.0, "test"), (-0.1, 0.2), (0.5, 0.5), (2, "test"), (True, "test")]
)
def test_shares_that_leave_nothing_are_refused(validation: float, test: str | float) -> None:
    with pytest.raises(DataError, match="shares of the training examples are above 0, and together below 1"):
        splits.places("train", validation, test)


@pytest.mark.parametrize("places", [(".", 0.1, "test"), ("train", "train/val", 0.1), ("all", "val", "all")])
def test_a_part_within_another_is_refused(places: tuple[str, str | float, str | float]) -> None:
    with pytest.raises(DataError, match=r"lies in '.*' of (training|test); name folders apart"):
        splits.places(*places)


def test_parts_with_places_of_their_own() -> None:
    assert splits.places("train", 0.1, "test") == {TRAIN: "train", TEST: "test"}
    assert splits.places(".", 0.1, 0.2) == {TRAIN: "."}
    assert splits.shares(0.1, "test") == {VALIDATION: 0.1}


@pytest.mark.parametrize("place", ["train", ["a"], ["a", 1], ["a", "b", "c"], None])
def test_a_part_of_two_names_has_two(place: object) -> None:
    with pytest.raises(DataError, match="has to be two names or a share"):
        splits.pairs(place, 0.1, 0.1)


def test_the_rarest_class_of_an_example() -> None:
    present = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]], dtype=bool)
    assert splits.rarest(present).tolist() == [1, 0, 2, -1]


def test_a_share_of_a_corpus_is_held_out() -> None:
    labels = np.repeat([0, 1], [90, 10])
    found = splits.heldout(labels, 0.1)
    assert found.dtype == bool
    assert found[:90].sum() == 9
    assert found[90:].sum() == 1
    with pytest.raises(DataError, match="above 0"):
        splits.heldout(labels, 0)
