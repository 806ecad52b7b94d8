"""The pages of the site as jobs that do not depend on each other: a job yields files with their content."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.findings import FINDINGS, compute, title_of
from harness.findings.base import Finding, Table
from harness.findings.compare import compare
from harness.report.cards import model_index
from harness.report.data import as_csv, as_json
from harness.report.downloads import parquet, script
from harness.report.entries import model_facts, task_facts
from harness.report.html import meanings_html, section_html, summary_html
from harness.report.html_table import live_html
from harness.report.layout import Sheet, sheets, slug
from harness.report.paper import paper_figures
from harness.report.table_data import is_live, table_data
from harness.report.templates import SOURCE, Page, rendered
from harness.report.trials import Trials

if TYPE_CHECKING:
    from harness.catalog import Catalog
    from harness.catalog.schemas import SuiteEntry
    from harness.findings.board_rows import BoardRow
    from harness.findings.evidence import Evidence

Job = Callable[[], Iterator[Page]]
SCRIPTS = ["cells", "table", "download", "sections", "points"]
FOLDERS = {"model": "models", "task": "tasks"}
"""The folders of the pages of entries, by kind."""
MOST_PAIRS = 100
"""The most pairs of models that are compared."""


class Pages:
    """The pages of a suite, drawn from its findings."""

    def __init__(self, evidence: "Evidence", catalog: "Catalog", suite: "SuiteEntry", figures: bool) -> None:
        self.evidence, self.catalog, self.suite, self.figures = evidence, catalog, suite, figures
        self.findings = {name: compute(name, evidence) for name in FINDINGS}
        self.sheets = {
            name: sheets(name, finding, "index.html" if name == FINDINGS[0] else None)
            for name, finding in self.findings.items()
        }
        self.files = {
            id(table): name for finding in self.findings for table, name in self._live_tables(finding)
        }
        self.trials = Trials(evidence)

    def jobs(self) -> list[Job]:
        """The jobs, the longest first; what several need is computed here, once."""
        jobs: list[Job] = [self._trial_pages]
        first = list(dict.fromkeys(pair[0] for pair in self.pairs))
        jobs += [partial(self._pairs, name) for name in first]
        jobs += [partial(self._data, name) for name in self.findings]
        jobs += [partial(self._sheet, name, sheet) for name, pages in self.sheets.items() for sheet in pages]
        jobs += [partial(self._entry, kind, name) for kind, names in self.entries.items() for name in names]
        if self.figures:
            jobs += [partial(paper_figures, name, finding) for name, finding in self.findings.items()]
        return [*jobs, self._other_pages]

    # Findings

    def _sheet(self, name: str, sheet: Sheet) -> Iterator[Page]:
        """A page of a finding."""
        finding, main = self.findings[name], self.sheets[name][0].name
        top = sheet.name == main
        kind, _, subject = sheet.subject.partition(" ")
        siblings = [each for each in self.sheets[name] if each.subject == sheet.subject]
        links = [
            (f"{each.name.rpartition('/')[2] if each is not sheet else ''}#{part.anchor}", part.section.title)
            for each in siblings
            for part in each.parts
            if part.section.title
        ]
        yield (
            sheet.name,
            self._page(
                "finding.html",
                sheet.root,
                main,
                SCRIPTS,
                at_top=top,
                title=title_of(name) if top else f"{subject}: {title_of(name)}",
                finding_title=title_of(name),
                name=subject,
                entry=self._entry_page(kind, subject),
                summary=summary_html(finding),
                subjects=self._subjects(name) if top else [],
                links=links,
                choose="" if top or len(links) < 2 else "section",
                groups=[self._group(subject, sheet) for subject in sheet.subjects()],
                meanings=meanings_html(finding, [part.section for part in sheet.parts]),
            ),
        )

    def _group(self, subject: str, sheet: Sheet) -> dict[str, Any]:
        """The sections of one subject. Where a page has several, each has a heading."""
        kind, _, name = subject.partition(" ")
        heading = name if not sheet.subject else ""
        return {
            "name": heading,
            "entry": self._entry_page(kind, name),
            "sections": [
                section_html(part.section, sheet.root, part.anchor, 3 if heading else 2, self.files)
                for part in sheet.subjects()[subject]
            ],
        }

    def _subjects(self, name: str) -> list[dict[str, str]]:
        """The first page of each subject of a finding."""
        pages = {sheet.subject: sheet.name for sheet in reversed(self.sheets[name][1:])}
        return [{"name": subject.partition(" ")[2], "href": page} for subject, page in reversed(pages.items())]

    def _live_tables(self, name: str) -> Iterator[tuple[Table, str]]:
        """The live tables of a finding with the names of their data files."""
        used: dict[str, int] = {}
        for section in self.findings[name].sections:
            for table in filter(is_live, section.tables):
                used[table.name] = used.get(table.name, 0) + 1
                number = f"-{used[table.name]}" if used[table.name] > 1 else ""
                yield table, f"{name}/{slug(table.name)}{number}"

    def _data(self, name: str) -> Iterator[Page]:
        """The data of a finding: for the scripts of its pages, and for other programs."""
        finding = self.findings[name]
        for table, file in self._live_tables(name):
            first, more = table_data(table)
            yield f"data/{file}.js", script(file, first)
            if more:
                yield f"data/{file}-more.js", script(f"{file}-more", more)
        yield f"data/{name}.json", as_json(finding)
        for table_name, table in finding.tables().items():
            rows = [{field: row.get(field) for field in table.fields} for row in table.rows]
            yield f"data/{_stem(name, table_name)}.csv", as_csv(finding, table_name)
            yield f"data/{_stem(name, table_name)}.parquet", parquet(pd.DataFrame(rows, columns=table.fields))

    # Entries

    @cached_property
    def entries(self) -> dict[str, dict[str, list["BoardRow"]]]:
        """The board's rows by the model and by the task that they name, in order."""
        entries: dict[str, dict[str, list[BoardRow]]] = {"model": {}, "task": {}}
        for row in self.evidence.rows:
            entries["model"].setdefault(row.cell.model, []).append(row)
            entries["task"].setdefault(row.cell.task, []).append(row)
        return entries

    def _entry_page(self, kind: str, name: str) -> str:
        """The page of an entry; empty where there is none."""
        return f"{FOLDERS[kind]}/{name}.html" if name in self.entries.get(kind, {}) else ""

    def _entry(self, kind: str, name: str) -> Iterator[Page]:
        """The page of a model or task: facts, findings, cells and trials."""
        own, rows = self.entries[kind][name], self.evidence.rows
        known = (self.catalog.models if kind == "model" else self.catalog.tasks).get(name)
        model = kind == "model"
        facts = model_facts(self.catalog, name, own, rows) if model else task_facts(self.catalog, name, own)
        yield (
            self._entry_page(kind, name),
            self._page(
                "entry.html",
                "../",
                "",
                SCRIPTS,
                at_top=False,
                name=name,
                entry_title=known.title if known else "",
                facts=facts,
                findings=list(self._findings_of(f"{kind} {name}")),
                cells=self._cells(kind, name),
                pretrainings=self.trials.pretrainings(name) if model else {},
            ),
        )
        if model:
            yield f"data/cards/{name}.yaml", model_index(name, own)

    def _findings_of(self, subject: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """The title of each finding with sections about a subject, and links to them."""
        for name, pages in self.sheets.items():
            links = [
                (f"{sheet.name}#{part.anchor}", part.section.title)
                for sheet in pages
                for part in sheet.subjects().get(subject, [])
            ]
            if links:
                yield title_of(name), links

    def _cells(self, kind: str, name: str) -> str:
        """The board's table with the rows of an entry."""
        for section in self.findings[FINDINGS[0]].sections:
            for table in section.tables:
                column = next((each for each in table.columns if each.subject == kind), None)
                if column and id(table) in self.files:
                    return live_html(table, "../", self.files[id(table)], (column.name, name))
        return ""

    # Other pages

    def _trial_pages(self) -> Iterator[Page]:
        yield "data/words.js", script("words", self.trials.words())
        for name, views in self.trials.files():
            yield f"data/trials/{name}.js", script(f"trials/{name}", views)
        yield "trial.html", self._page("trial.html", "", "", ["confusion", "trial"], digits=self.trials.digits)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of models that have a cell in common, in the order of the cells."""
        cells: dict[str, set[Any]] = {}
        for each in self.evidence.whole:
            if each.records:
                cells.setdefault(each.cell.model, set()).add((each.cell.arm, each.cell.problem))
        return [(one, other) for one, other in combinations(cells, 2) if cells[one] & cells[other]]

    def _pairs(self, first: str) -> Iterator[Page]:
        """The comparisons of a model with those after it, as HTML for the page that shows them side by side."""
        for one, other in self.pairs[:MOST_PAIRS]:
            if one == first:
                finding = compare(self.evidence, (one, other))
                sections = [section_html(section, "", slug(f"{other} {section.title}"), 3, {}) for section in finding.sections]
                heading = f"<h2>{other} minus {one}</h2>"
                yield f"data/compare/{one}--{other}.js", script(f"compare/{one}--{other}", heading + summary_html(finding) + "".join(sections))

    def _other_pages(self) -> Iterator[Page]:
        pairs = self.pairs[:MOST_PAIRS]
        models = list(dict.fromkeys(name for pair in pairs for name in pair))
        skipped = len(self.pairs) - len(pairs)
        yield "compare.html", self._page("compare.html", "", "compare.html", ["compare"], pairs=pairs, models=models, skipped=skipped)
        titles = {
            kind: {entry.name: entry.title for entry in getattr(self.catalog, kind).values()}
            for kind in ("objectives", "corpora")
        }
        labelled = sorted({row.cell.arm.objective for row in self.evidence.rows if row.labelled})
        yield "method.html", self._page("method.html", "", "method.html", [], titles=titles, labelled=labelled)
        tables = [(name, table) for name in self.findings for table in self.findings[name].tables().values()]
        files = [
            {
                "finding": title_of(name),
                "table": table.title or table.name,
                "rows": len(table.rows),
                "hrefs": [f"{name}.json", *(f"{_stem(name, table.name)}.{kind}" for kind in ("csv", "parquet"))],
            }
            for name, table in tables
        ]
        meanings = [(f"{title_of(name)}: {table.name}", table.columns) for name, table in tables]
        models = list(self.entries["model"])
        yield "data.html", self._page("data.html", "", "data.html", [], files=files, models=models, meanings=meanings)
        for path in sorted((SOURCE / "static").iterdir()):
            yield f"static/{path.name}", path.read_bytes()

    @cached_property
    def _common(self) -> dict[str, Any]:
        """The values that every page has."""
        store, machines = self.evidence.store, {row.machine for row in self.evidence.rows if row.hardware}
        pages = [(self.sheets[name][0].name, title_of(name)) for name in self.findings]
        pages += [("compare.html", "Compare"), ("method.html", "Method"), ("data.html", "Data")]
        return {
            "suite": self.suite,
            "newest": max((record.ended for record in store.all() if record.suite == self.suite.name), default=None),
            "machines": sorted(f"{name}, {workers} at once" if workers else str(name) for name, workers in machines),
            "pages": pages,
        }

    def _page(self, template: str, root: str, page: str, scripts: Sequence[str], at_top: bool = True, **values: Any) -> str:
        """`page` is the entry of the navigation that it belongs to."""
        return rendered(template, root=root, page=page, scripts=list(scripts), at_top=at_top, **self._common, **values)


def _stem(finding: str, table: str) -> str:
    """The name of a table's files: the finding's, with the table's unless that adds nothing."""
    return finding if table in ("rows", finding) else f"{finding}-{slug(table)}"
