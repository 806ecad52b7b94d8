"""The contract of every objective of the registry, with encoders of three kinds: BatchNorm, none, dropout."""

import math
from collections import Counter
from typing import Any

import pytest
import torch
from torch import nn

from harness.catalog.loading import resolve
from harness.catalog.schemas import PUBLISHED
from harness.data import digits
from harness.data.batches import Batch, Batches, to_float
from harness.meters.clock import Meters
from harness.objectives.decoder import Decoder, decoder
from harness.training.loop import train
from harness.training.objective import Objective
from harness.training.optimizers import optimizers
from tests.models.built import CATALOG, LARGE_ARE_HEAVY, REGISTRY, SMALL, encoder

OBJECTIVES = sorted(
    name
    for name, entry in CATALOG.objectives.items()
    if entry.modality in ("image", "any") and name != PUBLISHED  # it needs weights: tests/sweep/test_published.py
)
LEARNING = [name for name in OBJECTIVES if CATALOG.objectives[name].optimizer is not None]
ENCODERS = ["cnn-nano", "mlp", "cnn-mnist"]
CLASSES, COUNT, STEPS = 10, 32, 20

every_objective = pytest.mark.parametrize("name", OBJECTIVES)
every_learning = pytest.mark.parametrize("name", LEARNING)
every_encoder = pytest.mark.parametrize("model", ENCODERS)


def batch(seed: int = 0, count: int = COUNT) -> Batch:
    """Digits with their labels and a random stream."""
    task = digits.task(SMALL)
    rows = slice(0, count)
    return Batch(
        to_float(torch.from_numpy(task.examples[rows])),
        torch.from_numpy(task.labels[rows]),
        torch.Generator().manual_seed(seed),
    )


def objective(name: str, model: str = "cnn-nano", count: int = COUNT, **more: Any) -> Objective:
    """An objective of the registry with its entry's arguments."""
    entry = CATALOG.objectives[name]
    made = encoder(model)
    torch.manual_seed(1)
    result: Objective = resolve(entry.entry, REGISTRY / "objectives")(
        made, batch(count=count), classes=CLASSES, **(entry.args | more)
    )
    return result


def heldout(count: int = 100, size: int = 50) -> Batches:
    """Held-out digits as in the recipe: every call gives the same batches with the same stream."""
    task = digits.task(SMALL)
    return Batches(
        task.examples[-count:], task.labels[-count:], batch=size, steps=0, seed=5, device=torch.device("cpu")
    )


