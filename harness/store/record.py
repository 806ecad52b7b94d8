"""What one attempt at a trial left behind. Never changed once written."""

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, GetPydanticSchema, StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from harness.catalog.keys import canonical
from harness.catalog.schemas import Digest, Schema

if TYPE_CHECKING:
    from harness.executors.base import Outcome
    from harness.sweep.trials import Trial

VERSION = 1
LINE_BYTES = 4096
RETRACTED = "retracted"
"""What the status of a record that was taken back is shown as; it is never written."""
AS_DICT = GetPydanticSchema(lambda _, handler: handler(dict[str, Any]))
"""What is checked as a dictionary, whatever holds it later."""
AS_FIGURES = GetPydanticSchema(lambda _, handler: handler(dict[str, float]))
Status = Literal["ok", "oom", "diverged", "timeout", "crash", "error", "data", "interrupted"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: its segment, and its line's checksum, which is also its name."""

    segment: Path
    sum: str


class Contamination(Schema):
    """`contaminated`: the corpus holds test examples; `in-domain`: others of their source; else `clean`. `unknown`: the
    encoder came from elsewhere. Beside it of how many (`of`) there is an `exact` copy, and of how many more a `near`
    one."""

    status: Literal["clean", "in-domain", "contaminated", "unknown"]
    exact: int
    near: int
    of: int


@checked(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))
class Record:
    """One line of a segment. There are many of them, so they are no more than their fields."""

    schema: Literal[1] = 1
    key: Digest
    variant: Digest
    suite: str
    kind: Literal["pretrain", "adapt"]
    role: Literal["pretrain", "tuning", "reported"]
    cell: dict[str, Any]
    seed: int
    spec: Annotated[Mapping[str, Any], AS_DICT]
    status: Status
    message: str | None = None
    metrics: Annotated[Mapping[str, float], AS_FIGURES] = Field(default_factory=dict)
    meters: Annotated[Mapping[str, Any], AS_DICT] = Field(default_factory=dict)
    """Figures with their unit in their name, None where the hardware has no such meter; and their sources, as text."""
    chosen: dict[str, Any] | None = None
    """The rate that selection chose, whether it lies on its grid's edge, and each rate's score."""
    flags: list[str] = Field(default_factory=list)
    environment: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    started: str
    ended: str
    checkpoint: Digest | None = None
    """Of a pretraining: the SHA-256 of the checkpoint that it wrote."""
    parent_checkpoint: Digest | None = None
    """Of an adaptation: the SHA-256 of the checkpoint that it began from."""
    contamination: Contamination | None = None
    """Of an adaptation: whether the corpus that its encoder was pretrained on holds test examples of its task."""
    place: Place | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def read(cls, text: bytes) -> "Record":
        """From its content as JSON.

        Raises:
            ValueError: when it is none, or no record.
        """
        return _adapter().validate_json(text)

    @classmethod
    def of(cls, trial: "Trial", outcome: "Outcome", suite: str, environment: str) -> "Record":
        """The record of an attempt. A message that would make the line too long loses its middle."""
        record = cls(
            key=trial.key,
            variant=trial.variant,
            suite=suite,
            kind=trial.kind,  # type: ignore[arg-type]
            role=trial.role,  # type: ignore[arg-type]
            cell=trial.cell,
            seed=trial.seed,
            spec=trial.spec,
            status=outcome.status,  # type: ignore[arg-type]
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
            contamination=outcome.contamination,  # type: ignore[arg-type]
        )
        return record.but(message=_fitted(record))

    def but(self, **changes: Any) -> "Record":
        """The same with other values, which are not checked."""
        found = copy.copy(self)
        for name, value in changes.items():
            object.__setattr__(found, name, value)
        return found

    def content(self) -> dict[str, Any]:
        """As JSON holds it: what is None is left out, but for a meter that the hardware does not have."""
        found = {name: getattr(self, name) for name in FIELDS}
        found |= {"spec": dict(self.spec), "metrics": dict(self.metrics), "meters": dict(self.meters)}
        if self.contamination:
            found["contamination"] = self.contamination.model_dump()
        return {name: value for name, value in found.items() if value is not None}


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
