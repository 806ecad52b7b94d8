"""Trials: the unit of work."""

from dataclasses import dataclass, field
from typing import Any, Literal

from harness.catalog.schemas import WHOLE
from harness.cells import Cell, Coordinates

Kind = Literal["pretrain", "adapt"]
Role = Literal["pretrain", "tuning", "reported"]


@dataclass(frozen=True)
class Trial:
    """The unit of work: a cell or a pretraining with a seed, resolved to all that decides its outcome.

    Two trials with one key are the same trial.
    """

    key: str
    variant: str
    """The key without seeds: the trials of one variant differ in seed alone."""
    kind: Kind
    role: Role
    cell: Coordinates
    seed: int
    spec: dict[str, Any]
    parent: str | None = None
    tuning: tuple[str, ...] = ()
    """The keys of the trials that choose its rate."""
    chosen: dict[str, Any] | None = field(default=None, compare=False)
    """The chosen rate, known when the tuning trials have ended."""
    model: dict[str, Any] = field(default_factory=dict, compare=False)
    """The encoder's constructor, part of an adaptation's key through its parent."""
    corpus: dict[str, Any] = field(default_factory=dict, compare=False)
    """The corpus of the pretraining; empty for scratch."""
    excluded: tuple[dict[str, Any], ...] = field(default=(), compare=False)
    """The tasks whose test examples the corpus excludes; part of its fingerprint."""
    tokenized: dict[str, Any] | None = field(default=None, compare=False)
    """The corpus that the tokenizer is trained on; its fingerprint is part of the model."""
    saved: tuple[float, ...] = field(default=(), compare=False)
    """Of a pretraining: the shares of its run at which a checkpoint is saved. They do not change its outcome."""
    in_domain: bool = field(default=False, compare=False)
    """Whether the task and the corpus have one source."""

    @property
    def reads(self) -> list[str]:
        """The entries whose data the trial or its parent reads: `corpus digits-unlabelled`."""
        tokenized = self.tokenized or {}
        pretraining = self.cell.pretraining
        corpora = [pretraining.arm.corpus, *([tokenized["name"]] if tokenized else [])]
        tasks = [each["name"] for each in (*self.excluded, *tokenized.get("excludes", ()))]
        tasks += [self.cell.task] if isinstance(self.cell, Cell) else []
        named = {"model": [pretraining.model], "corpus": corpora, "task": tasks}
        return list(dict.fromkeys(f"{kind} {name}" for kind, names in named.items() for name in names))

    @property
    def progress(self) -> float:
        """Of an adaptation: the share of its parent's run at which its checkpoint was saved."""
        return self.cell.progress if isinstance(self.cell, Cell) else WHOLE

    @property
    def label(self) -> str:
        return f"{self.cell.label} · seed {self.seed}"
