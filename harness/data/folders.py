"""Folders of files, walked once: links are followed, names that begin with a dot do not count. Never torch."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness.data import DataError


@dataclass(frozen=True)
class Walk:
    """What lies below a folder, by POSIX names relative to it, in no order."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


def walk(folder: Path) -> Walk:
    """All files and folders below a folder, whatever their depth.

    Raises:
        DataError: for a folder that is missing or cannot be read, a link to nothing or to what holds it, and for what
            is neither file nor folder.
    """
    found = Walk()
    try:
        _collect(existing(folder), "", found, frozenset())
    except OSError as error:
        raise unreadable(error.filename or folder, error) from error
    return found


def existing(path: Path) -> Path:
    """The path, if something is there.

    Raises:
        DataError: names the path and where data are looked for.
    """
    if not os.path.lexists(path):
        raise DataError(
            f"{path}: no such file or folder; put the data there, name the folder of all data by PRETUNE_DATA, or say "
            "in the entry's args what its own folders are called"
        )
    return path


def holds(path: Path) -> bool:
    """Whether there is a file, or a folder that is not empty."""
    try:
        return os.path.isfile(path) or any(not name.startswith(".") for name in os.listdir(path))
    except OSError:
        return False


def by_stem(folder: Path, extensions: tuple[str, ...]) -> dict[str, Path]:
    """The files of some endings below a folder, sorted, by their relative names without the ending.

    Raises:
        DataError: when two have one name, or there are none.
    """
    found: dict[str, Path] = {}
    for name in sorted(name for name in walk(folder).files if name.lower().endswith(extensions)):
        stem = name.rpartition(".")[0]
        if stem in found:
            raise DataError(f"{folder / name}: has the name of {found[stem]}; rename or remove one of them")
        found[stem] = folder / name
    if not found:
        raise DataError(f"{folder}: holds no file that ends in {', '.join(extensions)}; put them there")
    return found


def below(folder: Path, name: str) -> Path:
    """The path of a name that data give, which has to stay where the fingerprint sees it.

    Raises:
        DataError: when it leads out of the folder or begins with a dot.
    """
    if PurePosixPath(name).is_absolute() or any(part.startswith(".") for part in PurePosixPath(name).parts):
        raise DataError(f"{folder}: '{name}' leads out of this folder or is hidden; name what lies below it")
    return folder / name


def unreadable(path: str | Path, error: OSError) -> DataError:
    """What to say of a file or folder that the system does not open."""
    mend = "let this user read it (chmod)" if isinstance(error, PermissionError) else "mend or remove it"
    return DataError(f"{path}: cannot be read: {error.strerror or error}; {mend}")


def _collect(folder: str | Path, prefix: str, found: Walk, above: frozenset[tuple[int, int]]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            status, name = entry.stat(), prefix + entry.name
            if stat.S_ISREG(status.st_mode):
                found.files[name] = status
                continue
            identity = (status.st_dev, status.st_ino)
            if not stat.S_ISDIR(status.st_mode):
                raise DataError(f"{entry.path}: neither a file nor a folder; remove it")
            if identity in above:
                raise DataError(f"{entry.path}: links to a folder that holds it; remove the link")
            found.folders.append(name)
            _collect(entry.path, f"{name}/", found, above | {identity})
