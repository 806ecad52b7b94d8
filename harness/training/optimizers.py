"""One optimiser for everything: fused AdamW, 10 % warm-up, cosine, clip 1."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from harness.training.objective import Objective

WARMUP_SHARE = 0.1
CLIP_NORM = 1.0
BETAS = (0.9, 0.999)


class Optimizer:
    """AdamW on one part's parameters. The rate warms up linearly and falls to zero as a cosine."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        rate: float,
        weight_decay: float,
        steps: int,
        betas: tuple[float, float] = BETAS,
    ) -> None:
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.adamw = torch.optim.AdamW(self.parameters, lr=rate, betas=betas, weight_decay=weight_decay, fused=True)
        self.rate, self.steps, self.count = rate, steps, 0

    def step(self, loss: Tensor) -> None:
        """One step on a loss. Gradients that earlier losses left in these parameters are dropped first.

        Raises:
            ValueError: the loss is not a scalar.
        """
        if loss.ndim:
            raise ValueError(f"a loss is a scalar: got the shape {tuple(loss.shape)}. Yield its mean.")
        self.adamw.zero_grad(set_to_none=True)
        with torch.autocast(loss.device.type, enabled=False):  # gradients keep the precision of their forward pass
            loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, CLIP_NORM)
        for group in self.adamw.param_groups:
            group["lr"] = self.rate * schedule(self.count, self.steps)
        self.adamw.step()
        torch.clear_autocast_cache()  # it holds casts of the weights from before this step
        self.count += 1


def schedule(step: int, steps: int) -> float:
    """The factor on the rate, 0 to 1, at a step from 0: linear over the first tenth, then a cosine to zero."""
    warmup = max(1, round(WARMUP_SHARE * steps))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


class Optimizers(dict[str, Optimizer]):
    """The optimisers of an objective's parts, by name."""

    def __missing__(self, part: str) -> Optimizer:
        raise ValueError(f"losses() yields '{part}', but parts() has {', '.join(self)}. Use the same names.")


def optimizers(
    objective: Objective, *, rate: float, weight_decay: float, steps: int, betas: Sequence[float] = BETAS
) -> Optimizers:
    """The optimisers of an objective's parts."""
    first, second = betas
    return Optimizers(
        {name: Optimizer(part, rate, weight_decay, steps, (first, second)) for name, part in objective.parts().items()}
    )
