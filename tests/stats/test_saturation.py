"""Saturation: a power law that is there is found, and nothing else is."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.findings.relation import relations
from harness.findings.rows import rows_of
from harness.stats.saturation import ENOUGH, saturation
from tests.findings.test_relation import frame_of

ERRORS = np.linspace(0.05, 0.9, 20)


@given(st.floats(0.1, 1.0), st.one_of(st.floats(0.2, 0.7), st.floats(1.5, 6.0)), st.floats(0.0, 0.4))
def test_a_power_law_is_recovered(scale: float, exponent: float, floor: float) -> None:
    found = saturation(ERRORS, scale * ERRORS**exponent + floor)
    assert (found.scale, found.exponent, found.floor) == pytest.approx((scale, exponent, floor), abs=1e-3)
    assert found.saturates == (exponent > 1)


@given(st.floats(-1.0, 1.0), st.floats(0.0, 0.4))
@example(slope=1e-9, floor=0.25)
def test_a_straight_line_is_no_saturation(slope: float, floor: float) -> None:
    found = saturation(ERRORS, slope * ERRORS + floor + 1.0)
    assert (found.exponent, found.saturates) == (None, False)
    assert found.text.startswith("no saturation")


def test_noise_about_a_line_seldom_looks_like_saturation() -> None:
    rng = np.random.default_rng(0)
    told = [saturation(ERRORS, 0.5 * ERRORS + 0.2 + rng.normal(0, 0.03, len(ERRORS))) for _ in range(100)]
    assert sum(each.exponent is not None for each in told) <= 12


def test_a_curve_with_noise_is_found() -> None:
    rng = np.random.default_rng(0)
    found = saturation(ERRORS, 0.6 * ERRORS**4 + 0.2 + rng.normal(0, 0.01, len(ERRORS)))
    assert found.saturates
    assert found.floor == pytest.approx(0.2, abs=0.02)
    assert found.text.startswith("saturates: error = 0.6")


def test_few_points_and_constant_ones_say_why_not() -> None:
    assert "too few" in saturation(ERRORS[: ENOUGH - 1], ERRORS[: ENOUGH - 1] ** 3).text
    assert "the same everywhere" in saturation(np.full(ENOUGH, 0.3), ERRORS[:ENOUGH]).text


def test_a_relation_has_that_of_a_probe_over_all_points() -> None:
    told = relations(rows_of(frame_of(3, 3, lambda model, arm: 0.2 + 0.1 * model + 0.05 * arm)))
    assert {each.within for each in told if each.saturation is not None} == {None}
    (pooled,) = [each for each in told if each.within is None]
    assert pooled.saturation.text == "no saturation: a straight line says as much"
