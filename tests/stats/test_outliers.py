"""Outliers of a series of changes: false alarms, and the power of the test."""

import numpy as np
import pytest

from harness.stats.outliers import FEWEST, outliers


@pytest.mark.parametrize("nights", [5, 6, 8, 12, 30, 100])
def test_a_series_without_a_change_errs_once_in_twenty(nights: int) -> None:
    random = np.random.default_rng(nights)
    erred = [outliers(np.diff(random.normal(size=nights))).any() for _ in range(1500)]
    assert np.mean(erred) < 0.062, "0.05 and 2 standard errors"


def test_a_step_of_six_standard_deviations_is_mostly_detected() -> None:
    random = np.random.default_rng(0)
    detected = []
    for _ in range(300):
        levels = random.normal(size=20)
        levels[10:] += 6
        detected.append(outliers(np.diff(levels))[9])
    assert np.mean(detected) > 0.7


def test_two_outliers_do_not_mask_each_other() -> None:
    changes = np.array([0.01, -0.02, 0.4, 0.0, 0.01, 0.5, -0.01, 0.02])
    assert np.flatnonzero(outliers(changes)).tolist() == [2, 5]


def test_a_short_series_has_no_outlier() -> None:
    assert not outliers(np.array([0.0] * (FEWEST - 2) + [9.0])).any()
    assert not outliers(np.array([])).any()
