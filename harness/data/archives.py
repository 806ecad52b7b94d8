"""Files as sources read them: as they lie, or, of an archive, what it unpacks into, once, in the cache. Never torch."""

import contextlib
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from harness.data import DataError, fingerprints
from harness.data.built import built

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
"""Of the names of archives; one file that is compressed, as `.gz` alone says, is none."""
LEFT_OUT = "__MACOSX"
"""The folder that macOS adds to its zips, of what no layout reads."""


@contextlib.contextmanager
def opened(files: Path, fingerprint: str, cache: Path) -> Iterator[Path]:
    """The file or folder that a source reads; of an archive the folder that it unpacks into, or, where that holds one
    folder and nothing else, this one. Errors on what lies in an archive name the archive, for nobody mends a cache.

    Raises:
        DataError: when the files are not there, not those of the fingerprint, or an archive is broken.
    """
    if fingerprints.of(files, cache) != fingerprint:
        raise DataError(f"{files}: has changed since the trials were planned; sweep again")
    place = cache / "unpacked" / fingerprint
    try:
        yield _unpacked(files, place) if files.is_file() and files.name.lower().endswith(ENDINGS) else files
    except DataError as error:
        raise DataError(str(error).replace(str(place), str(files))) from error


def _unpacked(archive: Path, place: Path) -> Path:
    folder = built(place, lambda target: _unpack(archive, target))
    inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _unpack(archive: Path, target: Path) -> None:
    try:
        (_unzip if archive.name.lower().endswith(".zip") else _untar)(archive, target)
    except DataError:
        raise
    except Exception as error:  # a codec may raise anything
        if isinstance(error, OSError) and error.errno is not None:  # the system's own, not a codec's
            why, mend = error.strerror, f"look whether {target.parent} has room for it"
        else:
            why, mend = str(error).partition(":\n")[0] or type(error).__name__, "replace it"
        raise DataError(f"{archive}: cannot be unpacked: {why}; {mend}") from error


def _untar(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
        assert packed.fileobj is not None
        packed.fileobj.seek(packed.offset)  # where tarfile found the end, for which it takes a torn header too
        if packed.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it breaks off")


def _unzip(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if PurePosixPath(name).parts[:1] != (LEFT_OUT,)]
        for name in names:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise DataError(f"{archive}: '{name}' leads out of it; replace it by an archive that you trust")
        packed.extractall(target, names)
