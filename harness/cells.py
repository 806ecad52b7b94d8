"""The coordinates of results, typed: arm, pretraining, problem, cell.

Two coordinates are the same exactly when they are equal: they are hashable, and dictionaries use them as keys. Labels
are for people. `as_dict` and `of` convert to and from the JSON of a record.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Self

from harness.catalog.keys import key
from harness.catalog.schemas import PUBLISHED, SCRATCH, UNTRAINED, WHOLE
from harness.grouping import group_by
from harness.printable import count

PROTOCOLS = {"finetune": "fine-tuning", "linear": "linear probe", "knn": "k-NN"}
"""The protocols and their names in text."""


def percent(share: float) -> str:
    """A share in per cent, exact: 0.012 is `1.2%`."""
    return f"{float(f'{100 * share:.12g}'):.12g}%"


def shots_label(shots: int | None) -> str:
    """The number of labels a class."""
    return "all labels" if shots is None else count(shots, "shot")


@dataclass(frozen=True, slots=True, order=True)
class Corruption:
    """The quality of a corpus: a kind of corruption and its severity, 1 to 5."""

    kind: str
    severity: int

    def __str__(self) -> str:
        return f"{self.kind} {self.severity}"


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of pretraining, of any model."""

    objective: str
    corpus: str
    fraction: float
    corruption: Corruption | None
    steps: int
    batch: int
    shape: tuple[int, ...]
    precision: str

    @property
    def trained(self) -> bool:
        """Whether pretraining takes steps: not from scratch, nor with published weights."""
        return self.objective not in UNTRAINED

    @property
    def scratch(self) -> bool:
        return self.objective == SCRATCH

    @property
    def published(self) -> bool:
        return self.objective == PUBLISHED

    @property
    def label(self) -> str:
        """`simclr on digits-unlabelled, 1.2%, noise 3`. Fractions are exact."""
        if not self.trained:
            return self.objective
        fraction = "" if self.fraction == 1 else f", {percent(self.fraction)}"
        corruption = f", {self.corruption}" if self.corruption else ""
        return f"{self.objective} on {self.corpus}{fraction}{corruption}"


@dataclass(frozen=True, slots=True)
class Pretraining:
    """A model pretrained by an arm."""

    model: str
    arm: Arm

    def as_dict(self) -> dict[str, Any]:
        """The JSON of a record's pretraining cell."""
        arm = self.arm
        corruption = {"kind": arm.corruption.kind, "severity": arm.corruption.severity} if arm.corruption else None
        own = {each.name: getattr(arm, each.name) for each in fields(Arm)}
        return {"model": self.model, **own, "corruption": corruption, "shape": list(arm.shape)}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the JSON of a record.

        Raises:
            ValueError: when it is not a pretraining cell.
        """
        try:
            content = dict(value)
            model, corruption = content.pop("model"), content.pop("corruption")
            content["corruption"] = Corruption(**corruption) if corruption else None
            content["shape"] = tuple(content["shape"])
            return cls(model, Arm(**content))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a pretraining cell: {error}") from None

    @property
    def pretraining(self) -> "Pretraining":
        """Itself, as a cell has one."""
        return self

    @property
    def label(self) -> str:
        return f"{self.model} · {self.arm.label}"

    @property
    def id(self) -> str:
        """The first 12 hex digits of its hash."""
        return _id(self)


@dataclass(frozen=True, slots=True)
class Problem:
    """Task, protocol and budget. Cells are ranked within one problem."""

    task: str
    protocol: str
    shots: int | None
    shape: tuple[int, ...]
    steps: int | None
    batch: int | None
    precision: str

    @property
    def protocol_label(self) -> str:
        return PROTOCOLS.get(self.protocol, self.protocol)

    @property
    def budget_label(self) -> str:
        """`fine-tuning, 5 shots, 1200 steps`."""
        steps = f", {self.steps} steps" if self.steps else ""
        return f"{self.protocol_label}, {shots_label(self.shots)}{steps}"

    @property
    def label(self) -> str:
        """`digits: fine-tuning, 5 shots, 1200 steps`; see `problem_labels` where problems differ in more than that."""
        return f"{self.task}: {self.budget_label}"

    @property
    def slug(self) -> str:
        """Its label in a file's name: `digits-finetune-5-1200`."""
        parts = (self.task, self.protocol, "all" if self.shots is None else self.shots, self.steps)
        return "-".join(str(part) for part in parts if part is not None)


