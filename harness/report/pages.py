"""The site's pages: which there are, and what each is made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.analysis.rows import rows_of
from harness.report import views
from harness.report.across import across_views
from harness.report.answer import VERDICTS, answer, headlines
from harness.report.break_even_views import break_even_views
from harness.report.columns import Column, columns_for
from harness.report.compare_data import Comparisons, comparisons
from harness.report.confusion_views import confusion_views
from harness.report.cost_views import cost_overview, cost_views
from harness.report.factor_views import PRETRAININGS, TITLES, factor_views
from harness.report.factors import VARIED
from harness.report.output import plain
from harness.report.predictor_views import predictor_views
from harness.report.relation_views import relation_views
from harness.report.site_data import Content, board_data, model_links, script, takeaway
from harness.report.site_rows import breakdown, dress, failures
from harness.report.table_html import FIRST, table_rows
from harness.report.task_views import LEGENDS, difficulty_views, generalisation_views
from harness.report.trend_views import changed_tasks, trend_views
from harness.report.trial_views import Trials, words
from harness.spec import SuiteEntry
from harness.sweep.cells import headline_cells

if TYPE_CHECKING:
    from harness.analysis.findings import Analysis
    from harness.board import Board

SOURCE = Path(__file__).parents[2] / "site"
Page = tuple[str, Content]
Row = dict[str, Any]
Show = Callable[..., str]
TABLE = ("pretune", "table", "download")
"""The scripts of a page with the board's table."""


def pages(board: "Board", suite: SuiteEntry, found: "Analysis") -> Iterator[Page]:
    """Each page's name and content, from what the suite's records say."""
    ended = found.trials[found.trials["status"] != "ok"]
    failed = failures(found.store, found.cells, rows_of(ended), found.current)
    rows = dress(rows_of(found.frame), suite, failed)
    show = _renderer(views.common(board.catalog, suite, found.store, rows))
    trials = Trials(found.store, found.cells)
    columns = columns_for(rows)
    yield from _board(show, suite, rows, columns, found)
    yield "across.html", show("across.html", "", across=across_views(found.across))
    relations = relation_views(found.relations, {row["model"]: row["family"] for row in rows})
    yield from _relations(show, relations, predictor_views(found.predictors, relations))
    yield from _factors(show, factor_views(found.curves, board.catalog), break_even_views(found.break_evens))
    costs = cost_views(found)
    priced = {view["name"] for view in costs}
    yield from _costs(show, costs)
    yield from _compare(show, comparisons(found))
    yield from _trends(show, trend_views(found.history))
    changed = changed_tasks(found.history)
    yield "method.html", show("method.html", "", suite=suite)
    for name in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == name]
        view = views.model(board.catalog, name, own, rows)
        table = _table(own, columns, without="model")
        yield (
            f"models/{name}.html",
            show(
                "model.html",
                "../",
                TABLE,
                table=table,
                pretrainings=trials.pretrainings(name),
                changed=changed.get(name, []),
                **view,
            ),
        )
        yield f"data/models/{name}.js", script(f"models/{name}", model_links(own))
    confused = confusion_views(found)
    hard, carried = difficulty_views(found.difficulty), generalisation_views(found.generalisation)
    for name in dict.fromkeys(row["task"] for row in rows):
        table = _table([row for row in rows if row["task"] == name], columns, without="task")
        more = {
            "hard": hard.get(name),
            "carried": carried.get(name, []),
            "legends": LEGENDS,
            "priced": name in priced,
            "confused": confused.get(name, []),
        }
        yield (
            f"tasks/{name}.html",
            show("task.html", "../", TABLE, table=table, **more, **views.task(board.catalog, name, rows)),
        )
    yield from _trials(show, trials)
    yield from takeaway(show, found, rows)
    for path in sorted((SOURCE / "static").iterdir()):
        yield f"static/{path.name}", path.read_bytes()


