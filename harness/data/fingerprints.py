"""Fingerprints of data that lie in files: what they hold, hashed once and remembered by size and time. Never torch."""

import hashlib
import json
import logging
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.data import DataError
from harness.data.folders import existing, unreadable, walk

THREADS, CHUNK, BLOCK = 8, 256, 1 << 20
SETTLED_NS = 2_000_000_000
"""A hash is remembered of files that had rested for so long: two changes within a tick of the clock look like one."""
MUCH = 1_000_000_000
"""From so many bytes on the user is told what takes its time."""

UNREADABLE = "unreadable"
"""Stands for the fingerprint of files that are missing or cannot be read: it is that of none."""

Stamp = tuple[int, int, int]
"""A file's size, and the times of the last change to its content and to its entry, in ns."""

log = logging.getLogger("pretune")


def of(path: Path, cache: Path) -> str:
    """The SHA-256, in hex, over the relative names and contents of all files of a folder, or of one file.

    Neither where the folder lies counts nor when it was copied. Links are followed; names that begin with a dot do not
    count, for no layout reads them. Each file's hash is kept in `cache` and holds while its size and times stay.

    Raises:
        DataError: names what is missing or cannot be read, and the mend.
    """
    path, began = Path(os.path.abspath(path)), time.time_ns()
    stamps = _stamps(path)
    memory = cache / "fingerprints" / f"{path.name[:64]}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}"
    known = _remembered(memory)
    hashes = {name: known[name][3] for name, stamp in stamps.items() if name in known and known[name][:3] == [*stamp]}
    new = [name for name in stamps if name not in hashes]
    if new:
        size = sum(stamps[name][0] for name in new)
        if size > MUCH:
            log.warning("%s: reading %d files (%.1f GB) for their fingerprint, once", path, len(new), size / 1e9)
        hashes |= dict(zip(new, _hashed([path / name for name in new]), strict=True))
    if new or len(known) > len(stamps):
        _remember(memory, {n: [*s, hashes[n]] for n, s in stamps.items() if s[2] + SETTLED_NS <= began})
    whole = hashlib.sha256()
    for name in sorted(hashes):
        whole.update(os.fsencode(name) + b"\0" + hashes[name].encode() + b"\n")
    return whole.hexdigest()


def _stamps(path: Path) -> dict[str, Stamp]:
    try:
        files = {"": existing(path).stat()} if path.is_file() else walk(path).files
    except OSError as error:
        raise unreadable(path, error) from error
    if not files:
        raise DataError(f"{path}: holds no files; put the data there")
    return {name: (status.st_size, status.st_mtime_ns, status.st_ctime_ns) for name, status in files.items()}


def _hashed(paths: list[Path]) -> list[str]:
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
        raise unreadable(path, error) from error
    return digest.hexdigest()


def _remembered(memory: Path) -> dict[str, list]:
    """Size, times and hash of each file; nothing where they are absent or not as they were written."""
    try:
        checksum, _, text = memory.read_bytes().partition(b"\n")
    except OSError:
        return {}
    sound = hashlib.sha256(text).hexdigest().encode() == checksum
    return json.loads(text) if sound else {}


def _remember(memory: Path, hashes: dict[str, list]) -> None:
    """Written beside its place and renamed: of several writers the last one wins, and each has written the truth."""
    text = json.dumps(hashes, separators=(",", ":")).encode()
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=memory.parent, prefix=f".{memory.name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
        os.replace(beside, memory)
    except OSError as error:
        log.warning("%s: cannot be written (%s), so the files are hashed again the next time", memory, error.strerror)
