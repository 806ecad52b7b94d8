"""The messages between an executor and a worker: a `Job` out; a `WorkerResult` and arrays back. Imports no torch.

A worker runs an entry's code, so the executor validates every field of a `WorkerResult` and scores the arrays itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from harness.catalog.fields import Digest
from harness.catalog.schemas import Schema

if TYPE_CHECKING:
    import numpy as np

Spec = dict[str, Any]
Arrays = dict[str, "np.ndarray"]
"""By name: `predictions` (draws, N, ...) for test examples, `shift/KIND/SEVERITY` of the same shape, `panel/...`."""
Word = Annotated[str, StringConstraints(max_length=64)]
WorkerStatus = Literal["ok", "oom", "diverged", "error", "data"]
"""The statuses that a worker can report. Only the executor knows of a timeout, a crash or an interrupt."""


@dataclass(frozen=True)
class Job:
    """A trial for a worker: plain data, without test labels."""

    kind: Literal["pretrain", "adapt"]
    role: Literal["pretrain", "tuning", "reported"]
    key: str
    spec: Spec
    """The resolved spec of the trial; see `Trial.spec`."""
    model: Spec
    shape: tuple[int, ...]
    """The shape of the pretraining's examples, which decides the encoder's weights."""
    registry: Path
    cache: Path
    corpus: Spec = field(default_factory=dict)
    """The corpus of the pretraining; empty for scratch."""
    excluded: tuple[Spec, ...] = ()
    """The tasks whose test examples the corpus excludes."""
    tokenized: Spec | None = None
    """The corpus that the tokenizer is trained on."""
    chosen: Mapping[str, Any] | None = None
    """The chosen learning rate (`rate`) and whether it is on the edge of its grid (`edge`)."""
    saved: tuple[float, ...] = ()
    """Of a pretraining: the shares of its run at which a checkpoint is saved."""
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arguments of data sources and folders of weights, by `kind/name` of their entry."""
    device: str = "cpu"
    workers: int = 1
    """Trials that run at once on this machine."""


class Overlap(Schema):
    """Test examples of a task that are also in a corpus."""

    exact: int
    near: int
    of: int
    """All test examples."""


class WorkerResult(Schema):
    """The result of a worker. It comes from a process that ran an entry's code: validate it, trust nothing in it."""

    status: WorkerStatus
    message: str | None = None
    metrics: dict[Word, float | None] = Field(default_factory=dict, max_length=40)
    meters: dict[Word, float | Word | None] = Field(default_factory=dict, max_length=40)
    flags: list[Word] = Field(default_factory=list, max_length=8)
    checkpoint: Digest | None = None
    """Of a pretraining: the SHA-256 of the checkpoint that it wrote."""
    parent_checkpoint: Digest | None = None
    """Of an adaptation: the SHA-256 of the checkpoint that it started from."""
    curve: dict[str, list[float]] = Field(default_factory=dict)
    data: Mapping[Word, int | dict[Word, int]] = Field(default_factory=dict, max_length=40)
    """Counts of the data: examples, and excluded examples by reason."""
    overlap: Overlap | None = None
    layers: dict[Word, float | None] = Field(default_factory=dict, max_length=16)
    """Linear CKA of each layer with itself before fine-tuning, in the order in which layers run."""


def finite(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures, with None for NaN and infinities, which JSON does not have."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in figures.items()
    }