def weights(module: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of a module's state."""
    return {key: value.clone() for key, value in module.state_dict().items()}


def test_the_registry_has_objectives() -> None:
    assert set(OBJECTIVES) - set(LEARNING) == {"scratch"}
    assert {"autoencoder", "simclr", "vicreg"} <= set(LEARNING)


@every_learning
@every_encoder
def test_the_parts_hold_every_weight_once(name: str, model: str) -> None:
    made = objective(name, model)
    counts = Counter(id(weight) for part in made.parts().values() for weight in part)
    wanted = {id(weight) for weight in made.parameters() if weight.requires_grad}
    assert set(counts) == wanted
    assert set(counts.values()) == {1}
    assert {id(weight) for weight in made.encoder.parameters()} <= wanted


@every_learning
@every_encoder
def test_a_few_steps_on_one_batch_lower_the_losses(name: str, model: str) -> None:
    made = objective(name, model)
    before = weights(made.encoder)
    steppers = optimizers(made, **CATALOG.objectives[name].optimizer.model_dump(), steps=STEPS)
    curve = train(made, [batch() for _ in range(STEPS)], steppers, Meters(torch.device("cpu")), STEPS)
    curves = {part.removeprefix("loss/"): points for part, points in curve.items() if part != "step"}
    assert set(curves) == set(made.parts())
    assert all(math.isfinite(value) for points in curves.values() for value in points)
    assert all(torch.isfinite(value).all() for value in weights(made).values())
    assert any(not torch.equal(before[key], value) for key, value in weights(made.encoder).items())
    if len(curves) == 1:  # adversarial losses need not fall
        (points,) = curves.values()
        assert sum(points[-3:]) / 3 < points[0]


@every_learning
@every_encoder
def test_the_gradient_reaches_the_encoder(name: str, model: str) -> None:
    made = objective(name, model).train()
    for _, loss in made.losses(batch()):
        assert loss.ndim == 0
        loss.backward()
    gradients = [weight.grad for weight in made.encoder.parameters() if weight.grad is not None]
    assert sum(float(gradient.abs().sum()) for gradient in gradients) > 0


@every_objective
@every_encoder
def test_evaluation_changes_no_state(name: str, model: str) -> None:
    made = objective(name, model)
    before = weights(made)
    result = made.evaluate(heldout().once)
    assert result == made.evaluate(heldout().once)
    assert all(torch.equal(before[key], value) for key, value in weights(made).items())
    if name not in LEARNING:
        assert result == {}
        return
    assert set(result) <= {"loss", "trivial_loss", "skill", "sample_distance", "gaussian_distance"}
    assert all(math.isfinite(value) for value in result.values())
    assert ("skill" in result) == ("trivial_loss" in result)
    if "skill" in result:
        assert result["skill"] == pytest.approx(1 - result["loss"] / result["trivial_loss"])


@every_learning
def test_the_stream_of_a_batch_decides_its_randomness(name: str) -> None:
    def first(seed: int) -> list[float]:
        made = objective(name).train()
        torch.manual_seed(2)
        return [float(loss.detach()) for _, loss in made.losses(batch(seed))]

    assert first(0) == first(0)


@every_learning
def test_a_seed_gives_the_same_bits_again(name: str) -> None:
    def trained() -> dict[str, torch.Tensor]:
        made = objective(name)
        steppers = optimizers(made, rate=1e-3, weight_decay=0.0, steps=3)
        train(made, [batch(seed) for seed in range(3)], steppers, Meters(torch.device("cpu")), 3)
        return weights(made)

    one, other = trained(), trained()
    assert all(torch.equal(one[key], other[key]) for key in one)


@every_learning
@pytest.mark.parametrize("size", [(1, 8, 8), (3, 12, 20)])
def test_images_may_have_any_shape(name: str, size: tuple[int, int, int]) -> None:
    entry = CATALOG.objectives[name]
    x = torch.rand(6, *size, generator=torch.Generator().manual_seed(0))
    sample = Batch(x, torch.arange(6) % CLASSES, torch.Generator().manual_seed(0))
    made = resolve(entry.entry, REGISTRY / "objectives")(
        encoder("cnn-nano", size), sample, classes=CLASSES, **entry.args
    )
    assert all(torch.isfinite(loss) for _, loss in made.train().losses(sample))


@every_learning
@pytest.mark.parametrize("model", LARGE_ARE_HEAVY)
def test_it_runs_for_every_encoder(name: str, model: str) -> None:
    made = objective(name, model, count=4)
    before = [weight.detach().clone() for weight in list(made.encoder.parameters())[:8]]
    steppers = optimizers(made, **CATALOG.objectives[name].optimizer.model_dump(), steps=1)
    curve = train(made, [batch(count=4)], steppers, Meters(torch.device("cpu")), 1)
    assert curve["step"] == [1]
    assert all(torch.isfinite(value).all() for value in made.state_dict().values())
    assert any(not torch.equal(old, new) for old, new in zip(before, made.encoder.parameters(), strict=False))
    assert all(math.isfinite(value) for value in made.evaluate(heldout(8, 8).once).values())


def test_scratch_has_nothing_to_train() -> None:
    made = objective("scratch")
    assert made.parts() == {}
    assert list(made.losses(batch())) == []


def test_the_trivial_predictor_of_a_reconstruction_is_the_mean_image() -> None:
    x = torch.cat([each.x for each in heldout().once()])
    mean = x.mean(dim=0, keepdim=True).expand_as(x)
    trivial = float(nn.functional.mse_loss(mean, x))
    for name in ("autoencoder", "denoising-autoencoder"):
        assert objective(name).evaluate(heldout().once)["trivial_loss"] == pytest.approx(trivial, rel=1e-5)


def test_a_reconstruction_is_scored_on_clean_images_at_any_batch_size() -> None:
    made = objective("autoencoder")
    x = torch.cat([each.x for each in heldout().once()])
    with torch.no_grad():
        loss = float(nn.functional.mse_loss(made.eval()(x), x))
    for size in (7, 50, 100):
        assert made.evaluate(heldout(size=size).once)["loss"] == pytest.approx(loss, rel=1e-4)


def test_a_denoiser_maps_corrupted_images_to_clean_ones() -> None:
    made = objective("denoising-autoencoder")
    clean = batch()
    assert (made.corrupted(clean) - clean.x).abs().mean() > 0.05
    ((_, loss),) = made.losses(batch())
    wanted = nn.functional.mse_loss(made(made.corrupted(batch())), clean.x)
    torch.testing.assert_close(loss, wanted)


def test_chance_is_the_trivial_predictor_of_contrast_on_128_at_most() -> None:
    for size in (20, 50, 128, 200):
        result = objective("simclr").evaluate(heldout(count=200, size=size).once)
        assert result["trivial_loss"] == pytest.approx(math.log(2 * min(size, 128) - 1))


def test_contrast_of_constant_features_has_no_skill() -> None:
    result = objective("simclr", "constant").evaluate(heldout().once)
    assert result["skill"] == pytest.approx(0, abs=1e-5)


def test_a_smaller_last_batch_does_not_lower_the_contrastive_loss() -> None:
    made = objective("simclr")
    whole = made.evaluate(heldout(count=100, size=50).once)
    assert made.evaluate(heldout(count=130, size=50).once)["trivial_loss"] == whole["trivial_loss"]


def test_the_trivial_predictor_of_a_classifier_is_uniform() -> None:
    result = objective("supervised", "constant").evaluate(heldout().once)
    assert result["trivial_loss"] == pytest.approx(math.log(CLASSES))
    made = objective("supervised")
    nn.init.zeros_(made.head.weight)
    nn.init.zeros_(made.head.bias)
    assert made.evaluate(heldout().once)["skill"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("grid", [(1, 1), (2, 2), (3, 5), (4, 4), (8, 8), (16, 16)])
@pytest.mark.parametrize("size", [(16, 16), (12, 20), (7, 9)])
def test_a_decoder_reaches_the_size_of_the_image(grid: tuple[int, int], size: tuple[int, int]) -> None:
    made = Decoder(6, grid, 3, size, width=4)
    image = made(torch.rand(2, 6, *grid))
    assert image.shape == (2, 3, *size)
    image.square().sum().backward()
    assert all(weight.grad is not None for weight in made.parameters())


def test_a_decoder_is_sized_by_a_dry_run() -> None:
    for name in ENCODERS:
        made, x = encoder(name), batch().x
        assert decoder(made, x, 4)(made(x)).shape == x.shape
