"""Masking, rotation and BYOL against plain implementations."""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import mse_loss, normalize

from harness.data.batches import Batch
from harness.objectives.byol import byol_loss
from harness.objectives.masked_image import masked_error, patch_masks
from harness.objectives.rotation import turned
from tests.models.built import encoder
from tests.objectives.test_contract import batch, heldout, objective, weights


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(1, 5), st.tuples(st.integers(1, 6), st.integers(1, 6)), st.floats(0, 1), st.integers(0, 99))
def test_every_image_has_the_same_number_of_masked_patches(
    count: int, grid: tuple[int, int], ratio: float, seed: int
) -> None:
    masks = patch_masks(count, grid, ratio, stream(seed))
    patches = grid[0] * grid[1]
    masked = masks.flatten(1).sum(dim=1)
    assert masks.shape == (count, *grid)
    assert masked.unique().numel() == 1
    assert 1 <= int(masked[0]) <= max(1, patches - 1)
    if patches > 1 and 1 <= round(ratio * patches) < patches:
        assert int(masked[0]) == round(ratio * patches)


def test_every_patch_is_masked_equally_often() -> None:
    shares = patch_masks(4000, (3, 4), 0.5, stream()).float().mean(dim=0)
    assert (shares - 0.5).abs().max() < 0.04


def test_only_masked_pixels_count() -> None:
    x, other = torch.rand(3, 2, 4, 4), torch.rand(3, 2, 4, 4)
    mask = torch.zeros(3, 1, 4, 4, dtype=torch.bool)
    mask[:, :, 1:3, 2:] = True
    wanted = mse_loss(other[:, :, 1:3, 2:], x[:, :, 1:3, 2:])
    torch.testing.assert_close(masked_error(other, x, mask), wanted)
    changed = torch.where(mask, other, torch.rand(3, 2, 4, 4))
    torch.testing.assert_close(masked_error(changed, x, mask), wanted)


@pytest.mark.parametrize("model", ["cnn-nano", "vit-nano", "mlp"])
@torch.no_grad()
def test_masked_pixels_do_not_change_the_output(model: str) -> None:
    made = objective("masked-image", model).eval()
    x = batch().x
    mask = made.masks(batch())
    covered = made.pixels(mask).expand_as(x)
    assert 0.4 < covered.float().mean() < 0.8
    assert torch.equal(made(torch.where(covered, torch.rand_like(x), x), mask), made(x, mask))
    assert not torch.equal(made(torch.where(covered, x, torch.rand_like(x)), mask), made(x, mask))


def test_an_encoders_own_patches_are_masked() -> None:
    vit = encoder("vit-nano", (1, 16, 16))
    sample = Batch(torch.rand(2, 1, 16, 16), None, stream())
    made = type(objective("masked-image"))(vit, sample, classes=0)
    mask = torch.zeros(1, *vit.grid, dtype=torch.bool)
    mask[0, 1, 2] = True
    rows, columns = made.pixels(mask)[0, 0].nonzero().T
    assert (int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())) == (4, 7, 8, 11)


def test_the_trivial_reconstruction_is_the_mean_image() -> None:
    """Of equal images the mean is perfect, so skill is undefined."""
    result = objective("masked-image").evaluate(lambda: [Batch(torch.full((8, 1, 16, 16), 0.25), None, stream())])
    assert result["trivial_loss"] == 0
    assert result["loss"] > 0
    assert "skill" not in result


def test_four_turns_give_the_image_again() -> None:
    x = torch.rand(2, 3, 6, 6)
    views = turned(x).unflatten(0, (4, 2))
    assert torch.equal(views[0], x)
    for turn in range(4):
        assert torch.equal(views[(turn + 1) % 4], torch.rot90(views[turn], 1, dims=(2, 3)))


@pytest.mark.parametrize("size", [(6, 10), (10, 6), (5, 8)])
def test_the_central_square_of_an_oblong_image_is_turned(size: tuple[int, int]) -> None:
    x = torch.rand(1, 1, *size) + 0.1
    views = turned(x)
    seen = views > 0
    assert torch.equal(seen, seen[:1].expand_as(seen)), "the black border reveals the turn"
    assert int(seen[0].sum()) == min(size) ** 2


def test_the_trivial_predictor_of_rotation_is_chance() -> None:
    result = objective("rotation", "constant").evaluate(heldout().once)
    assert result["trivial_loss"] == pytest.approx(math.log(4))
    blank = objective("rotation")
    torch.nn.init.zeros_(blank.head.weight)
    torch.nn.init.zeros_(blank.head.bias)
    assert blank.evaluate(heldout().once)["skill"] == pytest.approx(0, abs=1e-6)


def plain_byol(prediction: Tensor, target: Tensor) -> Tensor:
    """Eq. 2 of 2006.07733: the squared distance of the two directions."""
    return (normalize(prediction) - normalize(target)).square().sum(dim=1).mean()


@given(st.integers(1, 8), st.integers(2, 9), st.integers(0, 1000))
def test_byol_is_the_papers(count: int, width: int, seed: int) -> None:
    prediction, target = torch.randn(2, count, width, generator=stream(seed))
    torch.testing.assert_close(byol_loss(prediction, target), plain_byol(prediction, target), rtol=1e-5, atol=1e-5)


def test_the_target_moves_slowly_after_the_step() -> None:
    made = objective("byol", momentum=0.9).train()
    before = copy.deepcopy(weights(made.target_encoder))
    steps = made.losses(batch())
    next(steps)
    with torch.no_grad():
        for weight in made.encoder.parameters():
            weight.add_(1.0)
    assert all(torch.equal(before[key], value) for key, value in made.target_encoder.named_parameters())
    assert next(steps, None) is None
    for key, value in made.target_encoder.named_parameters():
        torch.testing.assert_close(value, before[key] + 0.1)


def test_the_target_is_not_trained() -> None:
    made = objective("byol").train()
    ((_, loss),) = made.losses(batch())
    loss.backward()
    targets = [*made.target_encoder.parameters(), *made.target_projector.parameters()]
    assert all(weight.grad is None for weight in targets)
    trained = {id(weight) for part in made.parts().values() for weight in part}
    assert not trained & {id(weight) for weight in targets}


def test_small_crops_are_trained_and_not_evaluated() -> None:
    plain, many = objective("byol"), objective("byol", crops=3, share=0.5)
    assert plain.evaluate(heldout().once) == many.evaluate(heldout().once)
    sizes = []
    many.encoder.register_forward_pre_hook(lambda module, given: sizes.append(tuple(given[0].shape)))
    ((_, loss),) = many.train().losses(batch())
    loss.backward()
    assert sizes == [(64, 1, 16, 16), (96, 1, 8, 8)]
    assert 0 < float(loss.detach()) < 16
