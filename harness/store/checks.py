"""Problems of records on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.catalog.keys import key
from harness.store.record import Record
from harness.store.segments import SIDECAR, Contents, Unreadable, contents, sidecar_file, sidecars_of

EVIDENCE = {"correct", "resamples"}
"""The sidecar data of a record with test scores: one of them."""


@dataclass(frozen=True)
class Problem:
    """A problem of a file. One that is not `harmful` lost no record that had counted."""

    path: Path
    text: str
    harmful: bool = True
    torn: bool = False
    """It is a line cut short, as a kill leaves it."""
    trial: str | None = None
    """The key of the trial whose record cannot be used."""

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def unreadable(segments: Mapping[Path, Contents]) -> list[Problem]:
    """The lines that cannot be read."""
    return [_unreadable(path, one) for path, segment in segments.items() for one in segment.unreadable]


def problems(segments: Mapping[Path, Contents]) -> list[Problem]:
    """The problems of all segments, in the order of their paths."""
    listed: list[Problem] = []
    retracted = {sum_ for segment in segments.values() for sum_ in segment.retracted}
    for path, segment in segments.items():
        listed += [_unreadable(path, one) for one in segment.unreadable]
        listed += [_unreadable(sidecar_file(path), one) for one in contents(sidecar_file(path)).unreadable]
        judged = {trial: bool(EVIDENCE & set(content)) for trial, content in sidecars_of(path)}
        for sum_, record in segment.records.items():
            wrong = [] if sum_ in retracted else _wrong(record, segment, judged.get(record.key, False))
            listed += [Problem(path, f"trial {record.key[:16]}: {text}", trial=record.key) for text in wrong]
    return listed


def misplaced(results: Path) -> list[Problem]:
    """The segments that are not directly in the folder of a suite."""
    deep = (path for path in results.rglob("*.jsonl") if len(path.relative_to(results).parts) != 2)
    fix = f"it is not read. Move it to {results}/<suite>/."
    return [Problem(path, fix, harmful=False) for path in sorted(deep) if not path.name.endswith(SIDECAR)]


def _unreadable(path: Path, one: Unreadable) -> Problem:
    fix = "A killed sweep leaves this." if one.torn else "Run `pretune results repair`."
    return Problem(path, f"line {one.number}: {one.reason}. {fix}", harmful=not one.torn, torn=one.torn)


def _wrong(record: Record, segment: Contents, judged: bool) -> list[str]:
    texts = []
    if key(dict(record.spec)) != record.key:
        texts.append("its key is not that of its spec")
    if record.environment not in segment.environments:
        texts.append("its environment is missing")
    if record.status == "ok" and record.role == "reported" and not judged:
        texts.append("its sidecar data of test examples are missing")
    if record.status == "ok" and record.kind == "pretrain" and record.checkpoint is None:
        texts.append("it names no checkpoint")
    return texts
