"""Features of an encoder: their shape, checked; pooled; and used frozen."""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from harness.data.inputs import Inputs
from harness.training.loop import Diverged


def pooled(features: Tensor, x: Tensor | None = None) -> Tensor:
    """(B, D): the mean of a feature map (B, D, h, w) over its positions.

    Of a sequence (B, T, D) of tokens `x` (B, T) it is the mean over the tokens that are not padding; of one vector a
    text, (B, 1, D), that vector.
    """
    if features.ndim == 4 or x is None:
        return features.mean(dim=(2, 3))
    if features.shape[1] == 1:
        return features[:, 0]
    present = (x != 0)[:, :, None].to(features.dtype)
    return (features * present).sum(dim=1) / present.sum(dim=1)


@torch.no_grad()
def dry_run(encoder: nn.Module, x: Tensor) -> Tensor:
    """The features of a batch, (B, D, h, w) or (B, T, D). The encoder's state does not change.

    Raises:
        ValueError: the encoder's output has another shape.
    """
    state, training = copy.deepcopy(encoder.state_dict()), encoder.training
    features = checked(encoder.eval()(x), x)
    encoder.load_state_dict(state)
    encoder.train(training)
    return features


def checked(features: Tensor, x: Tensor) -> Tensor:
    """The features of pixels or tokens `x`, unchanged.

    Raises:
        ValueError: they are not (B, D, h, w) for pixels, or not (B, T, D) or (B, 1, D) for tokens.
    """
    got = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
    if x.is_floating_point():
        if not isinstance(features, Tensor) or features.ndim != 4 or len(features) != len(x):
            raise ValueError(f"an image encoder gives (B, D, h, w): got {got} for input {tuple(x.shape)}")
    elif (
        not isinstance(features, Tensor)
        or features.ndim != 3
        or len(features) != len(x)
        or features.shape[1] not in (1, x.shape[1])
    ):
        raise ValueError(f"a text encoder gives (B, T, D) or (B, 1, D): got {got} for input {tuple(x.shape)}")
    return features


@torch.no_grad()
def frozen_features(encoder: nn.Module, inputs: Inputs, examples: np.ndarray, device: torch.device) -> np.ndarray:
    """Pooled features (N, D), float32, of uint8 examples (N, ...).

    Raises:
        ValueError: the encoder's output has the wrong shape.
        Diverged: a feature is not finite.
    """
    encoder.eval()
    features = inputs.through(lambda x: pooled(checked(encoder(x), x).float(), x), examples, device)
    if not np.isfinite(features).all():
        raise Diverged("the encoder's features are not finite")
    return features
