"""The loop: parts by name, each loss after the previous step, the points of a curve, and divergence."""

import math
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.meters.clock import Meters
from harness.training.loop import CURVE_POINTS, Diverged, train
from harness.training.objective import Objective
from harness.training.optimizers import CLIP_NORM, Optimizer, optimizers, schedule

CPU = torch.device("cpu")


def batches(count: int, size: int = 4) -> list[Batch]:
    """Batches of ones."""
    return [Batch(torch.ones(size, 2), None, torch.Generator()) for _ in range(count)]


class Fixed(Objective):
    """Yields given losses, which have no gradient."""

    def __init__(self, values: list[float]) -> None:
        super().__init__(nn.Linear(2, 1))
        self.values = iter(values)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", self.encoder(batch.x).sum() * 0 + next(self.values)


class Adversaries(Objective):
    """The order of a GAN: a step of the discriminator, then of the generator; then a target is moved."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(2, 2))
        self.discriminator = nn.Linear(2, 1)
        self.target = nn.Linear(2, 2).requires_grad_(False)
        self.seen: list[tuple[str, Tensor, Tensor]] = []
        self.followed = 0

    def parts(self) -> dict[str, list[nn.Parameter]]:
        return {"discriminator": [*self.discriminator.parameters()], "generator": [*self.encoder.parameters()]}

    def note(self, moment: str) -> None:
        """Remembers the weights at a moment."""
        self.seen.append((moment, self.discriminator.weight.detach().clone(), self.encoder.weight.detach().clone()))

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        self.note("before")
        yield "discriminator", self.discriminator(self.encoder(batch.x).detach()).mean()
        self.note("between")
        yield "generator", -self.discriminator(self.encoder(batch.x)).mean()
        self.note("after")
        self.target.weight.lerp_(self.encoder.weight, 0.5)
        self.followed += 1


def run(objective: Objective, steps: int, rate: float = 0.01) -> dict[str, list[float]]:
    """Trains without weight decay."""
    steppers = optimizers(objective, rate=rate, weight_decay=0.0, steps=steps)
    return train(objective, batches(steps), steppers, Meters(CPU), steps)


def test_parts_take_turns_and_each_step_moves_its_own_part() -> None:
    torch.manual_seed(0)
    objective = Adversaries()
    curve = run(objective, 5)
    assert [moment for moment, _, _ in objective.seen] == ["before", "between", "after"] * 5
    for index in range(0, 15, 3):
        (_, first_d, first_g), (_, second_d, second_g), (_, third_d, third_g) = objective.seen[index : index + 3]
        assert not torch.equal(first_d, second_d)
        assert torch.equal(first_g, second_g)
        assert torch.equal(second_d, third_d)
        assert not torch.equal(second_g, third_g)
    assert set(curve) == {"step", "loss/discriminator", "loss/generator"}


def test_code_after_the_last_loss_runs_each_step() -> None:
    objective = Adversaries()
    before = objective.target.weight.clone()
    run(objective, 4)
    assert objective.followed == 4
    assert not torch.equal(before, objective.target.weight)


def test_gradients_that_a_loss_leaves_in_other_parts_are_not_used() -> None:
    """The generator's loss flows through the discriminator; the next step of the discriminator must not feel it."""
    torch.manual_seed(0)
    objective = Adversaries()
    steppers = optimizers(objective, rate=0.01, weight_decay=0.0, steps=4)
    (batch,) = batches(1)
    for part, loss in objective.losses(batch):
        steppers[part].step(loss)
    fake = objective.encoder(batch.x).detach()
    steppers["discriminator"].step(objective.discriminator(fake).mean())
    wanted = fake.mean(dim=0)
    wanted = torch.cat([wanted, torch.ones(1)])
    result = torch.cat([objective.discriminator.weight.grad.flatten(), objective.discriminator.bias.grad])
    torch.testing.assert_close(result, wanted * min(1.0, float(CLIP_NORM / wanted.norm())), rtol=1e-4, atol=1e-5)


def test_it_trains_in_training_mode_and_counts_every_step() -> None:
    objective = Fixed([1.0] * 7).eval()
    meters = Meters(CPU)
    train(objective, batches(7, size=3), optimizers(objective, rate=0.01, weight_decay=0, steps=7), meters, 7)
    assert objective.training
    assert (meters.steps, meters.examples) == (7, 21)


