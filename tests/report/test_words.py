"""Figures in words: what is below zero stays so, whatever its digits."""

import json

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from harness.report.columns import whole
from harness.report.words import signed


@given(st.floats(-2, 2), st.integers(0, 4))
def test_the_script_is_given_the_sign_and_the_digits_that_the_page_shows(value: float, digits: int) -> None:
    sent = json.loads(to_json(whole(value, digits)))
    assert f"{sent / 10**digits:+.{digits}f}".replace("-", "−") == signed(value + 0.0, digits)


def test_an_interval_that_ends_just_below_zero_says_so() -> None:
    assert (signed(-0.0003), signed(0.0003), signed(0.0)) == ("−0.000", "+0.000", "+0.000")
