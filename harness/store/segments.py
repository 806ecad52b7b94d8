"""Reading segments and their sidecars.

Records are kept in memory as they are read. Sidecar data (per-example correctness, learning curves) are larger: only
their offsets are kept.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.catalog.keys import key
from harness.store.lines import Line, as_written, lines_of, parsed
from harness.store.record import VERSION, Location, Record

SIDECAR = ".beside.jsonl"


def sidecar_file(segment: Path) -> Path:
    """The sidecar of a segment."""
    return segment.with_suffix(SIDECAR)


def new_segment(results: Path, suite: str) -> Path:
    """A path that no other process chooses."""
    return results / suite / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.jsonl"


def environment_name(content: Mapping[str, Any]) -> str:
    """The name of an environment in records: the first 16 hex digits of its key."""
    return key(content)[:16]


@dataclass(frozen=True)
class Unreadable:
    """A line that cannot be read, and why. `torn`: it is the last and was cut short, as a kill leaves it."""

    number: int
    reason: str
    torn: bool


@dataclass(frozen=True)
class Contents:
    """The contents of a segment or of its sidecar, by checksum."""

    path: Path
    records: dict[str, Record] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    retracted: dict[str, str] = field(default_factory=dict)
    """The reason of each retracted record."""
    sidecars: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By the record's key, the first byte and the length of its sidecar data."""
    unreadable: list[Unreadable] = field(default_factory=list)

    def read_sidecar(self, name: str) -> dict[str, Any] | None:
        """The sidecar data of a trial's key or of a shared name."""
        if name not in self.sidecars:
            return None
        offset, length = self.sidecars[name]
        with self.path.open("rb") as file:
            file.seek(offset)
            return parsed(file.read(length))[1]


def contents(path: Path) -> Contents:
    """Reads a segment or a sidecar. Unreadable lines are listed and the rest is kept. A missing file is empty."""
    read = Contents(path)
    try:
        for one in lines_of(path):
            try:
                _add(read, one)
            except ValueError as error:
                read.unreadable.append(Unreadable(one.number, str(error) if one.ended else "cut short", not one.ended))
    except FileNotFoundError:
        return read  # a segment without sidecar data has no such file
    except OSError as error:
        read.unreadable.append(Unreadable(0, str(error.strerror), torn=False))
    return read


def sidecars_of(segment: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """All readable sidecar data of a segment, by key; of one key the last counts.

    Raises:
        OSError: when the sidecar exists and cannot be read.
    """
    if not sidecar_file(segment).exists():
        return
    for one in lines_of(sidecar_file(segment)):
        try:
            kind, content, _ = parsed(one.raw)
        except ValueError:
            continue  # reported by the check of the file
        if kind == "beside" and "key" in content:
            yield content["key"], content


def _add(read: Contents, one: Line) -> None:
    """Adds one line.

    Raises:
        ValueError: gives the reason why it cannot be read.
    """
    fast = _as_written(one.raw)
    if fast is None:
        kind, content, sum_ = parsed(one.raw)
        if kind != "record":
            _add_other(read, one, kind, content)
            return
        fast = _validated(content), sum_
    record, sum_ = fast
    object.__setattr__(record, "location", Location(read.path, sum_))
    read.records[sum_] = record


def _as_written(raw: bytes) -> tuple[Record, str] | None:
    """A record and its checksum, from a line as this package writes it; None for any other."""
    written = as_written(raw)
    if written is None or written[0] != "record":
        return None
    try:
        return Record.read(written[1]), written[2]
    except ValueError:
        return None


def _validated(content: dict[str, Any]) -> Record:
    if content.get("schema") != VERSION:
        raise ValueError(f"expected a record of schema {VERSION}, got {content.get('schema')}")
    try:
        return Record(**content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _add_other(read: Contents, one: Line, kind: str, content: dict[str, Any]) -> None:
    try:
        if kind == "environment":
            read.environments[environment_name(content)] = content
        elif kind == "retraction":
            read.retracted.update(dict.fromkeys(content["records"], content["reason"]))
        else:
            read.sidecars[content["key"]] = one.offset, len(one.raw)
    except (KeyError, TypeError):
        raise ValueError(f"not a line of kind {kind} of this version") from None


def quarantine(path: Path) -> int:
    """Moves unreadable lines to `<name>.rejected` and returns their number. Other lines are kept byte for byte."""
    bad = {each.number for each in contents(path).unreadable if each.number}
    if not bad:
        return 0
    lines = path.read_bytes().split(b"\n")
    rejected = [raw for number, raw in enumerate(lines, 1) if number in bad]
    with path.with_name(f"{path.name}.rejected").open("ab") as file:
        file.write(b"".join(raw + b"\n" for raw in rejected))
        file.flush()
        os.fsync(file.fileno())
    kept = [raw + b"\n" for number, raw in enumerate(lines, 1) if raw and number not in bad]
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with temporary.open("wb") as file:
        file.write(b"".join(kept))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return len(bad)
