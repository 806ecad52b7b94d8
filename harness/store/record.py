"""The record of one attempt at a trial, never changed once written, and the outcome that it is made from."""

import copy
import dataclasses
import marshal
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PlainValidator, StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from harness.catalog.fields import Digest
from harness.catalog.keys import canonical
from harness.catalog.schemas import Schema
from harness.cells import Cell, Coordinates, Pretraining, coordinates_of
from harness.trial import Kind, Role, Trial

VERSION = 1
LINE_BYTES = 4096
Status = Literal["ok", "oom", "diverged", "timeout", "crash", "error", "data", "interrupted"]
RETRACTED = "retracted"
"""The status of a retracted record in memory; it is never written."""


@dataclass(frozen=True, slots=True)
class Location:
    """A record's segment, and the checksum of its line."""

    segment: Path
    sum: str


class Contamination(Schema):
    """The overlap of a task's test examples with the corpus of the pretraining.

    `contaminated`: the corpus holds test examples; `in-domain`: other examples of their source; else `clean`.
    `unknown`: published weights. Of `of` test examples `exact` have an exact copy, and `near` more a near one.
    """

    status: Literal["clean", "in-domain", "contaminated", "unknown"]
    exact: int
    near: int
    of: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one attempt at a trial, as an executor returns it."""

    status: Status
    started: str
    ended: str
    message: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    meters: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    checkpoint: str | None = None
    parent_checkpoint: str | None = None
    contamination: Contamination | None = None
    sidecar: dict[str, Any] | None = None
    """Larger data of this trial: its learning curve, per-example correctness."""
    shared: dict[str, Any] = field(default_factory=dict)
    """By name, larger data of several trials, written once: panels."""


@lru_cache(maxsize=1 << 16)
def _interned(content: bytes) -> Coordinates:
    return coordinates_of(marshal.loads(content))


def _coordinates(value: Any) -> Coordinates:
    """A record's cell from JSON; equal cells are one object."""
    return value if isinstance(value, Cell | Pretraining) else _interned(marshal.dumps(value, 2))


@checked(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))
class Record:
    """One line of a segment."""

    schema: Literal[1] = 1
    key: Digest
    variant: Digest
    suite: str
    kind: Kind
    role: Role
    cell: Annotated[Coordinates, PlainValidator(_coordinates)]
    seed: int
    spec: dict[str, Any]
    status: Status
    message: str | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    meters: dict[str, Any] = Field(default_factory=dict)
    """Figures with their unit in their name, None where the hardware has no such meter; and their sources, as text."""
    chosen: dict[str, Any] | None = None
    """The chosen rate, whether it is on the edge of its grid, and each rate's score."""
    flags: list[str] = Field(default_factory=list)
    environment: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    started: str
    ended: str
    checkpoint: Digest | None = None
    """Of a pretraining: the SHA-256 of the checkpoint that it wrote."""
    parent_checkpoint: Digest | None = None
    """Of an adaptation: the SHA-256 of the checkpoint that it began from."""
    contamination: Contamination | None = None
    """Of an adaptation: whether the corpus of its pretraining holds test examples of its task."""
    location: Location | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    @property
    def model(self) -> str:
        return self.cell.pretraining.model

    @classmethod
    def read(cls, text: bytes) -> "Record":
        """From its content as JSON.

        Raises:
            ValueError: when it is not a record.
        """
        return _adapter().validate_json(text)

    @classmethod
    def of(cls, trial: Trial, outcome: Outcome, suite: str, environment: str) -> "Record":
        """The record of an attempt. A message that would make the line too long loses its middle."""
        record = cls(
            key=trial.key,
            variant=trial.variant,
            suite=suite,
            kind=trial.kind,
            role=trial.role,
            cell=trial.cell,
            seed=trial.seed,
            spec=trial.spec,
            status=outcome.status,
            message=outcome.message,
            metrics={name: value for name, value in outcome.metrics.items() if value is not None},
            meters={name: _rounded(value) for name, value in outcome.meters.items()},
            chosen=trial.chosen,
            flags=outcome.flags,
            environment=environment,
            started=outcome.started,
            ended=outcome.ended,
            checkpoint=outcome.checkpoint,
            parent_checkpoint=outcome.parent_checkpoint,
            contamination=outcome.contamination,
        )
        return record.updated(message=_fitted(record))

    def updated(self, **changes: Any) -> "Record":
        """The same with other values, which are not checked."""
        record = copy.copy(self)
        for name, value in changes.items():
            object.__setattr__(record, name, value)
        return record

    def content(self) -> dict[str, Any]:
        """As JSON: it omits None, except for a meter that the hardware does not have."""
        content = {name: getattr(self, name) for name in FIELDS} | {"cell": self.cell.as_dict()}
        if self.contamination:
            content["contamination"] = self.contamination.model_dump()
        return {name: value for name, value in content.items() if value is not None}


FIELDS = [each.name for each in dataclasses.fields(Record) if each.init]


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


def _rounded(value: Any) -> Any:
    """A meter to six digits, which is more than any clock is worth. Metrics are kept to the bit."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _fitted(record: Record) -> str | None:
    """The message, short enough for the line: its beginning and its end, which say what and why."""
    message = record.message
    if message is None:
        return None
    room = LINE_BYTES - 64 - len(canonical(record.content() | {"message": ""}).encode())
    while message and len(canonical(message).encode()) > max(room, 80):
        half = max(1, int(len(message) * 0.45))
        message = f"{message[:half].rstrip(' …')} … {message[-half:].lstrip(' …')}" if half > 12 else message[:half]
    return message