@given(st.integers(1, 130))
def test_a_curve_is_short_and_holds_the_last_step(steps: int) -> None:
    values = [float(step) for step in range(1, steps + 1)]
    curve = run(Fixed(values), steps)
    every = max(1, steps // CURVE_POINTS)
    assert curve["step"][-1] == steps
    assert curve["step"] == sorted(set(curve["step"]))
    assert len(curve["step"]) == len(curve["loss/encoder"]) == math.ceil(steps / every) <= 2 * CURVE_POINTS
    start = 0
    for step, loss in zip(curve["step"], curve["loss/encoder"], strict=True):
        assert loss == pytest.approx(sum(values[start : int(step)]) / (step - start))
        start = int(step)


def test_a_part_that_is_stepped_twice_a_batch_has_the_mean_of_both() -> None:
    class Twice(Fixed):
        def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
            yield from super().losses(batch)
            yield from super().losses(batch)

    assert run(Twice([1.0, 3.0] * 4), 4)["loss/encoder"] == [2.0] * 4


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("at", [0, 30, 44])
def test_a_loss_that_is_not_finite_ends_the_run(value: float, at: int) -> None:
    values = [1.0] * 45
    values[at] = value
    with pytest.raises(Diverged, match=r"'encoder' .* by step"):
        run(Fixed(values), 45)


def test_divergence_is_detected_at_the_next_point() -> None:
    values = iter([1.0] * 10 + [float("nan")] * 90)
    objective = Fixed([])
    objective.values = values
    with pytest.raises(Diverged, match="by step 15"):
        run(objective, 100)


def test_no_batches_give_no_points() -> None:
    assert run(Fixed([]), 0) == {"step": []}


def test_a_gradient_is_clipped_to_one_over_the_whole_part() -> None:
    weights = [nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2))]
    stepper = Optimizer(weights, rate=0.1, weight_decay=0.0, steps=10)
    stepper.step(1000 * weights[0].sum() + 500 * weights[1].sum())
    norm = torch.cat([weight.grad for weight in weights]).norm()
    assert float(norm) == pytest.approx(CLIP_NORM, rel=1e-3)
    assert float(weights[0].grad[0] / weights[1].grad[0]) == pytest.approx(2, rel=1e-4)
    stepper.step(0.1 * weights[0][0])
    assert float(weights[0].grad.norm()) == pytest.approx(0.1, rel=1e-5)


def test_a_step_is_pytorchs_adamw_at_the_scheduled_rate() -> None:
    torch.manual_seed(0)
    mine, theirs = (nn.Linear(3, 1) for _ in range(2))
    theirs.load_state_dict(mine.state_dict())
    stepper = Optimizer(mine.parameters(), rate=0.02, weight_decay=0.1, steps=30)
    adamw = torch.optim.AdamW(theirs.parameters(), lr=0.02, weight_decay=0.1)
    x = torch.randn(8, 3)
    for step in range(30):
        stepper.step(0.01 * mine(x).square().mean())
        adamw.zero_grad()
        (0.01 * theirs(x).square().mean()).backward()
        adamw.param_groups[0]["lr"] = 0.02 * schedule(step, 30)
        adamw.step()
    torch.testing.assert_close(mine.weight, theirs.weight, rtol=1e-4, atol=1e-6)


def test_frozen_weights_do_not_change() -> None:
    layer = nn.Linear(2, 1)
    layer.bias.requires_grad_(False)
    before = layer.bias.clone()
    stepper = Optimizer(layer.parameters(), rate=0.1, weight_decay=0.5, steps=3)
    stepper.step(layer(torch.ones(1, 2)).sum())
    assert torch.equal(before, layer.bias)


@given(st.integers(1, 2000))
def test_the_rate_warms_up_and_falls_to_zero(steps: int) -> None:
    rates = [schedule(step, steps) for step in range(steps)]
    warmup = max(1, round(0.1 * steps))
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[warmup - 1] == 1
    assert rates[:warmup] == sorted(rates[:warmup])
    assert rates[warmup:] == sorted(rates[warmup:], reverse=True)
    assert schedule(steps, steps) == pytest.approx(0, abs=1e-9) or steps == warmup


class Fit(Objective):
    """A linear fit of ones to minus one."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(2, 2))

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "encoder", (self.encoder(batch.x).float() + 1).square().mean()


def test_mixed_precision_sees_every_step() -> None:
    """Autocast caches cast weights. A cache that outlived a step would stop all learning."""
    curves = []
    for enabled in (False, True):
        torch.manual_seed(0)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            curves.append(run(Fit(), 20, rate=0.05)["loss/encoder"])
    assert curves[0][-1] < 0.1 * curves[0][0]
    assert curves[1] == pytest.approx(curves[0], rel=0.05, abs=0.01)


def test_a_backward_pass_is_not_cast() -> None:
    """A loss in full precision has gradients in full precision."""
    objective = Fit()
    seen = []
    objective.encoder.weight.register_hook(lambda gradient: seen.append(torch.is_autocast_enabled("cpu")))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        run(objective, 1)
    assert seen == [False]


@pytest.mark.parametrize(
    ("yielded", "words"),
    [
        (("mse", torch.zeros((), requires_grad=True)), r"'mse', .* encoder"),
        (("encoder", torch.zeros(2, requires_grad=True)), r"\(2,\)"),
    ],
)
def test_an_invalid_loss_is_named(yielded: tuple[str, torch.Tensor], words: str) -> None:
    class Odd(Objective):
        def losses(self, batch: Batch) -> Iterator[tuple[str, torch.Tensor]]:
            yield yielded

    with pytest.raises(ValueError, match=words):
        run(Odd(nn.Linear(2, 2)), 1)
