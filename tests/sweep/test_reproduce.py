"""The comparison of a recorded trial with its repetition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sweep.reproduce import CLOSE, DIFFERS, SAME, compared
from tests.store.builders import record

ELSEWHERE = ["hardware: one when it was recorded, another now"]
SHARES = st.floats(0, 1)


@given(SHARES)
def test_equal_figures_are_the_same_wherever(share: float) -> None:
    recorded = record(metrics={"accuracy": share, "loss": 2 * share})
    for elsewhere in ([], ELSEWHERE):
        assert compared(recorded, recorded.metrics, 450, elsewhere).verdict == SAME


def test_on_the_same_machine_every_bit_has_to_come_again() -> None:
    recorded = record(metrics={"accuracy": 0.5})
    assert compared(recorded, {"accuracy": 0.5 + 1e-16 * 4}, 450, []).verdict == DIFFERS


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ({"accuracy": 0.54, "loss": 2.0}, CLOSE),
        ({"accuracy": 0.56, "loss": 2.0}, DIFFERS),
        ({"accuracy": 0.5, "loss": 2.09}, CLOSE),
        ({"accuracy": 0.5, "loss": 2.2}, DIFFERS),
        ({"accuracy": 0.5}, DIFFERS),
        ({"accuracy": 0.5, "loss": 2.0, "skill": 0.1}, DIFFERS),
    ],
)
def test_elsewhere_figures_have_to_be_close(now: dict[str, float], verdict: str) -> None:
    recorded = record(metrics={"accuracy": 0.5, "loss": 2.0})
    assert compared(recorded, now, 450, ELSEWHERE).verdict == verdict


def test_more_test_examples_leave_less_open() -> None:
    recorded = record(metrics={"accuracy": 0.5})
    assert compared(recorded, {"accuracy": 0.52}, 450, ELSEWHERE).verdict == CLOSE
    assert compared(recorded, {"accuracy": 0.52}, 45000, ELSEWHERE).verdict == DIFFERS
