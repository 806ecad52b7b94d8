"""Texts as rows of bytes: round trips, cuts between characters, corruption and copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.contamination import counts
from harness.data.corruption import corrupted
from harness.data.rows import digests
from harness.data.text_corruption import FOREIGN_SHARES
from harness.data.texts import distinct, packed, sizes, unpacked
from tests.data.errors import refused

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=8)
PROSE = [f"The {n}th moment of the distribution about its mean, as it is estimated from samples." for n in range(200)]


@given(TEXTS)
def test_short_texts_round_trip(texts: list[str]) -> None:
    rows, cut = packed(texts, 120)
    assert (rows.shape, cut) == ((len(texts), 120), 0)
    assert unpacked(rows) == texts
    assert sizes(rows).tolist() == [len(text.encode()) for text in texts]


@given(TEXTS, st.integers(4, 20))
def test_long_texts_are_cut_between_characters(texts: list[str], width: int) -> None:
    rows, cut = packed(texts, width)
    assert cut == sum(len(text.encode()) > width for text in texts)
    for text, result in zip(texts, unpacked(rows), strict=True):
        assert text.startswith(result)
        assert len(text.encode()) <= width or len(result.encode()) > width - 4


@pytest.mark.parametrize("text", ["a\0b", "שלום עולם", "e\u0301", "👩‍🔬", "\u202eabc", ""])
def test_unusual_characters_round_trip(text: str) -> None:
    assert unpacked(packed([text], 40)[0]) == [text]


def test_texts_that_differ_in_case_and_space_only_are_copies() -> None:
    assert distinct(["A b", "a  B", "c", "C ", "d"]) == [0, 2, 4]


@pytest.mark.parametrize("kind", ["shuffle", "duplicates", "off-domain"])
@pytest.mark.parametrize("severity", [0, 1, 5])
def test_corruption_depends_on_the_seed_and_keeps_valid_text(kind: str, severity: int) -> None:
    rows, _ = packed(PROSE, 100)
    one, again, other = (corrupted(rows, {"kind": kind, "severity": severity}, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.array_equal(one, rows) == (severity == 0)
    assert severity == 0 or not np.array_equal(one, other)
    assert len(unpacked(one)) == len(PROSE)
    assert np.array_equal(rows, packed(PROSE, 100)[0])


def test_shuffling_keeps_the_characters_of_each_text() -> None:
    rows, _ = packed(PROSE, 100)
    result = unpacked(corrupted(rows, {"kind": "shuffle", "severity": 5}, 0))
    assert all(sorted(one) == sorted(other) for one, other in zip(result, PROSE, strict=True))


def test_another_language_has_the_shape_of_the_first_and_none_of_its_words() -> None:
    rows, _ = packed(PROSE, 100)
    foreign = unpacked(corrupted(rows, {"kind": "off-domain", "severity": 5}, 0))
    changed = [(one, other) for one, other in zip(foreign, PROSE, strict=True) if one != other]
    assert len(changed) == round(FOREIGN_SHARES[5] * len(PROSE))
    for one, other in changed:
        assert [len(word) for word in one.split()] == [len(word) for word in other.split()]
        assert "distribution" not in one


def test_a_text_cannot_be_blurred() -> None:
    rows, _ = packed(PROSE, 100)
    with refused(place="corruption.kind", got="'blur'"):
        corrupted(rows, {"kind": "blur", "severity": 1}, 0)


def test_planted_copies_are_counted() -> None:
    test, _ = packed(PROSE[:10], 100)
    near = ["THE  5th moment of the distribution about its mean, as it is estimated from samples"]
    corpus, _ = packed([f"Something else, {n} times over." for n in range(50)] + PROSE[:3] + near, 100)
    result = counts(corpus, test)
    assert (result["exact"], result["of"]) == (3, 10)
    assert result["near"] >= 1
    assert counts(corpus[:50], test) == {"exact": 0, "near": 0, "of": 10}
    assert len(set(digests(test).tolist())) == 10
