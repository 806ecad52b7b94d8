"""The format of a line: canonical JSON of `{kind: content, "sum": checksum}`, with one of KINDS.

The checksum is of the canonical text of `{kind: content}`. A line as this package writes it contains that text, so most
lines are checked without serialising them again. Any other line is checked by its content.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from harness.catalog.keys import canonical

KINDS = ("record", "environment", "retraction", "beside")
OPENINGS = {f'{{"{kind}":'.encode(): kind for kind in KINDS}
BEFORE_SUM, SUM_DIGITS, END = b',"sum":"', 16, b'"}'
TAIL = len(BEFORE_SUM) + SUM_DIGITS + len(END)


class Line(NamedTuple):
    """A line of a file with its number, from 1, and the offset of its first byte."""

    number: int
    offset: int
    raw: bytes
    ended: bool
    """Whether it ends as lines do; a kill cuts the last one short."""


def lines_of(path: Path) -> Iterator[Line]:
    """The lines of a file that hold something.

    Raises:
        OSError: when it cannot be read.
    """
    offset = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            ended = raw.endswith(b"\n")
            if len(raw) > ended:
                yield Line(number, offset, raw[:-1] if ended else raw, ended)
            offset += len(raw)


def line(kind: str, content: Any) -> bytes:
    """One line with its checksum."""
    return canonical({"sum": checksum(kind, content), kind: content}).encode() + b"\n"


def checksum(kind: str, content: Any) -> str:
    """The first 16 hex digits of the SHA-256 of a line's content."""
    return hashlib.sha256(canonical({kind: content}).encode()).hexdigest()[:SUM_DIGITS]


def as_written(raw: bytes) -> tuple[str, bytes, str] | None:
    """The kind, the content's text and the checksum of a line as this package writes it.

    None for any other line; it may still be valid, which `parsed` decides.
    """
    kind = OPENINGS.get(raw[: raw.find(b":") + 1])
    if kind is None or raw[-TAIL : -TAIL + len(BEFORE_SUM)] != BEFORE_SUM:
        return None
    if b"NaN" in raw or b"Infinity" in raw:  # which the fast parser takes for numbers
        return None
    sum_ = hashlib.sha256(raw[:-TAIL] + b"}").hexdigest()[:SUM_DIGITS]
    if raw[-SUM_DIGITS - len(END) :] != sum_.encode() + END:
        return None
    return kind, raw[len(kind) + 4 : -TAIL], sum_


def parsed(raw: bytes) -> tuple[str, dict[str, Any], str]:
    """A line's kind, content and checksum.

    Raises:
        ValueError: gives the reason why it cannot be read.
    """
    written = as_written(raw)
    if written:
        kind, text, sum_ = written
        try:
            content = from_json(text)
        except ValueError:
            content = None
        if isinstance(content, dict):
            return kind, content, sum_
    return _by_content(raw)


def _by_content(raw: bytes) -> tuple[str, dict[str, Any], str]:
    try:
        value = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    kinds = [kind for kind in KINDS if isinstance(value, dict) and isinstance(value.get(kind), dict)]
    if len(kinds) != 1 or set(value) != {"sum", kinds[0]}:
        raise ValueError(f"expected one of {', '.join(KINDS)} and a checksum")
    if checksum(kinds[0], value[kinds[0]]) != value["sum"]:
        raise ValueError("its checksum is wrong")
    return kinds[0], value[kinds[0]], value["sum"]


def _refuse(word: str) -> float:
    raise ValueError(f"JSON has no {word}")
