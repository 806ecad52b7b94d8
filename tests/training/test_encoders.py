"""Encoders: built from entries, dry runs, calibration, frozen features; checkpoints."""

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from harness.catalog.loading import resolve
from harness.data.batches import Batch, to_float
from harness.data.inputs import PART, Pixels
from harness.errors import BoardError
from harness.training import checkpoints
from harness.training.encoders import build, compiled, recalibrate_batchnorm
from harness.training.features import dry_run, frozen_features
from tests.models.built import REGISTRY, encoder, images

CPU = torch.device("cpu")
PIXELS = Pixels((1, 16, 16))


def batch(x: torch.Tensor) -> Batch:
    """A batch without labels."""
    return Batch(x, None, torch.Generator())


def test_an_entry_is_a_file_of_the_registry_or_an_installed_module(tmp_path: Path) -> None:
    (tmp_path / "an_entry_of_a_test.py").write_text("class Made:\n    pass\n")
    assert resolve("an_entry_of_a_test:Made", tmp_path).__name__ == "Made"
    assert resolve("torch.nn:Linear", tmp_path) is nn.Linear


@pytest.mark.parametrize("name", ["queue", "sys", "tests"])
def test_a_file_that_another_module_hides_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("class Made:\n    pass\n")
    with pytest.raises(BoardError, match=rf"{name}\.py"):
        resolve(f"{name}:Made", tmp_path)


@pytest.fixture(autouse=True)
def _path_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores the search path, which `resolve` extends."""
    monkeypatch.setattr(sys, "path", sys.path.copy())


def test_the_seed_alone_decides_the_weights() -> None:
    spec = {"entry": "cnn:CNN", "args": {"widths": [4, 8]}}
    torch.manual_seed(0)
    one = build(spec, REGISTRY, {"in_shape": (1, 8, 8)}, 5)
    torch.rand(100)
    other = build(spec, REGISTRY, {"in_shape": (1, 8, 8)}, 5)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize(
    ("forward", "got"),
    [
        (lambda x: x.flatten(1), r"\(2, 256\)"),
        (lambda x: (x, x), "tuple"),
        (lambda x: x[:1], r"\(1, 1, 16, 16\)"),
        (lambda x: x[0], r"\(1, 16, 16\)"),
    ],
)
def test_an_output_that_is_no_map_is_named(forward, got: str) -> None:
    wrong = nn.Module()
    wrong.forward = forward
    with pytest.raises(ValueError, match=rf"got {got} for input \(2, 1, 16, 16\)"):
        dry_run(wrong, images(2))


@torch.no_grad()
def test_calibration_takes_the_plain_average_over_clean_batches() -> None:
    torch.manual_seed(0)
    made = nn.Sequential(nn.BatchNorm2d(2, momentum=0.3)).train()
    for _ in range(5):
        made(5 + torch.randn(4, 2, 3, 3))
    parts = [torch.randn(6, 2, 3, 3) * scale + scale for scale in (1.0, 2.0, 3.0)]
    recalibrate_batchnorm(made, map(batch, parts))
    norm = made[0]
    means = torch.stack([part.mean(dim=(0, 2, 3)) for part in parts]).mean(dim=0)
    variances = torch.stack([part.var(dim=(0, 2, 3)) for part in parts]).mean(dim=0)
    torch.testing.assert_close(norm.running_mean, means, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(norm.running_var, variances, rtol=1e-4, atol=1e-5)
    assert norm.momentum == 0.3
    assert not made.training


@torch.no_grad()
def test_calibration_skips_a_last_batch_of_one_example() -> None:
    made = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(1))
    x = images(9)
    recalibrate_batchnorm(made, map(batch, x.split(4)))
    assert torch.isfinite(made(x)).all()
    assert made[1].num_batches_tracked == 2


@torch.no_grad()
def test_calibration_does_not_change_an_encoder_without_batchnorm() -> None:
    made = encoder("cnn-mnist").train()
    before = {key: value.clone() for key, value in made.state_dict().items()}
    recalibrate_batchnorm(made, [batch(images(4))])
    assert all(torch.equal(before[key], value) for key, value in made.state_dict().items())


@pytest.mark.parametrize("name", ["cnn-nano", "cnn-mnist", "mlp"])
def test_frozen_features_are_the_means_of_the_map(name: str) -> None:
    made = encoder(name).train()
    pixels = np.random.default_rng(0).integers(0, 256, (PART + 5, 1, 16, 16), dtype=np.uint8)
    result = frozen_features(made, PIXELS, pixels, CPU)
    assert result.dtype == np.float32
    with torch.no_grad():
        wanted = made.eval()(to_float(torch.from_numpy(pixels))).mean(dim=(2, 3))
    np.testing.assert_allclose(result, wanted.numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(frozen_features(made, PIXELS, pixels[-3:], CPU), result[-3:], rtol=1e-4, atol=1e-5)


def test_a_checkpoint_is_plain_safetensors_with_its_hash(tmp_path: Path) -> None:
    made = encoder("cnn-nano")
    path = tmp_path / "deep" / "weights.safetensors"
    digest = checkpoints.save(path, made)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert set(load_file(path)) == set(made.state_dict())
    assert checkpoints.save(tmp_path / "again", made) == digest
    assert sorted(child.name for child in path.parent.iterdir()) == ["weights.safetensors"]


def test_an_existing_checkpoint_is_replaced_atomically(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights"
    first = checkpoints.save(path, encoder("mlp", seed=0))

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            checkpoints.save(path, encoder("mlp", seed=1))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first
    assert checkpoints.save(path, encoder("mlp", seed=1)) != first


def test_weights_that_two_layers_share_are_kept(tmp_path: Path) -> None:
    def tied() -> nn.Sequential:
        made = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
        made[1].weight = made[0].weight
        return made

    made, fresh = tied(), tied()
    checkpoints.save(tmp_path / "weights", made)
    checkpoints.restore(tmp_path / "weights", fresh)
    assert torch.equal(made[0].weight, fresh[1].weight)
    assert fresh[0].weight is fresh[1].weight


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(BoardError) as error:
        checkpoints.restore(tmp_path / "weights", encoder("mlp"))
    assert (error.value.place, error.value.got) == (str(tmp_path / "weights"), "No such file or directory")


@pytest.mark.parametrize("keep", [0, 4, 20, -1])
def test_a_truncated_checkpoint_is_an_error(keep: int, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    checkpoints.save(path, encoder("mlp"))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BoardError) as error:
        checkpoints.restore(path, encoder("mlp"))
    assert error.value.place == str(path)


def test_a_pickled_checkpoint_is_an_error_and_not_loaded(tmp_path: Path) -> None:
    torch.save(encoder("mlp").state_dict(), tmp_path / "pickled")
    with pytest.raises(BoardError) as error:
        checkpoints.restore(tmp_path / "pickled", encoder("mlp"))
    assert error.value.place == str(tmp_path / "pickled")


def test_an_encoder_is_compiled_only_inside_the_context() -> None:
    made = encoder("cnn-nano")
    names, x = list(made.state_dict()), images(2)
    wanted = made.eval()(x)
    with compiled(made, True):
        assert made._compiled_call_impl is not None
        assert list(made.state_dict()) == names
    assert made._compiled_call_impl is None
    with compiled(made, False):
        assert made._compiled_call_impl is None
        assert torch.equal(made(x), wanted)
