"""The stages of an encoder, and their features."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harness.data.inputs import Pixels
from harness.data.texts import packed
from harness.tasks.probes import Split
from harness.training import encoders
from harness.training.features import frozen_features
from harness.worker.inputs import inputs_of
from harness.worker.inspection import layer_features, stages, transferability
from harness.worker.protocol import Job
from tests.boards import ROOT

DEVICE = torch.device("cpu")


class Blocks(nn.Module):
    """An encoder of a stem, blocks in a container, and a part that never runs."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.blocks = nn.Sequential(*(nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU()) for _ in range(depth)))
        self.unused = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.stem(x))


class Wrapped(nn.Module):
    """An encoder in a wrapper, as adapters make it."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def images(count: int = 10) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (count, 1, 8, 8), dtype=np.uint8)


def seen(encoder: nn.Module) -> dict[str, np.ndarray]:
    return layer_features(encoder, Pixels((1, 8, 8)), images(), DEVICE)


def test_containers_and_wrappers_are_opened_until_there_are_four() -> None:
    assert list(stages(Blocks(3))) == ["stem", "blocks.0", "blocks.1", "blocks.2", "unused"]
    assert list(stages(Wrapped(Blocks(3)))) == [f"net.{name}" for name in stages(Blocks(3))]
    assert list(stages(nn.Sequential(OrderedDict(one=nn.Sequential(nn.Linear(2, 2), nn.ReLU()))))) == ["one.0"]
    assert list(stages(nn.Linear(2, 2))) == ["Linear"]


def test_layers_are_in_the_order_in_which_they_run_and_eight_at_most() -> None:
    assert list(seen(Blocks(3))) == ["stem", "blocks.0", "blocks.1", "blocks.2"]
    many = list(seen(Blocks(30)))
    assert len(many) == 8
    assert (many[0], many[-1]) == ("stem", "blocks.29")


def test_the_last_layer_is_the_frozen_features() -> None:
    encoder = Blocks(2)
    result = seen(encoder)
    np.testing.assert_allclose(
        result["blocks.1"], frozen_features(encoder, Pixels((1, 8, 8)), images(), DEVICE), rtol=1e-6
    )


class Odd(nn.Module):
    """Parts that give a tuple, and a scalar, which cannot be pooled."""

    def __init__(self) -> None:
        super().__init__()
        self.pair, self.scalar, self.whole = Pair(), Scalar(), nn.Conv2d(1, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        self.scalar(x)
        return self.whole(self.pair(x)[0])


class Pair(nn.Conv2d):
    def __init__(self) -> None:
        super().__init__(1, 1, 1)

    def forward(self, x: Tensor) -> Any:
        return super().forward(x), None


class Scalar(nn.Conv2d):
    def __init__(self) -> None:
        super().__init__(1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x.sum()


def test_an_output_that_cannot_be_pooled_is_skipped() -> None:
    assert list(seen(Odd())) == ["pair", "whole"]


@pytest.mark.parametrize("name", ["transformer-nano", "text-cnn-nano"])
def test_padding_is_excluded_from_the_layers_of_texts(name: str, tmp_path: Path) -> None:
    from harness.catalog import Catalog

    entry = Catalog(ROOT / "registry").models[name]
    model = {"name": name, "entry": entry.entry, "args": entry.args, "tokenizer": {"kind": "bytes"}}
    job = Job("adapt", "reported", "key", {}, model, (32,), registry=ROOT / "registry", cache=tmp_path)
    inputs = inputs_of(job)
    encoder = encoders.build(model, ROOT / "registry", inputs.given, 0)
    short, _ = packed(["a text", "another"], 32)
    long, _ = packed(["a text", "another", "one that is far longer than both"], 32)
    one, other = layer_features(encoder, inputs, short, DEVICE), layer_features(encoder, inputs, long, DEVICE)
    assert list(one) == list(other)
    assert len(one) >= 4
    for layer in one:
        np.testing.assert_allclose(one[layer], other[layer][:2], rtol=1e-3, atol=1e-4)


def test_transferability_is_the_mean_over_draws() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    result = random.normal(size=(60, 5)) + labels[:, None]
    halves = [Split(np.arange(30), np.arange(1)), Split(np.arange(30, 60), np.arange(1))]
    each = [transferability(result, labels, [half]) for half in halves]
    for name, value in transferability(result, labels, halves).items():
        assert value == pytest.approx(np.mean([one[name] for one in each]))
