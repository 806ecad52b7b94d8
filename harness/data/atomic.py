"""Files and folders of the cache that appear whole or not at all, whichever process writes them first."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """The folder, filled by `build(temporary folder)` in the first process that needs it. Other processes wait.

    The temporary folder is next to it and is renamed. Temporary folders of killed processes are removed.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_suffix(".lock")):
        if not folder.is_dir():
            for abandoned in folder.parent.glob(f".{folder.name}-*"):
                shutil.rmtree(abandoned, ignore_errors=True)
            building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                build(building)
                os.replace(building, folder)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
    return folder


def write_file(path: Path, content: bytes) -> None:
    """Writes a temporary file next to the path and renames it. Of several writers the last one wins.

    Raises:
        OSError: when the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(temporary, path)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
