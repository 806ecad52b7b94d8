"""timm's networks as encoders, and entries whose package is not installed."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from harness.catalog import Catalog
from harness.errors import BoardError
from harness.store import Store
from harness.sweep.plan import Plan
from harness.training import encoders
from tests.boards import MODEL, NET, tiny_board
from tests.models.built import REGISTRY, assert_close, images

COLOUR = (3, 64, 64)


def backbone(name: str, shape: tuple[int, int, int] = COLOUR, **args: Any) -> nn.Module:
    """The adapter on one of timm's models, as a worker makes it."""
    pytest.importorskip("timm")
    spec = {"entry": "timm_backbone:Timm", "args": {"name": name} | args}
    return encoders.build(spec, REGISTRY, {"in_shape": shape}, 0).eval()


def whole(name: str, **options: Any) -> Any:
    """timm's own network with the same weights."""
    import timm

    torch.manual_seed(0)
    return timm.create_model(name, num_classes=0, **options).eval()


@pytest.mark.parametrize("name", ["test_resnet", "resnet10t"])
@torch.no_grad()
def test_the_map_is_the_one_that_the_network_pools(name: str) -> None:
    x = images(2, COLOUR)
    assert_close(backbone(name)(x), whole(name).forward_features(2 * x - 1))


@torch.no_grad()
def test_the_map_of_a_transformer_is_its_patches_normalised() -> None:
    x = images(2, COLOUR)
    features = backbone("test_vit")(x)
    assert features.shape == (2, 64, 4, 4)
    tokens = whole("test_vit", img_size=(64, 64)).forward_features(2 * x - 1)
    assert_close(features.flatten(2).transpose(1, 2), tokens[:, -16:])


@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("test_efficientnet", {}, (64, 2, 2)),
        ("test_convnext", {}, (64, 2, 2)),
        ("densenet121", {}, (1024, 2, 2)),
        ("swin_tiny_patch4_window7_224", {}, (768, 2, 2)),
        ("test_vit", {"patch_size": 8}, (64, 8, 8)),
        ("test_resnet", {"size": 96}, (96, 3, 3)),
    ],
)
def test_every_weight_is_reached_by_the_gradient(name: str, args: dict, shape: tuple[int, int, int]) -> None:
    model = backbone(name, (1, 64, 64), **args).train()
    features = model(images(2, (1, 64, 64)))
    assert features.shape == (2, *shape)
    features.square().sum().backward()
    assert [key for key, weight in model.named_parameters() if weight.grad is None] == []


@torch.no_grad()
def test_a_transformer_takes_images_of_any_size() -> None:
    model = backbone("test_vit", (1, 32, 48))
    assert model(images(2, (1, 32, 48))).shape == model(images(2, (1, 96, 96))).shape == (2, 64, 2, 3)


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("resnet10", {}, r"args\.name: timm has no model 'resnet10'; did you mean 'resnet1\w+'\?"),
        ("hf-hub:timm/resnet18", {}, r"args\.name: timm has no model"),
        ("resnet10t", {"pretrained": True}, r"args\.pretrained: .*nothing is downloaded; leave it out"),
        ("resnet10t", {"checkpoint_path": "x"}, r"args\.checkpoint_path: .*leave it out"),
        ("resnet10t", {"widht": 3}, r"args: timm makes no 'resnet10t' of these: .*'widht'"),
        ("test_convnext", {"size": 8}, r"args\.name: this network gives no map: .*8x8 pixels here: give a larger"),
    ],
)
def test_an_invalid_argument_is_named(name: str, args: dict, words: str) -> None:
    with pytest.raises(BoardError, match=words):
        backbone(name, **args)


def test_an_entry_with_a_missing_package_is_valid_and_cannot_be_planned(tmp_path: Path) -> None:
    registry = tiny_board(tmp_path).registry
    (registry / "models" / "net.toml").write_text(MODEL.format(name="net", module="net") + 'package = "not-there"\n')
    (registry / "models" / "net.py").write_text(f"import not_there\n{NET}")
    catalog = Catalog(registry)
    with pytest.raises(BoardError, match=r"net\.toml: needs the package 'not-there'; install it: pip install"):
        Plan.of(catalog.suite("tiny"), catalog, Store(tmp_path / "results"))
