"""The form in which an encoder sees examples: pixels, or the tokens of its tokenizer."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from harness.data.batches import Batch, Batches, to_float
from harness.data.rows import pieces
from harness.data.texts import sizes
from harness.data.token_batches import TokenBatches
from harness.data.tokenizing import PAD, Tokenizer, tokens

PART = 512
"""Examples per batch where nothing is trained."""


class BatchSource(Protocol):
    """The batches that the loop trains on and an objective is evaluated on."""

    def __iter__(self) -> Iterator[Batch]: ...

    def once(self) -> Iterable[Batch]:
        """All examples once. Every call gives the same batches with the same random stream."""
        ...

    def sample(self) -> Batch:
        """Up to two examples, for a dry run."""
        ...


class Inputs(Protocol):
    """Turns uint8 examples (N, ...) into an encoder's inputs."""

    given: dict[str, Any]
    """The arguments of the encoder's constructor in addition to its entry's `args`."""

    def batches(
        self,
        examples: np.ndarray,
        labels: np.ndarray | None,
        *,
        batch: int,
        steps: int,
        seed: int,
        device: torch.device,
        views: str = ...,
    ) -> BatchSource:
        """A number of batches. One seed gives the same batches on every device."""
        ...

    def parts(self, examples: np.ndarray, device: torch.device) -> Iterator[Tensor]:
        """All examples in their order, as the encoder's inputs of up to PART examples."""
        ...

    def through(self, see: Callable[[Tensor], Tensor], examples: np.ndarray, device: torch.device) -> np.ndarray:
        """The outputs (N, ...) of `see`, which maps inputs (B, ...) to (B, ...), for all examples in their order."""
        ...


class Pixels:
    """Images as floats (B, C, H, W) in [0, 1]."""

    batches = Batches

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.given = {"in_shape": tuple(shape)}

    def parts(self, examples: np.ndarray, device: torch.device) -> Iterator[Tensor]:
        """See `Inputs`."""
        for piece in pieces(examples, PART):
            yield to_float(torch.from_numpy(np.array(piece)).to(device))

    def through(self, see: Callable[[Tensor], Tensor], examples: np.ndarray, device: torch.device) -> np.ndarray:
        """See `Inputs`."""
        return torch.cat([see(x).cpu() for x in self.parts(examples, device)]).numpy()


class Tokens:
    """Texts as tokens, int64 (B, T)."""

    def __init__(self, shape: tuple[int, ...], tokenizer: Tokenizer, causal: bool, cache: Path) -> None:
        self.tokenizer, self.cache = tokenizer, cache
        (width,) = shape
        self.given = {"in_shape": (width + 2,), "vocabulary": tokenizer.vocabulary}  # no token has less than a byte
        if causal:
            self.given["causal"] = True

    def batches(
        self,
        examples: np.ndarray,
        labels: np.ndarray | None,
        *,
        batch: int,
        steps: int,
        seed: int,
        device: torch.device,
        views: str = "",
    ) -> TokenBatches:
        """See `Inputs`."""
        encoded = tokens(self.tokenizer, examples, self.cache)
        vocabulary = self.tokenizer.vocabulary
        return TokenBatches(
            encoded, sizes(examples), vocabulary, labels, batch=batch, steps=steps, seed=seed, device=device
        )

    def parts(self, examples: np.ndarray, device: torch.device) -> Iterator[Tensor]:
        """See `Inputs`."""
        encoded = tokens(self.tokenizer, examples, self.cache)
        for start in range(0, len(encoded), PART):
            yield _trimmed(encoded[start : start + PART], device)

    def through(self, see: Callable[[Tensor], Tensor], examples: np.ndarray, device: torch.device) -> np.ndarray:
        """See `Inputs`. Texts are sorted by length, so batches have little padding."""
        encoded = tokens(self.tokenizer, examples, self.cache)
        order = np.argsort((encoded != PAD).sum(axis=1), kind="stable")
        parts = [order[start : start + PART] for start in range(0, len(order), PART)]
        seen = torch.cat([see(_trimmed(encoded[rows], device)).cpu() for rows in parts]).numpy()
        return np.asarray(seen[np.argsort(order, kind="stable")])


def _trimmed(encoded: np.ndarray, device: torch.device) -> Tensor:
    """int64 (B, T) of tokens (B, ...), without the columns that are padding in every row."""
    longest = int((encoded != PAD).sum(axis=1).max())
    return torch.from_numpy(encoded[:, :longest].astype(np.int64)).to(device)
