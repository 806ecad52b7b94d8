"""The losses of the papers against plain implementations of their equations, in float64."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from harness.objectives.contrast import nt_xent
from harness.objectives.vicreg import vicreg_loss

SIZES = st.tuples(st.integers(2, 7), st.integers(2, 6), st.integers(0, 2**31))
UNIT = 2.0**-24
"""Relative rounding error of float32."""


def nt_xent_error(count: int, width: int, temperature: float) -> float:
    """A bound on the rounding error of NT-Xent in float32, for projections (count, width).

    Normalising two rows and their product have a relative error of at most (2 width + 6) UNIT. A logit is off by that
    over the temperature. A loss, the difference of a logit and a log-sum of 2 count - 1 of them, is off by twice that.
    The sum adds 2 count UNIT, and the rounding of the values, up to 1 / temperature + log(2 count), the rest.
    """
    logit = (2 * width + 6) * UNIT / temperature
    return 2 * logit + 2 * count * UNIT + 4 * UNIT * (1 / temperature + math.log(2 * count))


def projections(count: int, width: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two views' projections."""
    generator = torch.Generator().manual_seed(seed)
    one = torch.randn(count, width, generator=generator, dtype=torch.float64)
    return one, one + 0.5 * torch.randn(count, width, generator=generator, dtype=torch.float64)


def plain_nt_xent(one: Tensor, other: Tensor, temperature: float) -> float:
    """Equation 1 of 2002.05709, sum by sum."""
    z = [row / row.norm() for row in [*one, *other]]
    count, total = len(one), 0.0
    for i in range(2 * count):
        j = i + count if i < count else i - count
        below = sum(math.exp(float(z[i] @ z[k]) / temperature) for k in range(2 * count) if k != i)
        total -= math.log(math.exp(float(z[i] @ z[j]) / temperature) / below)
    return total / (2 * count)


def plain_vicreg(one: Tensor, other: Tensor, invariance: float, variance: float, covariance: float) -> float:
    """Equation 6 of 2105.04906 with the scales of its published code."""
    count, width = one.shape
    distance = sum(float((a - b) ** 2) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))
    total = invariance * distance / (count * width)
    for z in (one, other):
        cov = torch.cov(z.T).reshape(width, width)
        hinges = [max(0.0, 1 - math.sqrt(float(cov[d, d]) + 1e-4)) for d in range(width)]
        total += variance * sum(hinges) / width / 2
        total += covariance * sum(float(cov[a, b]) ** 2 for a in range(width) for b in range(width) if a != b) / width
    return total


@given(SIZES, st.sampled_from([0.1, 0.2, 0.5, 1.0]))
def test_nt_xent_is_the_papers(sizes: tuple[int, int, int], temperature: float) -> None:
    one, other = projections(*sizes)
    expected = plain_nt_xent(one, other, temperature)
    assert float(nt_xent(one, other, temperature)) == pytest.approx(
        expected, abs=nt_xent_error(*sizes[:2], temperature)
    )


@given(SIZES, st.sampled_from([(25.0, 25.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]))
def test_vicreg_is_the_papers(sizes: tuple[int, int, int], weights: tuple[float, float, float]) -> None:
    """The tolerance: entries up to 6 are rounded to float32 by 6 UNIT = 4e-7 and enter the terms squared, so a term is
    off by up to 2 * 6 * 4e-7 = 5e-6 before its weight, twice that with the rounding of up to 42 summands."""
    one, other = projections(*sizes)
    result = float(vicreg_loss(one, other, *weights))
    assert result == pytest.approx(plain_vicreg(one, other, *weights), rel=1e-5, abs=1e-5 * sum(weights))


@given(SIZES, st.floats(0.1, 10))
def test_nt_xent_depends_on_directions_and_not_on_the_order_of_views(sizes: tuple[int, int, int], scale: float) -> None:
    one, other = projections(*sizes)
    error = 2 * nt_xent_error(*sizes[:2], 0.2)
    torch.testing.assert_close(nt_xent(one, other, 0.2), nt_xent(other, one * scale, 0.2), rtol=0, atol=error)


def test_nt_xent_of_equal_projections_is_chance() -> None:
    same = torch.ones(8, 4)
    assert float(nt_xent(same, same, 0.2)) == pytest.approx(math.log(15), rel=1e-5)


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize(
    "loss", [lambda one, other: nt_xent(one, other, 0.1), lambda one, other: vicreg_loss(one, other, 25, 25, 1)]
)
def test_gradients_are_finite_also_when_collapsed(loss, collapsed: bool) -> None:
    one, other = (view.float() for view in projections(6, 4, 0))
    if collapsed:
        one, other = torch.zeros_like(one), torch.zeros_like(other)
    one.requires_grad_(True)
    loss(one, other).backward()
    assert torch.isfinite(one.grad).all()


@pytest.mark.parametrize(
    "loss", [lambda one, other: nt_xent(one, other, 0.1), lambda one, other: vicreg_loss(one, other, 25, 25, 1)]
)
def test_mixed_precision_does_not_change_the_loss_itself(loss) -> None:
    one, other = (view.float() for view in projections(24, 16, 0))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = loss(one, other)
    torch.testing.assert_close(mixed, loss(one, other), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("temperature", [0.1, 0.2, 0.5])
def test_nt_xent_of_fixed_projections_to_five_digits(temperature: float) -> None:
    one, other = projections(32, 16, 7)
    assert float(nt_xent(one, other, temperature)) == pytest.approx(plain_nt_xent(one, other, temperature), abs=1e-5)


def test_nt_xent_is_lightlys() -> None:
    """lightly 1.5 takes the same pairs: positives first, then the negatives of both views, without each row's own."""
    lightly = pytest.importorskip("lightly.loss", reason="lightly is installed with the extra bench")
    one, other = (view.float() for view in projections(32, 16, 7))
    wanted = lightly.NTXentLoss(temperature=0.2)(one, other)
    torch.testing.assert_close(nt_xent(one, other, 0.2), wanted, rtol=1e-5, atol=1e-5)
