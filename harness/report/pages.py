"""The site's pages: which there are, and what each is made of."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.matrix import headline_cells
from harness.catalog.schemas import SuiteEntry
from harness.findings.rows import rows_of
from harness.report import views
from harness.report.across import across_views
from harness.report.answer import VERDICTS, answer, headlines
from harness.report.break_even_views import break_even_views
from harness.report.cards import model_index
from harness.report.columns import Column, columns_for
from harness.report.compare_data import Comparisons, comparisons
from harness.report.confusion_views import confusion_views
from harness.report.cost_views import cost_overview, cost_views
from harness.report.factor_views import PRETRAININGS, TITLES, factor_views, findings
from harness.report.factors import VARIED
from harness.report.inspection_views import LEGENDS as INSPECTION
from harness.report.inspection_views import layer_views, neighbour_views, similarity_views
from harness.report.meanings import MEANINGS
from harness.report.output import plain
from harness.report.predictor_views import predictor_views
from harness.report.relation_views import relation_views
from harness.report.site_data import Content, board_data, model_links, script, takeaway, takeaway_files
from harness.report.site_rows import breakdown, dress, failures
from harness.report.table_html import FIRST, table_rows
from harness.report.task_views import LEGENDS, difficulty_views, generalisation_views
from harness.report.trend_views import changed_tasks, trend_views
from harness.report.trial_views import Trials, words

if TYPE_CHECKING:
    from jinja2 import Environment

    from harness.board import Board
    from harness.findings.evidence import Analysis

SOURCE = Path(__file__).parents[2] / "site"
Page = tuple[str, Content]
Row = dict[str, Any]
Show = Callable[..., str]
TABLE = ("table", "download")
"""The scripts of a page with the board's table, beside those that every page has."""
TOLD = 3
"""So many targets the page of relations tells of before its tables."""


class Pages:
    """Each page's name and content, from what a suite's records say, in three parts: beside the rows, what is made for
    one is not needed by another, so that two may be written side by side."""

    def __init__(self, board: "Board", suite: SuiteEntry, found: "Analysis") -> None:
        self.board, self.suite, self.found = board, suite, found

    def of_trials(self) -> Iterator[Page]:
        """The data of each trial, and all as a table. They need no row of the board."""
        trials = self.trials
        yield "data/words.js", script("words", words(trials.store, trials.shown.values()))
        for name, inside in trials.files(self.found.lifts):
            yield f"data/trials/{name}.js", script(f"trials/{name}", inside)
        yield from takeaway("trials", self.found.trials)

    def of_findings(self) -> Iterator[Page]:
        """The board's rows as a table, what is found across them, and a page a task."""
        found, catalog = self.found, self.board.catalog
        yield from takeaway("board", found.frame)
        yield "across.html", self.show("across.html", "", across=across_views(found.across))
        yield from _factors(self.show, factor_views(found.curves, catalog), break_even_views(found.break_evens))
        costs = cost_views(found)
        yield from _costs(self.show, costs)
        yield from self._tasks({view["name"] for view in costs})

    def of_board(self) -> Iterator[Page]:
        """The board, the relations, comparisons, trends, a page a model, and what is as it is."""
        yield from self._board()
        relations = relation_views(self.found.relations, {row["model"]: row["family"] for row in self.rows})
        yield from _relations(self.show, relations, predictor_views(self.found.predictors, relations))
        yield from self._compare(comparisons(self.found))
        yield from _trends(self.show, trend_views(self.found.history))
        yield from takeaway("trends", self.found.trends)
        yield from self._models()
        yield "trial.html", self.show("trial.html", "", ("confusion", "trial"), digits=self.trials.digits())
        yield "method.html", self.show("method.html", "", suite=self.suite)
        for path in sorted((SOURCE / "static").iterdir()):
            yield f"static/{path.name}", path.read_bytes()

    @cached_property
    def trials(self) -> Trials:
        """The trials that have a page."""
        return Trials(self.found.store, self.found.cells)

    @cached_property
    def rows(self) -> list[Row]:
        """The board's rows in the order that it shows them."""
        found = self.found
        failed = failures(found.store, found.counted, found.current)
        return dress(rows_of(found.frame), self.suite, failed)

    @cached_property
    def columns(self) -> list[Column]:
        """Those of all tables of cells."""
        return columns_for(self.rows)

    @cached_property
    def show(self) -> Show:
        """Renders a template."""
        return _renderer(views.common(self.board.catalog, self.suite, self.found.store, self.rows))

    def _board(self) -> Iterator[Page]:
        """The first page and the data that all tables are drawn from."""
        rows, named = self.rows, headlines(self.rows, headline_cells(self.suite))
        yield (
            "index.html",
            self.show(
                "board.html",
                "",
                TABLE,
                table=self._table(rows),
                answer=answer(rows, self.found.relations),
                headlines=named,
                verdicts=VERDICTS,
                parts=breakdown(rows),
            ),
        )
        first, more = board_data(rows, self.columns)
        yield "data/board.js", script("board", first)
        yield "data/more.js", script("more", more)

    def _models(self) -> Iterator[Page]:
        models: dict[str, list[Row]] = {}
        layers = layer_views(self.found.layers)
        for row in self.rows:
            models.setdefault(row["model"], []).append(row)
        changed = changed_tasks(self.found.history)
        for name, own in models.items():
            view = views.model(self.board.catalog, name, own, self.rows) | {"changed": changed.get(name, [])}
            more: Row = {"table": self._table(own, without="model"), "parts": breakdown(own)}
            more["pretrainings"] = self.trials.pretrainings(name)
            more |= {"layers": layers.get(name, []), "legends": INSPECTION}
            yield f"models/{name}.html", self.show("model.html", "../", TABLE, **more, **view)
            yield f"data/models/{name}.js", script(f"models/{name}", model_links(own))
            yield f"data/cards/{name}.yaml", model_index(name, own)
        files = takeaway_files(self.found.frame, self.found.counted, self.found.trends)
        yield "data.html", self.show("data.html", "", files=files, models=models, columns=MEANINGS.items())

    def _tasks(self, priced: Collection[str]) -> Iterator[Page]:
        hard, carried = difficulty_views(self.found.difficulty), generalisation_views(self.found.generalisation)
        alike, near = similarity_views(self.found.similarity), neighbour_views(self.found.neighbours)
        confused = confusion_views(self.found)
        for name in dict.fromkeys(row["task"] for row in self.rows):
            more = {"hard": hard.get(name), "carried": carried.get(name, []), "legends": LEGENDS | INSPECTION}
            more |= {"confused": confused.get(name, []), "alike": alike.get(name, []), "near": near.get(name, [])}
            own = [row for row in self.rows if row["task"] == name]
            more |= {"table": self._table(own, without="task"), "parts": breakdown(own)}
            view = views.task(self.board.catalog, name, self.rows)
            page = self.show("task.html", "../", TABLE, priced=name in priced, **more, **view)
            yield f"tasks/{name}.html", page

    def _compare(self, pairs: Comparisons) -> Iterator[Page]:
        """Two to four models side by side, from a file for each pair."""
        yield "compare.html", self.show("compare.html", "", ("compare",), pairs=pairs)
        for (first, other), inside in pairs.data.items():
            yield f"data/compare/{first}--{other}.js", script(f"compare/{first}--{other}", inside)

    def _table(self, rows: Sequence[Row], without: str = "") -> dict[str, Any]:
        columns = [column for column in self.columns if column.shown and column.name != without]
        root = "../" if without else ""
        return {"columns": columns, "rows": table_rows(rows, columns, root), "total": len(rows), "first": FIRST}


