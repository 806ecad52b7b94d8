"""What a segment holds, and what lies beside its records.

Records are kept as they are read. What lies beside them, test examples and learning curves, is larger than they are: of
it only its places are kept.
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
from harness.store.record import VERSION, Place, Record
from harness.store.sharing import Shared

BESIDE = ".beside.jsonl"


def beside_file(segment: Path) -> Path:
    """The file of what lies beside a segment's records."""
    return segment.with_suffix(BESIDE)


def new_segment(results: Path, suite: str) -> Path:
    """A path that no other process chooses."""
    return results / suite / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.jsonl"


def environment_name(content: Mapping[str, Any]) -> str:
    """What records call an environment by: the first 16 hex digits of its key."""
    return key(content)[:16]


@dataclass(frozen=True)
class Unreadable:
    """A line that cannot be read, and why. `torn`: it is the last and was cut short, as a kill leaves it."""

    number: int
    reason: str
    torn: bool


@dataclass(frozen=True)
class Contents:
    """What a file of a segment holds, by checksum."""

    path: Path
    records: dict[str, Record] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    retracted: dict[str, str] = field(default_factory=dict)
    """The reason of each retracted record."""
    beside: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By the record's key, where what lies beside it stands: first byte and length."""
    unreadable: list[Unreadable] = field(default_factory=list)

    def read_beside(self, trial: str) -> dict[str, Any] | None:
        """What lies beside the record of a trial."""
        if trial not in self.beside:
            return None
        offset, length = self.beside[trial]
        with self.path.open("rb") as file:
            file.seek(offset)
            return parsed(file.read(length))[1]


def contents(path: Path, shared: Shared | None = None) -> Contents:
    """Reads a file of a segment; what cannot be read is listed, and the rest stands. A missing file is empty."""
    found, shared = Contents(path), shared or Shared()
    try:
        for one in lines_of(path):
            try:
                _take(found, one, shared)
            except ValueError as error:
                found.unreadable.append(Unreadable(one.number, str(error) if one.ended else "cut short", not one.ended))
    except FileNotFoundError:
        pass
    except OSError as error:
        found.unreadable.append(Unreadable(0, str(error.strerror), torn=False))
    return found


def beside_of(segment: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that can be read of what lies beside a segment's records, by their keys; of one key the last is what counts.

    Raises:
        OSError: when there is such a file and it cannot be read.
    """
    if not beside_file(segment).exists():
        return
    for one in lines_of(beside_file(segment)):
        try:
            kind, content, _ = parsed(one.raw)
        except ValueError:
            continue  # listed where the file is checked
        if kind == "beside" and "key" in content:
            yield content["key"], content


def _take(found: Contents, one: Line, shared: Shared) -> None:
    """Adds one line.

    Raises:
        ValueError: says why it cannot be read.
    """
    read = _as_written(one.raw)
    if read is None:
        kind, content, sum_ = parsed(one.raw)
        if kind != "record":
            _take_other(found, one, kind, content)
            return
        read = _validated(content), sum_
    record, sum_ = read
    shared.share(record)
    object.__setattr__(record, "place", Place(found.path, sum_))
    found.records[sum_] = record


def _as_written(raw: bytes) -> tuple[Record, str] | None:
    """A record and its checksum, from a line as this package writes it; None for any other."""
    found = as_written(raw)
    if found is None or found[0] != "record":
        return None
    try:
        return Record.read(found[1]), found[2]
    except ValueError:
        return None


def _validated(content: dict[str, Any]) -> Record:
    if content.get("schema") != VERSION:
        raise ValueError(f"a record of schema {content.get('schema')}; this version reads {VERSION}")
    try:
        return Record(**content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _take_other(found: Contents, one: Line, kind: str, content: dict[str, Any]) -> None:
    try:
        if kind == "environment":
            found.environments[environment_name(content)] = content
        elif kind == "retraction":
            found.retracted.update(dict.fromkeys(content["records"], content["reason"]))
        else:
            found.beside[content["key"]] = one.offset, len(one.raw)
    except (KeyError, TypeError):
        raise ValueError(f"no {kind} as this version knows it") from None


def set_aside(path: Path) -> int:
    """Moves unreadable lines to `<name>.rejected`; returns how many. The others stay as they are, byte for byte."""
    bad = {each.number for each in contents(path).unreadable if each.number}
    if not bad:
        return 0
    lines = path.read_bytes().split(b"\n")
    rejected = [raw for number, raw in enumerate(lines, 1) if number in bad]
    with path.with_name(f"{path.name}.rejected").open("ab") as aside:
        aside.write(b"".join(raw + b"\n" for raw in rejected))
        aside.flush()
        os.fsync(aside.fileno())
    kept = [raw + b"\n" for number, raw in enumerate(lines, 1) if raw and number not in bad]
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with temporary.open("wb") as file:
        file.write(b"".join(kept))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return len(bad)
