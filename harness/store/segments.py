"""The lines of a segment: `{"sum": checksum, "record" | "environment" | "retraction" | "beside": ...}`."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.keys import canonical, key
from harness.store.record import VERSION, Place, Record

KINDS = ("record", "environment", "retraction", "beside")


def BESIDE(segment: Path) -> Path:  # noqa: N802
    """The file of what lies beside a segment's records."""
    return segment.with_suffix(".beside.jsonl")


def new_segment(results: Path, suite: str) -> Path:
    """A path that no other process chooses."""
    return results / suite / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.jsonl"


def line(kind: str, content: Any) -> bytes:
    """One line with its checksum."""
    return canonical({"sum": checksum(kind, content), kind: content}).encode() + b"\n"


def checksum(kind: str, content: Any) -> str:
    """The first 16 hex digits of the SHA-256 of a line's content."""
    return hashlib.sha256(canonical({kind: content}).encode()).hexdigest()[:16]


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
    """What a segment holds, by checksum."""

    path: Path
    records: dict[str, Record] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    retracted: dict[str, str] = field(default_factory=dict)
    """The reason of each retracted record."""
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


def contents(path: Path) -> Contents:
    """Reads a segment; what cannot be read is listed, and the rest stands. A missing file is empty."""
    found = Contents(path)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return found
    except OSError as error:
        found.unreadable.append(Unreadable(0, str(error.strerror), torn=False))
        return found
    lines = text.split(b"\n")
    for number, raw in enumerate(lines, 1):
        if raw:
            try:
                _take(found, raw)
            except ValueError as error:
                torn = number == len(lines)
                found.unreadable.append(Unreadable(number, "cut short" if torn else str(error), torn))
    return found


def _take(found: Contents, raw: bytes) -> None:
    """Adds one line.

    Raises:
        ValueError: says why it cannot be read.
    """
    kind, content, sum_ = parsed(raw)
    if kind == "record":
        if content.get("schema") != VERSION:
            raise ValueError(f"a record of schema {content.get('schema')}; this version reads {VERSION}")
        try:
            record = Record.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        found.records[sum_] = record.model_copy(update={"place": Place(found.path, sum_)})
    elif kind == "environment":
        found.environments[environment_name(content)] = content
    elif kind == "retraction":
        found.retracted.update(dict.fromkeys(content["records"], content["reason"]))
    else:
        found.beside[content["key"]] = content


def parsed(raw: bytes) -> tuple[str, dict[str, Any], str]:
    """A line's kind, content and checksum.

    Raises:
        ValueError: says why it cannot be read.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    kinds = [kind for kind in KINDS if isinstance(value, dict) and isinstance(value.get(kind), dict)]
    if len(kinds) != 1 or set(value) != {"sum", kinds[0]}:
        raise ValueError("not a line of a segment")
    if checksum(kinds[0], value[kinds[0]]) != value["sum"]:
        raise ValueError("its checksum does not fit")
    return kinds[0], value[kinds[0]], value["sum"]


def _refuse(word: str) -> float:
    raise ValueError(f"JSON has no {word}")


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
