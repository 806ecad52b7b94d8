"""Pieces that several objectives share: skill and the projector."""

from torch import nn


def skill(loss: float, trivial: float) -> dict[str, float]:
    """Held-out `loss`, the trivial predictor's, and `skill`, 1 - loss / trivial: 0 is trivial, 1 perfect.

    Skill is undefined, and absent, where the trivial predictor is perfect.
    """
    return {"loss": loss, "trivial_loss": trivial} | ({"skill": 1 - loss / trivial} if trivial > 0 else {})


def projector(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Linear, BatchNorm, ReLU, linear: between the encoder and the loss, and discarded after pretraining."""
    return nn.Sequential(
        nn.Linear(inputs, hidden, bias=False),
        nn.BatchNorm1d(hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, outputs),
    )