def problem_labels(problems: Collection[Problem]) -> dict[Problem, str]:
    """A label for each problem that no other has: shape, batch and precision are added where labels would be equal."""
    same = group_by(dict.fromkeys(problems), lambda problem: problem.label)
    return {problem: ", ".join([label, *_differing(problem, inside)])
            for label, inside in same.items() for problem in inside}  # fmt: skip


def _differing(problem: Problem, inside: Iterable[Problem]) -> list[str]:
    """The parts besides the label in which problems of one label differ."""
    others = list(inside)
    names = [name for name in ("shape", "batch", "precision") if len({getattr(each, name) for each in others}) > 1]
    return [f"{name} {_words(getattr(problem, name))}" for name in names]


def _words(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, slots=True)
class Cell:
    """One coordinate of the matrix, without its seed: a pretraining, a task and a protocol."""

    pretraining: Pretraining
    task: str
    protocol: str
    shots: int | None
    shape: tuple[int, ...]
    steps: int | None
    batch: int | None
    progress: float = WHOLE
    """The share of the pretraining's steps at which the encoder is taken."""
    rate: float | None = None
    """The rate of a tuning trial."""

    def as_dict(self) -> dict[str, Any]:
        """The JSON of a record's cell. It omits the end of a run and the absence of a rate."""
        own = {each.name: getattr(self, each.name) for each in fields(Cell)}
        content = {**own, "pretraining": self.pretraining.as_dict(), "shape": list(self.shape)}
        if self.whole:
            del content["progress"]
        if self.rate is None:
            del content["rate"]
        return content

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """From the JSON of a record.

        Raises:
            ValueError: when it is not a cell.
        """
        try:
            content = dict(value)
            content["pretraining"] = Pretraining.of(content["pretraining"])
            content["shape"] = tuple(content["shape"])
            return cls(**content)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a cell: {error}") from None

    @property
    def model(self) -> str:
        return self.pretraining.model

    @property
    def arm(self) -> Arm:
        return self.pretraining.arm

    @property
    def problem(self) -> Problem:
        return Problem(
            self.task, self.protocol, self.shots, self.shape, self.steps, self.batch, self.pretraining.arm.precision
        )

    @property
    def whole(self) -> bool:
        """Whether the encoder is taken at the end of its pretraining."""
        return self.progress == WHOLE

    @property
    def at_end(self) -> "Cell":
        """The same cell at the end of its pretraining."""
        return self if self.whole else replace(self, progress=WHOLE)

    @property
    def untuned(self) -> "Cell":
        """The same cell without the rate of a tuning trial."""
        return self if self.rate is None else replace(self, rate=None)

    @property
    def arm_label(self) -> str:
        """The arm's label, and the share of the run where that is not its end."""
        return self.arm.label if self.whole else f"{self.arm.label}, {percent(self.progress)} of the run"

    @property
    def label(self) -> str:
        rate = "" if self.rate is None else f" · rate {self.rate:g}"
        return f"{self.model} · {self.arm_label} · {self.problem.label}{rate}"

    @property
    def id(self) -> str:
        """The first 12 hex digits of its hash: its name in data and addresses."""
        return _id(self)


Coordinates = Cell | Pretraining
"""What a record is of: a cell, or a pretraining."""


def coordinates_of(value: Mapping[str, Any]) -> Coordinates:
    """A cell or a pretraining from the JSON of a record.

    Raises:
        ValueError: when it is neither.
    """
    return Cell.of(value) if "pretraining" in value else Pretraining.of(value)


@lru_cache(maxsize=1 << 17)
def _id(of: Coordinates) -> str:
    return key(of.as_dict())[:12]
