"""What can be wrong with records on disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.keys import key
from harness.store.record import Record
from harness.store.segments import BESIDE, Contents, Unreadable, contents


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file. What is not `harmful` lost nothing that had counted: a kill leaves it."""

    path: Path
    text: str
    harmful: bool = True

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def unreadable(segments: Mapping[Path, Contents]) -> list[Problem]:
    """The lines that cannot be read."""
    return [_unreadable(path, one) for path, segment in segments.items() for one in segment.unreadable]


def problems(segments: Mapping[Path, Contents], beside: Callable[[Record], Mapping[str, Any] | None]) -> list[Problem]:
    """The problems of all segments, in the order of their paths."""
    found: list[Problem] = []
    for path, segment in segments.items():
        found += [_unreadable(path, one) for one in segment.unreadable]
        found += [_unreadable(BESIDE(path), one) for one in contents(BESIDE(path)).unreadable]
        for record in segment.records.values():
            found += [Problem(path, f"trial {record.key[:16]}: {text}") for text in _wrong(record, segment, beside)]
    return found


def _unreadable(path: Path, one: Unreadable) -> Problem:
    mend = "a sweep that was killed leaves this" if one.torn else "`pretune results repair` sets it aside"
    return Problem(path, f"line {one.number}: {one.reason}; {mend}", harmful=not one.torn)


def _wrong(record: Record, segment: Contents, beside: Callable[[Record], Mapping[str, Any] | None]) -> list[str]:
    texts = []
    if key(record.spec) != record.key:
        texts.append("its spec does not lead to its key")
    if record.environment not in segment.environments:
        texts.append("its environment is missing")
    evidence = {"correct", "resamples"} & set(beside(record) or {})
    if record.status == "ok" and record.role == "reported" and not evidence:
        texts.append("what it made of the test examples is missing beside it")
    if record.status == "ok" and record.kind == "pretrain" and record.checkpoint is None:
        texts.append("it names no checkpoint")
    return texts
