"""Encoders of the registry for tests: every image model, on tiny shapes."""

from pathlib import Path

import pytest
import torch
from torch import nn

from harness.catalog import Catalog
from harness.errors import BoardError
from harness.sweep.trials import installed
from harness.training import encoders

torch.set_num_threads(1)

REGISTRY = Path(__file__).parents[2] / "registry"
CATALOG = Catalog(REGISTRY)
MODELS = sorted(name for name, model in CATALOG.models.items() if model.modality == "image")
TRAINED = [name for name in MODELS if not CATALOG.models[name].control]
LARGE = {"resnet34", "resnet50", "vit-s"}
"""Models with tens of millions of weights are tested for their map and gradients only."""
LIGHT = [name for name in MODELS if name not in LARGE]
LARGE_ARE_HEAVY = [pytest.param(name, marks=pytest.mark.heavy) if name in LARGE else name for name in TRAINED]
"""The trained models as parameters of a slow test: large ones run in `make test-all` only."""
SMALL, GREY, COLOUR = (1, 16, 16), (1, 28, 28), (3, 32, 32)


def model_spec(name: str) -> dict:
    """The spec of a model, as in a job."""
    entry = CATALOG.models[name]
    return {"name": name, "entry": entry.entry, "args": entry.args}


def encoder(name: str, shape: tuple[int, int, int] = SMALL, seed: int = 0) -> nn.Module:
    """An encoder of the registry with its weights drawn from a seed; the test is skipped where its package is not
    installed."""
    if package := CATALOG.models[name].package:
        try:
            installed(package, name)
        except BoardError as error:
            pytest.skip(str(error))
    return encoders.build(model_spec(name), REGISTRY, {"in_shape": shape}, seed)


def images(count: int, shape: tuple[int, int, int] = SMALL, seed: int = 0) -> torch.Tensor:
    """Random images in [0, 1]."""
    return torch.rand((count, *shape), generator=torch.Generator().manual_seed(seed))


def assert_close(result: torch.Tensor, expected: torch.Tensor) -> None:
    """Equal but for rounding, relative to the largest expected value: features of a fresh network may be tiny."""
    torch.testing.assert_close(result, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
