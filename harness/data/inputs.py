"""How an encoder is shown examples: as pixels, or as the tokens of its tokenizer."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from harness.data import weights
from harness.data.batches import Batch, Batches, to_float
from harness.data.rows import pieces
from harness.data.texts import sizes
from harness.data.token_batches import TokenBatches
from harness.data.tokenizing import PAD, Own, Tokenizer, tokenizer_of, tokens

PART = 512
"""So many examples are shown at a time where nothing is trained."""


class Given(Protocol):
    """What the loop trains on, and what an objective is evaluated on."""

    def __iter__(self) -> Iterator[Batch]: ...

    def once(self) -> Iterable[Batch]:
        """All examples, once; every call gives the same batches with the same random stream."""
        ...

    def sample(self) -> Batch:
        """A small batch for a dry run."""
        ...


class Inputs(Protocol):
    """What an encoder sees of uint8 examples (N, ...)."""

    given: dict[str, Any]
    """What the encoder's constructor is given besides its `args`."""

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
    ) -> Given:
        """A number of batches, the same for one seed whatever the device."""
        ...

    def parts(self, examples: np.ndarray, device: torch.device) -> Iterator[Tensor]:
        """All examples in their order, a few at a time, as the encoder takes them."""
        ...

    def through(self, see: Callable[[Tensor], Tensor], examples: np.ndarray, device: torch.device) -> np.ndarray:
        """What `see` makes of all examples (B, ...), in their order: (N, ...)."""
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
        found = tokens(self.tokenizer, examples, self.cache)
        return TokenBatches(
            found,
            sizes(examples),
            self.tokenizer.vocabulary,
            labels,
            batch=batch,
            steps=steps,
            seed=seed,
            device=device,
        )

    def parts(self, examples: np.ndarray, device: torch.device) -> Iterator[Tensor]:
        """See `Inputs`."""
        found = tokens(self.tokenizer, examples, self.cache)
        for start in range(0, len(found), PART):
            yield self._shown(found[start : start + PART], device)

    def through(self, see: Callable[[Tensor], Tensor], examples: np.ndarray, device: torch.device) -> np.ndarray:
        """See `Inputs`; texts of one length are seen together."""
        found = tokens(self.tokenizer, examples, self.cache)
        order = np.argsort((found != PAD).sum(axis=1), kind="stable")
        parts = [order[start : start + PART] for start in range(0, len(order), PART)]
        seen = torch.cat([see(self._shown(found[rows], device)).cpu() for rows in parts]).numpy()
        return np.asarray(seen[np.argsort(order, kind="stable")])

    def _shown(self, found: np.ndarray, device: torch.device) -> Tensor:
        longest = int((found != PAD).sum(axis=1).max())
        return torch.from_numpy(found[:, :longest].astype(np.int64)).to(device)


def inputs_of(job: dict[str, Any]) -> Inputs:
    """How a job's encoder is shown examples, and what its constructor is given, published weights included."""
    files = weights.given(job)
    found = _inputs(job, files)
    found.given |= files
    return found


def _inputs(job: dict[str, Any], files: dict[str, Any]) -> Inputs:
    tokenizer = job["model"].get("tokenizer")
    if tokenizer is None:
        return Pixels(job["shape"])
    cache, registry = Path(job["cache"]), Path(job["registry"])
    if tokenizer["kind"] == "own":
        made: Tokenizer = Own(files["folder"])
    else:
        made = tokenizer_of(tokenizer, job["tokenized"], cache, registry, job["sources"])
    return Tokens(job["shape"], made, job["model"].get("causal", False), cache)
