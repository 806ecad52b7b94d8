"""Appending: a record is on disk before its trial counts as done."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.errors import BoardError
from harness.store.lines import line
from harness.store.record import Record
from harness.store.segments import environment_name, sidecar_file

EMPTY: Mapping[str, Any] = {}


class Writer:
    """Writes one segment. Its files are made with the first record, so that a sweep without any leaves none."""

    def __init__(self, segment: Path, environment: Mapping[str, Any]) -> None:
        self.segment = segment
        self.environment = environment_name(environment)
        self._content = dict(environment)
        self._files: tuple[int, int] | None = None
        self._shared: set[str] = set()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._files or ():
            os.close(descriptor)
        self._files = None

    def append(
        self, record: Record, sidecar: Mapping[str, Any] | None = None, shared: Mapping[str, Mapping[str, Any]] = EMPTY
    ) -> None:
        """Writes the sidecar data, then the record, each flushed to disk. `shared` sidecar data, by name, are written
        once a segment.

        Raises:
            BoardError: when the disk does not take it.
        """
        try:
            if self._files is None:
                self._files = _created(sidecar_file(self.segment)), _created(self.segment)
                _write(self._files[1], line("environment", self._content))
                _flush_folder(self.segment.parent)
            for name in sorted(shared.keys() - self._shared):
                _write(self._files[0], line("beside", {"key": name, **shared[name]}))
                self._shared.add(name)
            if sidecar:
                _write(self._files[0], line("beside", {"key": record.key, **sidecar}))
            _write(self._files[1], line("record", record.content()))
        except OSError as error:
            raise BoardError(f"cannot be written: {error.strerror}", place=self.segment) from error


def retraction(segment: Path, trials: Mapping[str, list[str]], reason: str) -> None:
    """Writes a segment that retracts records: by the key of each trial, the checksums of its records.

    Raises:
        BoardError: when the disk does not take it.
    """
    when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    contents = [{"key": key, "records": sums, "reason": reason, "time": when} for key, sums in trials.items()]
    try:
        descriptor = _created(segment)
        _write(descriptor, b"".join(line("retraction", content) for content in contents))
        os.close(descriptor)
        _flush_folder(segment.parent)
    except OSError as error:
        raise BoardError(f"cannot be written: {error.strerror}", place=segment) from error


def _created(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)


def _write(descriptor: int, data: bytes) -> None:
    """All of it in one call where the system takes it so, so that a kill seldom tears a line."""
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
