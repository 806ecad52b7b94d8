"""The static site: pages of plain HTML, CSS and inline SVG that open from a file with the network off."""

import gc
import multiprocessing
import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BoardError
from harness.report.html import SOURCE
from harness.report.pages import Job, Pages

if TYPE_CHECKING:
    from harness.catalog import Catalog
    from harness.catalog.schemas import SuiteEntry
    from harness.findings.evidence import Evidence

MARKER = ".pretune-site"
"""A file that marks a folder as a site, which the next one replaces."""
MANY = 2_000
"""The number of trials from which on pages are rendered by several processes; for fewer, forks cost more than they
save."""
_jobs: tuple[Path, Sequence[Job]] = (Path(), ())
"""The output folder and the jobs, for the forked processes."""


def render(
    evidence: "Evidence", catalog: "Catalog", suite: "SuiteEntry", out: Path, figures: bool = False
) -> list[str]:
    """Writes the site of a suite into `out` in place of an earlier one; returns the names of its files.

    The same records give the same bytes. A file whose bytes have not changed is not written. `figures` adds the
    figures for papers.

    Raises:
        BoardError: when `out` holds other files or cannot be written.
    """
    _check(out)
    _write(out / MARKER, b"written by `pretune site`; the next one replaces all files here\n")
    many = sum(len(each.records) for each in evidence.records) >= MANY
    written = _run_all(out, Pages(evidence, catalog, suite, figures).jobs(), many)
    if twice := [name for name, number in Counter(written).items() if number > 1]:
        raise BoardError(place=twice[0], expected="one page of this name", got="two", fix="rename the finding or table")
    _remove_others(out, {*written, MARKER})
    return written


def _check(out: Path) -> None:
    if out.exists() and not (out.is_dir() and ((out / MARKER).is_file() or not any(out.iterdir()))):
        expected = "an empty folder or an earlier site"
        raise BoardError(place=str(out), expected=expected, got="other files", fix="give --out an empty or new folder")
    if not (SOURCE / "templates").is_dir():
        fix = "install pretune from its repository with -e"
        raise BoardError(place=str(SOURCE), expected="the site's templates", got="no such folder", fix=fix)
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise BoardError(
            place=str(out), expected="a folder to write to", got=str(error.strerror), fix="give --out DIR"
        ) from error


def _run_all(out: Path, jobs: Sequence[Job], many: bool) -> list[str]:
    """Runs the jobs in order, or by one process a core where there are many records and the system can fork."""
    global _jobs
    processes = min(os.cpu_count() or 1, len(jobs))
    _jobs = (out, jobs)
    if not many or processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [name for number in range(len(jobs)) for name in _run(number)]
    gc.collect()
    gc.freeze()  # the collector would copy the shared pages
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
            return [name for names in pool.map(_run, range(len(jobs))) for name in names]
    finally:
        gc.unfreeze()


def _run(number: int) -> list[str]:
    """Writes the pages of a job; returns their names."""
    out, jobs = _jobs
    names = []
    for name, content in jobs[number]():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content.encode() if isinstance(content, str) else content)
        names.append(name)
    return names


def _write(path: Path, content: bytes) -> None:
    """Writes a file in one step, so that nobody reads half a page; a file with these bytes is not touched."""
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    temporary.write_bytes(content)
    temporary.replace(path)


def _remove_others(out: Path, names: set[str]) -> None:
    """Removes the files of an earlier site that this one does not have."""
    for folder, _, files in os.walk(out, topdown=False):
        path = Path(folder)
        for name in files:
            if (path / name).relative_to(out).as_posix() not in names:
                (path / name).unlink()
        if path != out and not any(path.iterdir()):
            path.rmdir()
