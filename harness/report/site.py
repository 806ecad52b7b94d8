"""The static site: pages of plain HTML, CSS and inline SVG that open from a file with the network off."""

import filecmp
import itertools
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.catalog.schemas import SuiteEntry
from harness.errors import BoardError
from harness.report.aside import Aside
from harness.report.pages import SOURCE, Page, Pages
from harness.report.papers import figures
from harness.store.sharing import uncollected

if TYPE_CHECKING:
    from harness.board import Board
    from harness.findings.evidence import Analysis

MARKER = ".pretune-site"
"""A file that says that a folder is ours to write anew."""
MANY = 20_000
"""From so many trials on the parts of a site are written side by side; fewer are done before it pays."""


def render(
    board: "Board", suite: SuiteEntry, out: Path, found: "Analysis | None" = None, drawn: bool = False
) -> list[str]:
    """Writes the site of a suite into `out`, in place of the one that was there; returns its files' names. `found` is
    what its records say, where it has been read already; `drawn` adds figures for papers.

    The same records give the same bytes, and a file whose bytes are what they were is not touched.

    Raises:
        BoardError: when `out` holds something that is not a site of ours.
    """
    if out.exists() and not (out.is_dir() and ((out / MARKER).is_file() or not any(out.iterdir()))):
        raise BoardError(f"{out}: holds files that are not a site of pretune; give --out an empty or new folder")
    if not (SOURCE / "templates").is_dir():
        raise BoardError(f"{SOURCE}: the site's templates are not there; install pretune from its repository with -e")
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise BoardError(f"{out}: cannot be written to ({error.strerror}); give --out DIR") from error
    _write(out / MARKER, b"written by `pretune site`; everything here is replaced by the next one\n")
    found = found or board.analysis(suite.name)
    with uncollected():
        written = _in_parts(out, Pages(board, suite, found), found, drawn)
    _remove_others(out, {*written, MARKER})
    return written


def _in_parts(out: Path, pages: Pages, found: "Analysis", drawn: bool) -> list[str]:
    """Two at a time, each begun when what it rests on is found, which is shared and not made again: the trials beside
    the search for the board's rows and their relations, then what is found across these beside the board itself."""
    many = len(pages.trials.shown) >= MANY
    trials = Aside(lambda: _written(out, pages.of_trials()), many)
    _ = pages.rows, found.relations
    written = trials.result()
    findings = Aside(lambda: _written(out, pages.of_findings()), many)
    written += _written(out, itertools.chain(pages.of_board(), figures(found) if drawn else ()))
    return [*written, *findings.result()]


def _written(out: Path, made: Iterable[Page]) -> list[str]:
    names, folders = [], set()
    for name, content in made:
        path = out / name
        if path.parent not in folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.add(path.parent)
        if isinstance(content, str | bytes):
            _write(path, content.encode() if isinstance(content, str) else content)
        else:
            _write_parts(path, content)
        names.append(name)
    return names


def _write(path: Path, content: bytes) -> None:
    """In one step, so that a reader never sees half a page."""
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    temporary = _beside(path)
    temporary.write_bytes(content)
    temporary.replace(path)


def _write_parts(path: Path, parts: Iterable[bytes]) -> None:
    """The same of a file that is too large to be held at once."""
    temporary = _beside(path)
    with temporary.open("wb") as file:
        file.writelines(parts)
    if path.is_file() and filecmp.cmp(temporary, path, shallow=False):
        temporary.unlink()
    else:
        temporary.replace(path)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")


def _remove_others(out: Path, names: set[str]) -> None:
    """What an earlier site had and this one has not."""
    for folder, _, files in os.walk(out, topdown=False):
        place = Path(folder)
        for name in files:
            if (place / name).relative_to(out).as_posix() not in names:
                (place / name).unlink()
        if place != out and not any(place.iterdir()):
            place.rmdir()
