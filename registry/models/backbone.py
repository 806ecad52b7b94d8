"""What the adapters of model libraries share: pixels as networks want them, and clear words where one does not fit."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from harness.errors import BoardError, nearest


class Backbone(nn.Module):
    """(B, C, H, W) in [0, 1] to the map (B, D, h, w) of a trunk, which gets pixels in [-1, 1].

    Where a size (h, w) is given, images of any other are first resized to it.

    Raises:
        BoardError: when the trunk gives no map of images like `in_shape`. Most networks were made for 224 pixels and
            halve an image five times, which not every small one survives.
    """

    def __init__(self, in_shape: tuple[int, int, int], trunk: nn.Module, size: tuple[int, int] | None) -> None:
        super().__init__()
        self.trunk, self.size = trunk, size
        height, width = size or in_shape[1:]
        mend = f"images have {height}x{width} pixels here: give a larger args.size, or name another"
        with told("args.name: this network gives no map", mend), torch.no_grad():
            features = self.eval()(torch.zeros(1, *in_shape))
            if features.ndim != 4:
                raise ValueError(f"it gives {tuple(features.shape)}")
        self.train()

    def forward(self, x: Tensor) -> Tensor:
        if self.size is not None and x.shape[2:] != self.size:
            x = interpolate(x, self.size, mode="bilinear", antialias=True)
        features: Tensor = self.trunk(2 * x - 1)
        return features


@contextlib.contextmanager
def told(problem: str, mend: str) -> Iterator[None]:
    """Says of what a library raises what was tried, and what may mend it."""
    try:
        yield
    except (AssertionError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        raise BoardError(f"{problem}: {error}; {mend}") from error


def check(name: str, names: list[str], options: dict[str, object], loading: set[str], library: str) -> None:
    """Looks at a model's name among those of its library, and for options that load weights.

    Raises:
        BoardError: with the nearest name, when there is none of this one; for an option that loads weights.
    """
    if name not in names:
        raise BoardError(f"args.name: {library} has no model '{name}'; {nearest(name, names)}")
    for key in sorted(options.keys() & loading):
        raise BoardError(f"args.{key}: an encoder starts from random weights, and nothing is downloaded; leave it out")