def _relations(show: Show, relations: Sequence[Row], predictors: Sequence[Row]) -> Iterator[Page]:
    """Which predictor would have picked best for each target, and a page a target."""
    others = [view for view in relations if view["id"] not in {each["page"] for each in predictors}]
    yield "relation.html", show("relation.html", "", predictors=predictors, others=others, told=TOLD)
    for view in relations:
        yield f"relations/{view['id']}.html", show("target.html", "../", ("points", "relation"), view=view)


def _factors(show: Show, places: Sequence[Row], worth: Mapping[str, Row]) -> Iterator[Page]:
    """How many slopes go which way, and a page for each task with its figures and what pretraining is worth there."""
    told = {"places": places, "findings": findings(places), "varied": VARIED, "titles": TITLES, "worth": worth}
    yield "factors.html", show("factors.html", "", **told)
    for view in places:
        shown = {"view": view, "pretrainings": PRETRAININGS, "worth": worth.get(view["name"])}
        yield f"factors/{view['name']}.html", show("factor.html", "../", **shown)


def _costs(show: Show, views: Sequence[Row]) -> Iterator[Page]:
    """What quality costs: the ends of each front, and a page for each task with its figures."""
    scripts = ("choose", "points")
    yield "costs.html", show("costs.html", "", scripts, costs=cost_overview(views))
    for view in views:
        yield f"costs/{view['name']}.html", show("cost.html", "../", scripts, view=view)


def _trends(show: Show, view: Row) -> Iterator[Page]:
    """What changed last, nights and meters; a page for each task whose cells have another recipe than before."""
    yield "trends.html", show("trends.html", "", view=view)
    for task in view["tasks"]:
        yield f"trends/{task['name']}.html", show("trend.html", "../", view=task)


def _renderer(common: dict[str, Any]) -> Show:
    environment = _environment()

    def show(template: str, root: str, scripts: Sequence[str] = (), **values: Any) -> str:
        text: str = environment.get_template(template).render(root=root, scripts=scripts, **common, **values)
        return text

    return show


@cache
def _environment() -> "Environment":
    """The templates, read and compiled once."""
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
    return environment


def _printable(value: Any) -> Any:
    """What a template prints. No text of a record can steer a reader: escape sequences and bidi controls are spelt."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    return "\n".join(plain(line) for line in value.split("\n"))
