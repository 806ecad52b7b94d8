"""Printable text."""

from hypothesis import given
from hypothesis import strategies as st

from harness.printable import count, plain, plain_lines


@given(st.text())
def test_every_text_becomes_one_printable_line(text: str) -> None:
    assert plain(text).isprintable()
    assert all(line.isprintable() for line in plain_lines(text))


@given(st.text().filter(str.isprintable))
def test_printable_text_is_kept(text: str) -> None:
    assert plain(text) == text


def test_lines_stay_lines() -> None:
    assert plain_lines("one\ntwo\x1b[0m") == ["one", "two\\x1b[0m"]
    assert plain_lines(None) == []


def test_nouns_have_their_plural() -> None:
    assert [count(number, "cell") for number in (0, 1, 2)] == ["0 cells", "1 cell", "2 cells"]
