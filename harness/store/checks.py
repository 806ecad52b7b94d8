"""What can be wrong with records on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.catalog.keys import key
from harness.store.record import Record
from harness.store.segments import BESIDE, Contents, Unreadable, beside_file, beside_of, contents

EVIDENCE = {"correct", "resamples"}
"""What lies beside a record that was judged on test examples: one of them."""


@dataclass(frozen=True)
class Problem:
    """Something in a file that somebody has to know. What is not `harmful` lost nothing that had counted."""

    path: Path
    text: str
    harmful: bool = True
    torn: bool = False
    """It is a line that was cut short, as a kill leaves it."""
    trial: str | None = None
    """The key of the trial whose record cannot be used as it stands."""

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def unreadable(segments: Mapping[Path, Contents]) -> list[Problem]:
    """The lines that cannot be read."""
    return [_unreadable(path, one) for path, segment in segments.items() for one in segment.unreadable]


def problems(segments: Mapping[Path, Contents]) -> list[Problem]:
    """The problems of all segments, in the order of their paths."""
    found: list[Problem] = []
    retracted = {sum_ for segment in segments.values() for sum_ in segment.retracted}
    for path, segment in segments.items():
        found += [_unreadable(path, one) for one in segment.unreadable]
        found += [_unreadable(beside_file(path), one) for one in contents(beside_file(path)).unreadable]
        judged = {trial: bool(EVIDENCE & set(content)) for trial, content in beside_of(path)}
        for sum_, record in segment.records.items():
            wrong = [] if sum_ in retracted else _wrong(record, segment, judged.get(record.key, False))
            found += [Problem(path, f"trial {record.key[:16]}: {text}", trial=record.key) for text in wrong]
    return found


def misplaced(results: Path) -> list[Problem]:
    """The segments that lie deeper than in a suite's folder, or in none."""
    deep = (path for path in results.rglob("*.jsonl") if len(path.relative_to(results).parts) != 2)
    mend = f"it is not read; records lie in {results}/<suite>/"
    return [Problem(path, mend, harmful=False) for path in sorted(deep) if not path.name.endswith(BESIDE)]


def _unreadable(path: Path, one: Unreadable) -> Problem:
    mend = "a sweep that was killed leaves this" if one.torn else "`pretune results repair` sets it aside"
    return Problem(path, f"line {one.number}: {one.reason}; {mend}", harmful=not one.torn, torn=one.torn)


def _wrong(record: Record, segment: Contents, judged: bool) -> list[str]:
    texts = []
    if key(dict(record.spec)) != record.key:
        texts.append("its spec does not lead to its key")
    if record.environment not in segment.environments:
        texts.append("its environment is missing")
    if record.status == "ok" and record.role == "reported" and not judged:
        texts.append("what it made of the test examples is missing beside it")
    if record.status == "ok" and record.kind == "pretrain" and record.checkpoint is None:
        texts.append("it names no checkpoint")
    return texts
