"""The static site: pages of plain HTML, CSS and inline SVG that open from a file with the network off."""

import json
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.analysis.rows import rows_of
from harness.errors import BoardError
from harness.report import views
from harness.report.across import across_views
from harness.report.answer import VERDICTS, answer, headlines
from harness.report.factor_views import factor_views
from harness.report.output import plain
from harness.report.site_rows import breakdown, dress, failures
from harness.report.trial_views import trial_views
from harness.spec import SuiteEntry
from harness.sweep.cells import headline_cells

if TYPE_CHECKING:
    import pandas as pd

    from harness.board import Board

SOURCE = Path(__file__).parents[2] / "site"
MARKER = ".pretune-site"
"""A file that says that a folder is ours to write anew."""

Page = tuple[str, str | bytes]


def render(board: "Board", suite: SuiteEntry, out: Path) -> list[str]:
    """Writes the site of a suite into `out`, in place of the one that was there; returns the files' names.

    The same records give the same bytes.

    Raises:
        BoardError: when `out` holds something that is not a site of ours.
    """
    if out.exists() and not (out.is_dir() and ((out / MARKER).is_file() or not any(out.iterdir()))):
        raise BoardError(f"{out}: holds files that are not a site of pretune; give --out an empty or new folder")
    if not (SOURCE / "templates").is_dir():
        raise BoardError(f"{SOURCE}: the site's templates are not there; install pretune from its repository with -e")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise BoardError(f"{out}: cannot be written to ({error.strerror}); give --out DIR") from error
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".site-") as folder:
        place = Path(folder) / "site"
        written = []
        for name, content in _pages(board, suite):
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            written.append(name)
        (place / MARKER).write_text("written by `pretune site`; everything here is replaced by the next one\n")
        if out.exists():
            os.rename(out, Path(folder) / "old")
        os.rename(place, out)
    return written


def _pages(board: "Board", suite: SuiteEntry) -> Iterator[Page]:
    """Each page's name and content."""
    analysis = board.analysis(suite.name)
    store, cells = analysis.store, analysis.cells
    table, each, found = analysis.frame, analysis.trials, analysis.relations
    rows = rows_of(table)
    dress(rows, suite, failures(store, cells, rows_of(each), analysis.current))
    common = views.common(board.catalog, suite, store, rows)
    show = _renderer(common)
    facets = views.facets(rows)
    named = headlines(rows, headline_cells(suite))
    told = answer(rows, named, found)
    yield (
        "index.html",
        show(
            "board.html",
            "",
            facets=facets,
            across=across_views(analysis.across),
            answer=told,
            headlines=named,
            verdicts=VERDICTS,
            parts=breakdown(rows),
        ),
    )
    yield "relation.html", show("relation.html", "", relations=views.relation_views(found))
    yield "factors.html", show("factors.html", "", factors=factor_views(analysis.curves, board.catalog))
    yield "method.html", show("method.html", "", suite=suite)
    every = trial_views(store, cells)
    for name in dict.fromkeys(row["model"] for row in rows):
        pretrainings = views.pretrainings(name, every)
        view = views.model(board.catalog, name, rows)
        yield f"models/{name}.html", show("model.html", "../", pretrainings=pretrainings, **view)
    for name in dict.fromkeys(row["task"] for row in rows):
        yield f"tasks/{name}.html", show("task.html", "../", **views.task(board.catalog, name, rows))
    for trial in every:
        yield f"trials/{trial['id']}.html", show("trial.html", "../", trial=trial)
    yield from _data(table, each)
    for path in sorted((SOURCE / "static").iterdir()):
        yield f"static/{path.name}", path.read_bytes()


def _renderer(common: dict[str, Any]) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(SOURCE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= views.FILTERS

    def show(template: str, root: str, **values: Any) -> str:
        text: str = environment.get_template(template).render(root=root, **common, **values)
        return text

    return show


def _printable(value: Any) -> Any:
    """What a template prints. No text of a record can steer a reader: escape sequences and bidi controls are spelt."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return "\n".join(plain(line) for line in value.split("\n"))


def _data(table: "pd.DataFrame", each: "pd.DataFrame") -> Iterator[Page]:
    """The board and its trials to take away."""
    for name, frame in (("board", table), ("trials", each)):
        rows = [{key: _plain(value) for key, value in row.items()} for row in rows_of(frame)]
        yield f"data/{name}.json", json.dumps(rows, indent=1, default=str) + "\n"
        yield f"data/{name}.csv", frame.map(_field).to_csv(index=False, lineterminator="\n")


def _plain(value: Any) -> Any:
    """A value as JSON has words for it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _field(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(_plain(value))
    return plain(value) if isinstance(value, str) else value
