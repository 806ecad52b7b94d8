"""What a failure's message says first."""

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import failure_reason, split_failure


def traced(act: Callable[[], Any]) -> str:
    try:
        act()
    except Exception as error:
        return "".join(traceback.format_exception(error))
    raise AssertionError("nothing was raised")


def raising(message: str) -> Callable[[], Any]:
    def act() -> None:
        raise ValueError(message)

    return act


def chained() -> None:
    try:
        raising("first")()
    except ValueError as error:
        raise KeyError("second\nand more") from error


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, ""),
        ("", ""),
        (" \n ", ""),
        ("killed by signal 9", "killed by signal 9"),
        ("\nthe first line\nand a second", "the first line"),
        (traced(raising("one line")), "ValueError: one line"),
        (traced(raising("no such width\nand a second line")), "ValueError: no such width"),
        (traced(raising("no such width\n\n    an indented line\nand a third")), "ValueError: no such width"),
        (traced(raising("")), "ValueError"),
        (traced(chained), "KeyError: 'second\\nand more'"),
        (traced(lambda: compile("a b", "net.py", "exec")), "SyntaxError: invalid syntax"),
    ],
)
def test_the_reason_is_the_line_that_names_the_exception(message: str | None, reason: str) -> None:
    assert failure_reason(message) == reason


@given(st.text())
def test_nothing_of_a_message_is_lost(message: str) -> None:
    assert "".join(split_failure(message)) == message
    assert len(failure_reason(message).splitlines()) <= 1
