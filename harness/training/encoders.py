"""How encoders are made, looked at and used frozen."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.batches import Batch
from harness.entries import resolve
from harness.training.loop import Diverged


def build(model: dict[str, Any], registry: Path, given: dict[str, Any], seed: int) -> nn.Module:
    """An encoder by its entry, `given` what its input is like, its weights drawn from a seed.

    Its convolutions have their channels last, which is up to twice as fast on a CPU and on tensor cores.
    """
    torch.manual_seed(seed)
    encoder: nn.Module = resolve(model["entry"], registry / "models")(**given, **model["args"])
    return encoder.to(memory_format=torch.channels_last)


@torch.no_grad()
def dry_run(encoder: nn.Module, x: Tensor) -> Tensor:
    """The feature map (B, D, h, w) of a batch; leaves the encoder's state as it was.

    Raises:
        ValueError: when the encoder does not give such a map.
    """
    state, training = copy.deepcopy(encoder.state_dict()), encoder.training
    features = _checked(encoder.eval()(x), x)
    encoder.load_state_dict(state)
    encoder.train(training)
    return features


@contextmanager
def compiled(encoder: nn.Module, wanted: bool) -> Iterator[None]:
    """Within, the encoder runs as `torch.compile` makes it, where that is wanted; its weights stay its own."""
    if wanted:
        encoder.compile(dynamic=False)
    try:
        yield
    finally:
        encoder._compiled_call_impl = None  # what `compile` sets, and offers no way back from


def _checked(features: Tensor, x: Tensor) -> Tensor:
    if not isinstance(features, Tensor) or features.ndim != 4 or len(features) != len(x):
        got = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(f"an image encoder gives (B, D, h, w); this one gave {got} for {tuple(x.shape)}")
    return features


@torch.no_grad()
def recalibrate_batchnorm(encoder: nn.Module, batches: Iterable[Batch]) -> None:
    """Sets the running statistics of BatchNorm to the plain average over some clean batches."""
    norms = [module for module in encoder.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    encoder.train()
    for batch in batches:
        if len(batch) > 1:  # a 1x1 map of one example has no variance
            encoder(batch.x)
    encoder.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


@torch.no_grad()
def features(encoder: nn.Module, parts: Iterable[Tensor]) -> np.ndarray:
    """Pooled features (N, D), float32, of what an encoder is shown, in parts (B, ...).

    Raises:
        ValueError: when the encoder does not give a map.
        Diverged: when a feature is not finite.
    """
    encoder.eval()
    found = torch.cat([_checked(encoder(x), x).float().mean(dim=(2, 3)).cpu() for x in parts])
    if not torch.isfinite(found).all():
        raise Diverged("the encoder's features are not finite")
    return found.numpy()
