"""The file or folder that a source reads. An archive is unpacked into the cache once. Never imports torch."""

import contextlib
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from harness.data import DataError, fingerprints
from harness.data.atomic import build_once

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
"""Of archives. A single compressed file, such as `images.gz`, is no archive."""
SKIPPED_FOLDER = "__MACOSX"
"""Metadata that macOS adds to its zips."""


@contextlib.contextmanager
def opened(files: Path, fingerprint: str, cache: Path) -> Iterator[Path]:
    """The file or folder that a source reads. Of an archive it is the unpacked folder, or its only folder.

    Errors about unpacked files name the archive, since nobody corrects files of a cache.

    Raises:
        DataError: for files that are missing, that changed since the fingerprint, and for a broken archive.
    """
    if fingerprints.of(files, cache) != fingerprint:
        expected, got = "the data that the trials were planned with", "data that has changed since"
        raise DataError(place=files, expected=expected, got=got, fix="sweep again")
    folder = cache / "unpacked" / fingerprint
    try:
        yield _unpacked(files, folder) if files.is_file() and files.name.lower().endswith(SUFFIXES) else files
    except DataError as error:
        raise error.replaced(str(folder), str(files)) from error


def _unpacked(archive: Path, folder: Path) -> Path:
    build_once(folder, lambda target: _unpack(archive, target))
    inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _unpack(archive: Path, target: Path) -> None:
    try:
        (_unzip if archive.name.lower().endswith(".zip") else _untar)(archive, target)
    except DataError:
        raise
    except Exception as error:  # a codec may raise anything
        if isinstance(error, OSError) and error.errno is not None:  # the system's own, not a codec's
            got, fix = error.strerror, f"check the free space of {target.parent}"
        else:
            got, fix = str(error).partition(":\n")[0] or type(error).__name__, "replace it"
        raise DataError(place=archive, expected="an archive that can be unpacked", got=got, fix=fix) from error


def _untar(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
        assert packed.fileobj is not None
        packed.fileobj.seek(packed.offset)  # where tarfile saw the end, which a torn header also looks like
        if packed.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("truncated")


def _unzip(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if PurePosixPath(name).parts[:1] != (SKIPPED_FOLDER,)]
        for name in names:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                expected, fix = "paths inside the archive", "replace it by an archive that you trust"
                raise DataError(place=archive, expected=expected, got=f"'{name}'", fix=fix)
        packed.extractall(target, names)
