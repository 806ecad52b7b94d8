"""The contract of every encoder of the registry."""

from pathlib import Path

import pytest
import torch
from torch import nn

from harness.errors import BoardError
from harness.training import checkpoints
from harness.training.features import dry_run
from tests.models.built import CATALOG, COLOUR, GREY, LARGE, LIGHT, MODELS, SMALL, TRAINED, encoder, images

SIZES = ("nano", "tiny", "small", "base")
every_model = pytest.mark.parametrize("name", MODELS)
every_light_model = pytest.mark.parametrize("name", LIGHT)


def weights(name: str) -> int:
    """The number of weights of a model."""
    return sum(weight.numel() for weight in encoder(name).parameters())


def same(one: nn.Module, other: nn.Module) -> bool:
    """Whether two modules have the same weights, to the bit."""
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[key], theirs[key]) for key in mine)


def test_the_registry_has_models() -> None:
    assert "cnn-mnist" in TRAINED
    assert set(TRAINED) > LARGE
    assert set(MODELS) - set(TRAINED)


@every_model
@pytest.mark.parametrize("shape", [SMALL, COLOUR])
def test_gives_a_finite_feature_map(name: str, shape: tuple[int, int, int]) -> None:
    model = encoder(name, shape)
    for training in (True, False):
        features = model.train(training)(images(3, shape))
        assert features.ndim == 4
        assert len(features) == 3
        assert min(features.shape[1:]) >= 1
        assert features.dtype == torch.float32
        assert torch.isfinite(features).all()


def test_the_example_network_takes_its_own_size() -> None:
    assert encoder("cnn-mnist", GREY)(images(2, GREY)).shape == (2, 128, 1, 1)


@every_light_model
def test_a_seed_decides_the_weights(name: str) -> None:
    one = encoder(name, seed=3)
    assert same(one, encoder(name, seed=3))
    assert same(one, encoder(name, seed=4)) == (not list(one.parameters()))


@every_light_model
@torch.no_grad()
def test_in_evaluation_examples_are_independent(name: str) -> None:
    model = encoder(name).eval()
    x = images(5)
    assert torch.equal(model(x), model(x))
    torch.testing.assert_close(model(x)[:2], model(x[:2]), rtol=1e-4, atol=1e-5)


@every_light_model
@torch.no_grad()
def test_a_dry_run_gives_the_shape_and_changes_nothing(name: str) -> None:
    model, fresh = encoder(name).train(), encoder(name)
    features = dry_run(model, images(2))
    assert features.shape == model.eval()(images(2)).shape
    assert same(model, fresh)
    assert dry_run(model.train(), images(2)).shape == features.shape
    assert model.training


@pytest.mark.parametrize("name", TRAINED)
def test_every_weight_is_reached_by_the_gradient(name: str) -> None:
    model = encoder(name).train()
    model(images(4)).square().sum().backward()
    unreached = [key for key, weight in model.named_parameters() if weight.grad is None]
    assert unreached == []
    assert any(weight.grad.abs().sum() > 0 for weight in model.parameters())


@every_light_model
@torch.no_grad()
def test_a_checkpoint_restores_the_same_features(name: str, tmp_path: Path) -> None:
    model = encoder(name)
    model.train()(images(4))
    digest = checkpoints.save(tmp_path / "weights", model)
    fresh = encoder(name, seed=9)
    assert checkpoints.restore(tmp_path / "weights", fresh) == digest
    assert same(model, fresh)
    assert torch.equal(model.eval()(images(3)), fresh.eval()(images(3)))


@every_light_model
def test_a_checkpoint_of_another_network_is_an_error(name: str, tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "weights", nn.Linear(2, 3))
    with pytest.raises(BoardError) as error:
        checkpoints.restore(tmp_path / "weights", encoder(name))
    assert error.value.place == str(tmp_path / "weights")


@pytest.mark.parametrize("name", [name for name in TRAINED if name in LIGHT])
def test_a_checkpoint_of_another_shape_is_an_error(name: str, tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "weights", encoder(name, SMALL))
    with pytest.raises(BoardError) as error:
        checkpoints.restore(tmp_path / "weights", encoder(name, COLOUR))
    assert "size mismatch" in str(error.value.got)


def test_controls_learn_nothing() -> None:
    for name in set(MODELS) - set(TRAINED):
        assert CATALOG.models[name].control
        assert list(encoder(name).parameters()) == []


def test_raw_pixels_are_the_pixels() -> None:
    x = images(2)
    assert torch.equal(encoder("raw-pixels")(x).flatten(), x.flatten())


def test_the_constant_ignores_its_input() -> None:
    assert torch.equal(encoder("constant")(images(2)), encoder("constant")(images(2, seed=1)))


@pytest.mark.parametrize("family", ["cnn", "convnext", "mobilenet", "vit"])
def test_a_family_grows_from_size_to_size(family: str) -> None:
    sizes = [weights(f"{family}-{size}") for size in SIZES]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_about_the_same_in_every_family(size: str) -> None:
    vit = weights(f"vit-{size}")
    for family in ("convnext", "mobilenet"):
        assert weights(f"{family}-{size}") == pytest.approx(vit, rel=0.1)