def _board(show: Show, suite: SuiteEntry, rows: Sequence[Row], columns: Sequence[Column], found: Any) -> Iterator[Page]:
    """The first page and the data that all tables are drawn from."""
    named = headlines(rows, headline_cells(suite))
    yield (
        "index.html",
        show(
            "board.html",
            "",
            TABLE,
            table=_table(rows, columns),
            answer=answer(rows, named, found.relations),
            headlines=named,
            verdicts=VERDICTS,
            parts=breakdown(rows),
        ),
    )
    first, more = board_data(rows, columns)
    yield "data/board.js", script("board", first)
    yield "data/more.js", script("more", more)


def _relations(show: Show, relations: Sequence[Row], predictors: Sequence[Row]) -> Iterator[Page]:
    """Which predictor would have picked best for each target, and a page a target."""
    others = [view for view in relations if view["id"] not in {each["page"] for each in predictors}]
    yield "relation.html", show("relation.html", "", predictors=predictors, others=others)
    for view in relations:
        yield f"relations/{view['id']}.html", show("target.html", "../", ("pretune", "points", "relation"), view=view)


def _factors(show: Show, places: Sequence[Row], worth: Mapping[str, Row]) -> Iterator[Page]:
    """How many slopes go which way, and a page for each task with its figures and what pretraining is worth there."""
    yield "factors.html", show("factors.html", "", places=places, varied=VARIED, titles=TITLES, worth=worth)
    for view in places:
        shown = {"view": view, "pretrainings": PRETRAININGS, "worth": worth.get(view["name"])}
        yield f"factors/{view['name']}.html", show("factor.html", "../", **shown)


def _costs(show: Show, views: Sequence[Row]) -> Iterator[Page]:
    """What quality costs: the ends of each front, and a page for each task with its figures."""
    scripts = ("pretune", "choose", "points")
    yield "costs.html", show("costs.html", "", scripts, costs=cost_overview(views))
    for view in views:
        yield f"costs/{view['name']}.html", show("cost.html", "../", scripts, view=view)


def _compare(show: Show, pairs: Comparisons) -> Iterator[Page]:
    """Two to four models side by side, from a file for each pair."""
    yield "compare.html", show("compare.html", "", ("pretune", "compare"), pairs=pairs)
    for (first, other), inside in pairs.data.items():
        yield f"data/compare/{first}--{other}.js", script(f"compare/{first}--{other}", inside)


def _trends(show: Show, view: Row) -> Iterator[Page]:
    """What changed last, nights and meters; a page for each task whose cells have another recipe than before."""
    yield "trends.html", show("trends.html", "", view=view)
    for task in view["tasks"]:
        yield f"trends/{task['name']}.html", show("trend.html", "../", view=task)


def _trials(show: Show, trials: Trials) -> Iterator[Page]:
    yield "trial.html", show("trial.html", "", ("pretune", "confusion", "trial"), digits=trials.digits())
    yield "data/words.js", script("words", words(trials.store, trials.shown.values()))
    for name, inside in trials.files():
        yield f"data/trials/{name}.js", script(f"trials/{name}", inside)


def _table(rows: Sequence[Row], every: Sequence[Column], without: str = "") -> dict[str, Any]:
    columns = [column for column in every if column.shown and column.name != without]
    root = "../" if without else ""
    return {"columns": columns, "rows": table_rows(rows, columns, root), "total": len(rows), "first": FIRST}


def _renderer(common: dict[str, Any]) -> Show:
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

    def show(template: str, root: str, scripts: Sequence[str] = ("pretune",), **values: Any) -> str:
        text: str = environment.get_template(template).render(root=root, scripts=scripts, **common, **values)
        return text

    return show


def _printable(value: Any) -> Any:
    """What a template prints. No text of a record can steer a reader: escape sequences and bidi controls are spelt."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return "\n".join(plain(line) for line in value.split("\n"))
