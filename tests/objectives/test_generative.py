"""The losses of variational and adversarial objectives, against torch's distributions and plain sums."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

from harness.objectives.adversarial import Generator, discriminator_loss, generator_loss, gradient_penalty
from harness.objectives.vae import kl_nats, reconstruction_nats
from tests.objectives.test_contract import batch, heldout, objective, weights

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
"""Float32 sums of at most 24 terms: 24 * 2**-24 = 1.5e-6 of the largest, which is 10 at most where terms cancel."""


def normal(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 1000))
def test_the_code_term_is_the_divergence_from_a_standard_normal(count: int, width: int, seed: int) -> None:
    mean, log_variance = normal(count, width, seed=seed), normal(count, width, seed=seed + 1)
    code = Independent(Normal(mean, (log_variance / 2).exp()), 1)
    prior = Independent(Normal(torch.zeros(count, width), torch.ones(count, width)), 1)
    torch.testing.assert_close(kl_nats(mean, log_variance), kl_divergence(code, prior), **CLOSE)


def test_the_pixel_term_is_the_bernoulli_likelihood() -> None:
    logits, x = 3 * normal(5, 2, 4, 3), torch.rand(5, 2, 4, 3)
    wanted = -Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(dim=(1, 2, 3))
    torch.testing.assert_close(reconstruction_nats(logits, x), wanted, **CLOSE)


def test_beta_weighs_the_code_in_training_and_not_on_held_out_data() -> None:
    plain, heavy = objective("vae", beta=1.0), objective("vae", beta=4.0)
    heavy.load_state_dict(plain.state_dict())
    losses = [float(next(made.train().losses(batch()))[1].detach()) for made in (plain, heavy)]
    with torch.no_grad():
        reconstruction, kl = plain.train().terms(batch())
    pixels = batch().x[0].numel()
    assert losses[0] == pytest.approx(float((reconstruction + kl).mean()) / pixels, rel=1e-4)
    assert losses[1] == pytest.approx(float((reconstruction + 4 * kl).mean()) / pixels, rel=1e-4)
    plain.load_state_dict(heavy.state_dict())
    assert plain.evaluate(heldout().once) == heavy.evaluate(heldout().once)


def test_the_trivial_predictor_is_an_empty_code_and_the_mean_image() -> None:
    made = objective("vae")
    x = torch.cat([each.x for each in heldout().once()])
    mean = x.mean(dim=0).clamp(1e-6, 1 - 1e-6)
    wanted = float(reconstruction_nats(mean.logit().expand_as(x), x).mean()) / x[0].numel()
    assert made.evaluate(heldout().once)["trivial_loss"] == pytest.approx(wanted, rel=1e-4)


def test_the_losses_are_cross_entropy_of_real_and_fake() -> None:
    real, fake = 2 * normal(16, 1), 2 * normal(16, 1, seed=1)
    ones, zeros = torch.ones(16, 1), torch.zeros(16, 1)
    wanted = binary_cross_entropy_with_logits(real, ones) + binary_cross_entropy_with_logits(fake, zeros)
    torch.testing.assert_close(discriminator_loss(real, fake), wanted, **CLOSE)
    torch.testing.assert_close(generator_loss(fake), binary_cross_entropy_with_logits(fake, ones), **CLOSE)


def test_the_generator_has_the_largest_gradient_where_it_fails() -> None:
    logits = torch.tensor([-5.0, 0.0, 5.0], requires_grad=True)
    generator_loss(logits).backward()
    assert logits.grad is not None
    assert (logits.grad[:-1] < logits.grad[1:]).all()
    assert (logits.grad < 0).all()


def test_the_penalty_is_the_square_of_the_gradient_at_real_examples() -> None:
    """For sum(a x) + b x_0^2 the gradient is known: a, plus 2 b x_0 in its first entry."""
    a, b, x = normal(6), 0.7, normal(4, 6, seed=1)

    def score(points: Tensor) -> Tensor:
        return (points @ a + b * points[:, 0] ** 2)[:, None]

    gradients = a.expand(4, 6).clone()
    gradients[:, 0] += 2 * b * x[:, 0]
    torch.testing.assert_close(gradient_penalty(score, x), gradients.square().sum(dim=1).mean(), **CLOSE)


def test_the_penalty_adds_up_over_an_image_and_its_code() -> None:
    layer, other = nn.Linear(5, 1), nn.Linear(3, 1)
    result = gradient_penalty(lambda x, z: layer(x) + other(z), normal(4, 5), normal(4, 3))
    torch.testing.assert_close(result, layer.weight.square().sum() + other.weight.square().sum(), **CLOSE)
    result.backward()
    torch.testing.assert_close(layer.weight.grad, 2 * layer.weight.detach())


def test_the_penalty_is_due_every_few_steps_and_scaled_by_their_number() -> None:
    made = objective("gan", penalty=0.5, every=4)
    x = batch().x
    result = [float(made.due_penalty(made.score, x).detach()) for _ in range(8)]
    assert result[0] == pytest.approx(float(gradient_penalty(made.score, x).detach()) * 0.5 / 2 * 4, rel=1e-5)
    assert result[1:4] == result[5:8] == [0.0] * 3
    assert result[4] > 0


@pytest.mark.parametrize("name", ["gan", "bigan"])
def test_each_part_updates_its_own_weights(name: str) -> None:
    made = objective(name).train()
    parts = made.parts()
    for part, loss in made.losses(batch()):
        made.zero_grad(set_to_none=True)
        loss.backward()
        assert all(weight.grad is not None for weight in parts[part])


def test_bigan_has_one_loss_with_swapped_roles() -> None:
    """With an uninformative discriminator both losses are 2 log 2."""
    made = objective("bigan", penalty=0.0).train()
    nn.init.zeros_(made.discriminator.score[-1].weight)
    nn.init.zeros_(made.discriminator.score[-1].bias)
    assert [float(loss.detach()) for _, loss in made.losses(batch())] == pytest.approx([2 * math.log(2)] * 2, rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (1, 7, 13), (3, 5, 4)])
def test_a_generator_makes_images_of_the_given_shape(shape: tuple[int, int, int]) -> None:
    image = Generator(latent=6, shape=shape, width=4)(normal(3, 6))
    assert image.shape == (3, *shape)
    assert image.min() > 0
    assert image.max() < 1


def test_samples_are_scored_together_with_those_of_a_gaussian() -> None:
    made = objective("gan")
    made.add_reference(batch())
    result = made.evaluate(heldout().once)
    assert result["loss"] == result["sample_distance"] > result["gaussian_distance"] > 0


def test_the_reference_images_are_a_bounded_number_of_real_ones() -> None:
    made = objective("gan")
    for _ in range(50):
        made.add_reference(batch())
    assert 1024 <= len(made.reference) <= 1024 + 32
    assert torch.equal(made.reference[-32:], batch().x)
    assert "reference" not in weights(made)
