"""Folders of files, walked once. Links are followed, names that begin with a dot are skipped. Never imports torch."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness.data import DataError


@dataclass(frozen=True)
class Walk:
    """The content of a folder at any depth, by POSIX names relative to it, unordered."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


def walk(folder: Path) -> Walk:
    """All files and folders below a folder, at any depth.

    Raises:
        DataError: for a folder that is missing or cannot be read, a link to nothing or to its own parent, and a pipe
            or device.
    """
    content = Walk()
    try:
        _collect(existing(folder), "", content, frozenset())
    except OSError as error:
        raise read_error(error.filename or folder, error) from error
    return content


def existing(path: Path) -> Path:
    """The path itself.

    Raises:
        DataError: when nothing is there.
    """
    if not os.path.lexists(path):
        raise DataError(
            place=path,
            expected="a file or folder",
            got="nothing",
            fix="put the data there, set PRETUNE_DATA to the folder of all data, or correct the entry's `files` and "
            "`args`",
        )
    return path


def has_data(path: Path) -> bool:
    """Whether the path is a file, or a folder that is not empty."""
    try:
        return os.path.isfile(path) or any(not name.startswith(".") for name in os.listdir(path))
    except OSError:
        return False


def by_stem(folder: Path, extensions: tuple[str, ...]) -> dict[str, Path]:
    """The files with one of some extensions below a folder, sorted, by their relative names without extension.

    Raises:
        DataError: when two files have one name, or there are none.
    """
    paths: dict[str, Path] = {}
    for name in sorted(name for name in walk(folder).files if name.lower().endswith(extensions)):
        stem = name.rpartition(".")[0]
        if stem in paths:
            got = f"the name of {paths[stem]}"
            raise DataError(place=folder / name, expected="a name of its own", got=got, fix="rename or remove one")
        paths[stem] = folder / name
    if not paths:
        expected = f"files that end in {', '.join(extensions)}"
        raise DataError(place=folder, expected=expected, got="none", fix="put them there")
    return paths


def below(folder: Path, name: str) -> Path:
    """The path of a name inside a folder. The data gives the name, and the fingerprint has to cover the path.

    Raises:
        DataError: when the name leads out of the folder or is hidden.
    """
    if PurePosixPath(name).is_absolute() or any(part.startswith(".") for part in PurePosixPath(name).parts):
        expected, fix = "a name inside this folder that is not hidden", "use a name below the folder"
        raise DataError(place=folder, expected=expected, got=f"'{name}'", fix=fix)
    return folder / name


def read_error(path: str | Path, error: OSError) -> DataError:
    """The error for a file or folder that the system cannot open."""
    fix = "let this user read it (chmod)" if isinstance(error, PermissionError) else "repair or remove it"
    return DataError(place=path, expected="data that can be read", got=error.strerror or str(error), fix=fix)


def _collect(folder: str | Path, prefix: str, content: Walk, above: frozenset[tuple[int, int]]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            status, name = entry.stat(), prefix + entry.name
            if stat.S_ISREG(status.st_mode):
                content.files[name] = status
                continue
            identity = (status.st_dev, status.st_ino)
            if not stat.S_ISDIR(status.st_mode):
                raise DataError(place=entry.path, expected="a file or folder", got="a pipe or device", fix="remove it")
            if identity in above:
                expected, got = "a link to other data", "a link to a folder that holds it"
                raise DataError(place=entry.path, expected=expected, got=got, fix="remove the link")
            content.folders.append(name)
            _collect(entry.path, f"{name}/", content, above | {identity})
