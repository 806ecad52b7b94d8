"""Saturation: a power law is recovered, and noise about a line has none."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.stats.saturation import ENOUGH, saturation

ERRORS = np.linspace(0.05, 0.9, 20)


@given(st.floats(0.1, 1.0), st.one_of(st.floats(0.2, 0.7), st.floats(1.5, 6.0)), st.floats(0.0, 0.4))
def test_a_power_law_is_recovered(scale: float, exponent: float, floor: float) -> None:
    fit = saturation(ERRORS, scale * ERRORS**exponent + floor)
    assert (fit.scale, fit.exponent, fit.floor) == pytest.approx((scale, exponent, floor), abs=1e-3)
    assert fit.saturates == (exponent > 1)


@given(st.floats(-1.0, 1.0), st.floats(0.0, 0.4))
@example(slope=1e-9, floor=0.25)
def test_a_straight_line_is_no_saturation(slope: float, floor: float) -> None:
    fit = saturation(ERRORS, slope * ERRORS + floor + 1.0)
    assert (fit.exponent, fit.saturates) == (None, False)
    assert fit.verdict in ("straight line", "constant", "no variation")


def test_noise_about_a_line_seldom_looks_like_saturation() -> None:
    rng = np.random.default_rng(0)
    fits = [saturation(ERRORS, 0.5 * ERRORS + 0.2 + rng.normal(0, 0.03, len(ERRORS))) for _ in range(100)]
    assert sum(each.exponent is not None for each in fits) <= 12


def test_a_curve_with_noise_is_recovered() -> None:
    rng = np.random.default_rng(0)
    fit = saturation(ERRORS, 0.6 * ERRORS**4 + 0.2 + rng.normal(0, 0.01, len(ERRORS)))
    assert fit.saturates
    assert fit.floor == pytest.approx(0.2, abs=0.02)
    assert fit.score(0.9) == pytest.approx(1 - (fit.scale * 0.1**fit.exponent + fit.floor))


def test_few_or_constant_points_have_no_fit() -> None:
    few = saturation(ERRORS[: ENOUGH - 1], ERRORS[: ENOUGH - 1] ** 3)
    assert (few.verdict, few.score(0.5)) == ("too few points", None)
    assert saturation(np.full(ENOUGH, 0.3), ERRORS[:ENOUGH]).verdict == "no variation"
