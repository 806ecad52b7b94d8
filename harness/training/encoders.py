"""How encoders are made, looked at and used frozen."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.catalog.loading import resolve
from harness.data.batches import Batch
from harness.data.inputs import Inputs
from harness.objectives.base import pooled
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
    """The features of a batch, (B, D, h, w) or (B, T, D); leaves the encoder's state as it was.

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
    """The features, if they are of the form that is owed for pixels or for tokens."""
    got = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
    if x.is_floating_point():
        if not isinstance(features, Tensor) or features.ndim != 4 or len(features) != len(x):
            raise ValueError(f"an image encoder gives (B, D, h, w); this one gave {got} for {tuple(x.shape)}")
    elif (
        not isinstance(features, Tensor)
        or features.ndim != 3
        or len(features) != len(x)
        or features.shape[1] not in (1, x.shape[1])
    ):
        raise ValueError(f"a text encoder gives (B, T, D) or (B, 1, D); this one gave {got} for {tuple(x.shape)}")
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
def features(encoder: nn.Module, inputs: Inputs, examples: np.ndarray, device: torch.device) -> np.ndarray:
    """Pooled features (N, D), float32, of uint8 examples (N, ...), as `inputs` show them to the encoder.

    Raises:
        ValueError: when the encoder does not give what is owed for its input.
        Diverged: when a feature is not finite.
    """
    encoder.eval()
    found = inputs.through(lambda x: pooled(_checked(encoder(x), x).float(), x), examples, device)
    if not np.isfinite(found).all():
        raise Diverged("the encoder's features are not finite")
    return found
