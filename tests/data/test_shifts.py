"""Shifts of test images: the same for all, harder with each severity, and as the libraries would."""

import numpy as np
import pytest

from harness.data import digits
from harness.data.shifts import SEVERITIES, SHIFTS, shifted

every_shift = pytest.mark.parametrize("shift", list(SHIFTS))


def images(shape: tuple[int, int, int] = (1, 16, 16), count: int = 60) -> np.ndarray:
    return digits.task(shape).examples[:count]


@every_shift
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 20, 32)])
def test_every_severity_moves_further_away(shift: str, shape: tuple[int, int, int]) -> None:
    clean = images(shape)
    result = [shifted(clean, shift, severity, "digits") for severity in SEVERITIES]
    assert all(one.shape == clean.shape and one.dtype == np.uint8 for one in result)
    distances = [float(np.abs(one.astype(float) - clean).mean()) for one in result]
    assert distances[0] > 0
    assert distances == sorted(set(distances))


@every_shift
def test_a_shift_is_the_same_for_every_trial_and_differs_between_tasks(shift: str) -> None:
    one, same = (shifted(images(), shift, 3, "digits") for _ in range(2))
    assert np.array_equal(one, same)
    if shift != "blur":
        assert not np.array_equal(one, shifted(images(), shift, 3, "other"))


def test_a_rotation_turns_to_both_sides() -> None:
    bar = np.zeros((200, 1, 16, 16), dtype=np.uint8)
    bar[:, :, 1:15, 7:9] = 255
    result = shifted(bar, "rotation", 5, "digits")
    upper = result[:, 0, 1:5].astype(float)
    columns = np.arange(16)
    centres = (upper.sum(1) * columns).sum(1) / upper.sum((1, 2))
    assert 0.35 < (centres < 7.5).mean() < 0.65
    assert (np.abs(centres - 7.5) > 1.5).all()


def test_an_occlusion_is_one_grey_square() -> None:
    result = shifted(np.zeros((50, 1, 20, 20), dtype=np.uint8), "occlusion", 5, "digits")
    assert set(np.unique(result)) == {0, 128}
    assert ((result > 0).sum((1, 2, 3)) == 12 * 12).all()
