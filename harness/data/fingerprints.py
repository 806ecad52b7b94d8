"""Fingerprints of data in files: hashes of the content, cached by size and time. Never imports torch."""

import hashlib
import json
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.data import DataError
from harness.data.atomic import write_file
from harness.data.folders import existing, read_error, walk

THREADS, CHUNK, BLOCK = 8, 256, 1 << 20
UNCHANGED_NS = 2_000_000_000
"""A file's hash is cached only if the file was unchanged for this time: clocks do not separate closer changes."""
LARGE = 1_000_000_000
"""Bytes. Reading more of them is announced, since it takes a while."""

UNREADABLE = "unreadable"
"""The fingerprint of files that are missing or cannot be read. No other files have it."""

Stamp = tuple[int, int, int]
"""A file's size in bytes, and the times in ns of the last change to its content and to its metadata."""

log = logging.getLogger("pretune")


def of(path: Path, cache: Path) -> str:
    """The SHA-256, in hex, over the relative names and contents of all files of a folder, or of one file.

    The folder's own path and the files' times do not count. Links are followed. Names that begin with a dot do not
    count, since no layout reads them. `cache` keeps each file's hash, which is valid while size and times stay.

    Raises:
        DataError: for a path that is missing, empty or cannot be read.
    """
    path, began = Path(os.path.abspath(path)), time.time_ns()
    stamps = _stamps(path)
    known_file = cache / "fingerprints" / f"{path.name[:64]}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}"
    known = _read(known_file)
    hashes = {name: known[name][3] for name, stamp in stamps.items() if name in known and known[name][:3] == [*stamp]}
    new = [name for name in stamps if name not in hashes]
    if new:
        size = sum(stamps[name][0] for name in new)
        if size > LARGE:
            log.warning("%s: reading %d files (%.1f GB) for their fingerprint, once", path, len(new), size / 1e9)
        hashes |= dict(zip(new, _hashes([path / name for name in new]), strict=True))
    if new or len(known) > len(stamps):
        _write(known_file, {n: [*s, hashes[n]] for n, s in stamps.items() if s[2] + UNCHANGED_NS <= began})
    whole = hashlib.sha256()
    for name in sorted(hashes):
        whole.update(os.fsencode(name) + b"\0" + hashes[name].encode() + b"\n")
    return whole.hexdigest()


def _stamps(path: Path) -> dict[str, Stamp]:
    try:
        files = {"": existing(path).stat()} if path.is_file() else walk(path).files
    except OSError as error:
        raise read_error(path, error) from error
    if not files:
        raise DataError(place=path, expected="files", got="an empty folder", fix="put the data there")
    return {name: (status.st_size, status.st_mtime_ns, status.st_ctime_ns) for name, status in files.items()}


def _hashes(paths: list[Path]) -> list[str]:
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    with ThreadPoolExecutor(THREADS) as pool:
        return [digest for chunk in pool.map(lambda chunk: [_hash(path) for path in chunk], chunks) for digest in chunk]


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError as error:
        raise read_error(path, error) from error
    return digest.hexdigest()


def _read(known_file: Path) -> dict[str, list]:
    """Size, times and hash of each file; empty where the cached file is absent or damaged."""
    try:
        checksum, _, text = known_file.read_bytes().partition(b"\n")
    except OSError:
        return {}
    sound = hashlib.sha256(text).hexdigest().encode() == checksum
    return json.loads(text) if sound else {}


def _write(known_file: Path, hashes: dict[str, list]) -> None:
    text = json.dumps(hashes, separators=(",", ":")).encode()
    try:
        write_file(known_file, hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
    except OSError as error:
        why = error.strerror
        log.warning("%s: cannot be written (%s), so the files are hashed again the next time", known_file, why)
