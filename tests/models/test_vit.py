"""The vision transformer: patches that suit any size, and positions that count."""

import pytest
import torch

from tests.models.built import encoder, images


@pytest.mark.parametrize(
    ("shape", "grid"),
    [
        ((1, 8, 8), (4, 4)),
        ((1, 16, 16), (4, 4)),
        ((3, 32, 32), (8, 8)),
        ((1, 28, 28), (7, 7)),
        ((3, 64, 64), (8, 8)),
        ((1, 12, 20), (6, 10)),
        ((3, 224, 224), (7, 7)),
    ],
)
def test_an_image_is_cut_into_some_dozens_of_patches(shape: tuple[int, int, int], grid: tuple[int, int]) -> None:
    assert encoder("vit-nano", shape)(images(2, shape)).shape == (2, 32, *grid)


def test_every_pixel_counts_where_the_size_does_not_divide() -> None:
    shape = (1, 18, 18)
    x = images(1, shape).requires_grad_()
    encoder("vit-nano", shape)(x).square().sum().backward()
    assert x.grad is not None
    assert (x.grad != 0).all()


@torch.no_grad()
def test_moved_patches_are_another_image() -> None:
    model, x = encoder("vit-nano").eval(), images(1)
    moved = x.roll(4, dims=2)
    assert not torch.allclose(model(x).mean((2, 3)), model(moved).mean((2, 3)), atol=1e-4)


@torch.no_grad()
def test_images_of_another_size_are_cut_into_more_patches_of_the_same() -> None:
    model, larger = encoder("vit-nano", (1, 16, 16)).eval(), images(2, (1, 48, 64))
    assert model.patch == 4
    assert model(larger).shape == (2, 32, 12, 16)
    assert model(images(2, (1, 16, 16))).shape == (2, 32, 4, 4)


@torch.no_grad()
def test_positions_are_stretched_over_a_larger_image() -> None:
    model = encoder("vit-nano", (1, 16, 16)).eval()
    uniform = torch.full((1, 1, 16, 16), 0.3)
    small, large = model(uniform), model(torch.full((1, 1, 32, 32), 0.3))
    # every second position of the larger grid is one of the smaller
    tokens = [model.embed(model.patches(x)) for x in (uniform, torch.full((1, 1, 32, 32), 0.3))]
    assert torch.equal(tokens[0][0, 0], tokens[1][0, 5])
    torch.testing.assert_close(small.mean((2, 3)), large[:, :, ::2, ::2].mean((2, 3)), rtol=0.2, atol=0.2)
