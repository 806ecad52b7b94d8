"""Folders of the cache that are made once: under a lock, beside their place, and renamed."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def built(place: Path, build: Callable[[Path], None]) -> Path:
    """The folder `place`, which `build` fills by whoever comes first; the others wait for it. What a process left that
    was killed at it is removed."""
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place.with_suffix(".lock")):
        if not place.is_dir():
            for abandoned in place.parent.glob(f".{place.name}-*"):
                shutil.rmtree(abandoned, ignore_errors=True)
            building = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
            try:
                build(building)
                os.replace(building, place)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
    return place


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
