"""The pages of the site as jobs that do not depend on each other: a job yields files with their content."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.findings import FINDINGS, FIRST, compute, title_of
from harness.findings.base import Table
from harness.grouping import group_by
from harness.report.cards import model_index
from harness.report.data import as_csv, as_json
from harness.report.downloads import file_stems, parquet, script
from harness.report.entries import model_facts, task_facts
from harness.report.html import (
    SOURCE,
    distinct,
    live_table_html,
    meanings_html,
    rendered,
    section_html,
    slug,
    summary_html,
)
from harness.report.joined import joined_tables
from harness.report.layout import Sheet, beginning, sheets
from harness.report.pairs import model_pairs, pair_html
from harness.report.table_data import is_live, table_data
from harness.report.trials import Trials

if TYPE_CHECKING:
    from harness.catalog import Catalog
    from harness.catalog.schemas import SuiteEntry
    from harness.findings.evidence import Evidence

Page = tuple[str, str | bytes]
"""The name of a file of the site, and its content."""
Job = Callable[[], Iterator[Page]]
SCRIPTS = ("cells", "table", "download", "sections", "points")
FOLDERS = {"model": "models", "task": "tasks"}
"""The folders of the pages of entries, by kind."""

MOST_LINKS = 12
"""The most links to sections of one finding on an entry's page."""


class Pages:
    """The pages of a suite, drawn from its findings."""

    def __init__(self, evidence: "Evidence", catalog: "Catalog", suite: "SuiteEntry", figures: bool) -> None:
        self.evidence, self.catalog, self.suite, self.figures = evidence, catalog, suite, figures
        self.findings = {name: compute(name, evidence) for name in FINDINGS}
        self.joined = {name: joined_tables(finding) for name, finding in self.findings.items()}
        self.sheets = {
            name: sheets(name, finding, self.joined[name], "index.html" if name == FIRST else "")
            for name, finding in self.findings.items()
        }
        self.stems = file_stems(self.findings)
        self.files = {id(table): file for name in self.findings for table, file in self._live_tables(name)}
        self.entries = {
            "model": group_by(evidence.rows, lambda row: row.cell.model),
            "task": group_by(evidence.rows, lambda row: row.cell.task),
        }
        self.trials = Trials(evidence)
        self.pairs, self.skipped_pairs = model_pairs(evidence)
        self.common = self._common()

    def jobs(self) -> list[Job]:
        """The jobs, the longest first."""
        _ = self.evidence.lifts, self.evidence.items  # shared by the processes
        jobs: list[Job] = [self._trials]
        jobs += [partial(self._pairs, first) for first in dict.fromkeys(one for one, _ in self.pairs)]
        jobs += [partial(self._data, name) for name in self.findings]
        jobs += [partial(self._sheet, name, sheet) for name, pages in self.sheets.items() for sheet in pages]
        jobs += [partial(self._entry, kind, name) for kind, names in self.entries.items() for name in names]
        if self.figures:
            jobs += [partial(self._figures, name) for name in self.findings]
        return [*jobs, self._others]

    def _sheet(self, name: str, sheet: Sheet) -> Iterator[Page]:
        """A page of a finding."""
        finding, main = self.findings[name], self.sheets[name][0].name
        top, (kind, _, subject) = sheet.name == main, sheet.subject.partition(" ")
        links, joined = self._links(name, sheet), list(self.joined[name].values()) if top else []
        tables = [*joined, *(table for part in sheet.parts for table in part.section.tables)]
        yield (
            sheet.name,
            self._page(
                "finding.html", sheet.root, main, SCRIPTS, at_top=top,
                title=title_of(name) if top else f"{subject}: {title_of(name)}", finding_title=title_of(name),
                name=subject, entry=self._entry_page(kind, subject),
                summary=summary_html(finding), subjects=self._subjects(name) if top else [],
                links=links, choose="" if top or len(links) < 2 else "section",
                groups=[self._group(subject, parts, sheet) for subject, parts in sheet.subjects().items()],
                joined=[self._live(table, sheet.root) for table in joined],
                meanings=meanings_html(tables, finding.legend),
            ),
        )  # fmt: skip

    def _links(self, name: str, sheet: Sheet) -> list[tuple[str, str]]:
        """The sections of a page, and those of the same subject on other pages."""
        same = [each for each in self.sheets[name] if each.subject == sheet.subject]
        return [
            (f"{each.name.rpartition('/')[2] if each is not sheet else ''}#{part.anchor}", part.section.title)
            for each in same
            for part in each.parts
            if part.section.title and (part.section.subject == sheet.subject or len(sheet.parts) > 1)
        ]

    def _group(self, subject: str, parts: Sequence[Any], sheet: Sheet) -> dict[str, Any]:
        """The sections of one subject. Where a page has several subjects, each has a heading."""
        kind, _, name = subject.partition(" ")
        heading = "" if sheet.subject else name
        level = 3 if heading else 2
        sections = [section_html(part.section, sheet.root, part.anchor, level, self.files) for part in parts]
        return {"name": heading, "entry": self._entry_page(kind, name), "sections": sections}

    def _subjects(self, name: str) -> list[dict[str, str]]:
        """The first page of each subject of a finding."""
        pages = {sheet.subject: sheet.name for sheet in reversed(self.sheets[name][1:])}
        return [{"name": subject.partition(" ")[2], "href": page} for subject, page in reversed(pages.items())]

    def _live_tables(self, name: str) -> Iterator[tuple[Table, str]]:
        """The live tables of a finding with the names of their data files."""
        joined, used = self.joined[name], set[str]()
        parts = [table for section in self.findings[name].sections for table in section.tables]
        for table in [*joined.values(), *(part for part in parts if part.name not in joined)]:
            if is_live(table):
                yield table, f"{name}/{distinct(slug(table.name), used)}"

    def _live(self, table: Table, root: str, title: str = "", only: tuple[str, str] | None = None) -> str:
        return live_table_html(table, root, self.files[id(table)], title or table.title or table.name, only)

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
            stem = self.stems[name, table_name]
            yield f"data/{stem}.csv", as_csv(finding, table_name)
            yield f"data/{stem}.parquet", parquet(table)

    def _figures(self, name: str) -> Iterator[Page]:
        """The figures of a finding for papers."""
        from harness.report.paper import paper_figures

        for file, content in paper_figures(self.findings[name], name):
            yield f"figures/{file}", content

    def _entry_page(self, kind: str, name: str) -> str:
        """The page of an entry; empty where there is none."""
        return f"{FOLDERS[kind]}/{name}.html" if name in self.entries.get(kind, {}) else ""

    def _entry(self, kind: str, name: str) -> Iterator[Page]:
        """The page of a model or task: facts, findings, cells and trials."""
        own, model = self.entries[kind][name], kind == "model"
        known = (self.catalog.models if model else self.catalog.tasks).get(name)
        facts = (
            model_facts(self.catalog, name, own, self.evidence.rows) if model else task_facts(self.catalog, name, own)
        )
        yield (
            self._entry_page(kind, name),
            self._page(
                "entry.html", "../", "", SCRIPTS, at_top=False, name=name, title=known.title if known else "",
                facts=facts, findings=list(self._findings_of(f"{kind} {name}")), cells=self._cells(kind, name),
                pretrainings=self.trials.pretrainings(name) if model else {},
            ),
        )  # fmt: skip
        if model:
            yield f"data/cards/{name}.yaml", model_index(name, own)

    def _findings_of(self, subject: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """The title of each finding with sections about a subject, and links to them; of many sections whose titles
        have one beginning (`digits: k-NN: `) to the first."""
        prefix = f"{subject.partition(' ')[2]}: "
        for name, pages in self.sheets.items():
            links = [
                (f"{sheet.name}#{part.anchor}", part.section.title.removeprefix(prefix))
                for sheet in pages
                for part in sheet.subjects().get(subject, [])
            ]
            if len(links) > MOST_LINKS:
                first = {beginning(title): href for href, title in reversed(links)}
                links = [(href, title) for title, href in reversed(first.items())]
            if links:
                yield title_of(name), links

    def _cells(self, kind: str, name: str) -> str:
        """The rows of an entry in the first live table of the first finding."""
        for table, _ in self._live_tables(FIRST):
            for column in table.columns:
                if column.subject == kind:
                    return self._live(table, "../", name, (column.name, name))
        return ""

    def _trials(self) -> Iterator[Page]:
        yield "data/words.js", script("words", self.trials.words())
        for name, views in self.trials.files():
            yield f"data/trial/{name}.js", script(f"trial/{name}", views)
        yield "trial.html", self._page("trial.html", "", "", ("confusion", "trial"), digits=self.trials.digits)

    def _pairs(self, first: str) -> Iterator[Page]:
        for one, other in self.pairs:
            if one == first:
                file = f"compare/{one}--{other}"
                yield f"data/{file}.js", script(file, pair_html(self.evidence, one, other))

    def _others(self) -> Iterator[Page]:
        models = list(dict.fromkeys(name for pair in self.pairs for name in pair))
        values: dict[str, Any] = {"pairs": self.pairs, "models": models, "skipped": self.skipped_pairs}
        yield "compare.html", self._page("compare.html", "", "compare.html", ("compare",), **values)
        objectives = {entry.name: entry.title for entry in self.catalog.objectives.values()}
        corpora = {entry.name: entry.title for entry in self.catalog.corpora.values()}
        labelled = sorted({row.cell.arm.objective for row in self.evidence.rows if row.labelled})
        values = {"titles": {"objectives": objectives, "corpora": corpora}, "labelled": labelled}
        yield "method.html", self._page("method.html", "", "method.html", **values)
        stems = self.stems.items()
        tables = [_download(name, self.findings[name].tables()[table], stem) for (name, table), stem in stems]
        values = {"tables": tables, "models": list(self.entries["model"])}
        yield "data.html", self._page("data.html", "", "data.html", **values)
        for path in sorted((SOURCE / "static").iterdir()):
            yield f"static/{path.name}", path.read_bytes()

    def _common(self) -> dict[str, Any]:
        """The values that every page has."""
        records = self.evidence.store.all()
        machines = {row.machine for row in self.evidence.rows if row.hardware}
        pages = [(self.sheets[name][0].name, name.replace("-", " ").capitalize()) for name in self.findings]
        return {
            "suite": self.suite,
            "newest": max((record.ended for record in records if record.suite == self.suite.name), default=""),
            "machines": sorted(f"{name}, {workers:g} at once" if workers else str(name) for name, workers in machines),
            "pages": [*pages, ("compare.html", "Compare"), ("method.html", "Method"), ("data.html", "Data")],
        }

    def _page(
        self, template: str, root: str, page: str, scripts: tuple[str, ...] = (), at_top: bool = True, **values: Any
    ) -> str:
        """A page; `page` is the link of the navigation that it belongs to."""
        return rendered(template, root=root, page=page, scripts=scripts, at_top=at_top, **self.common, **values)


def _download(name: str, table: Table, stem: str) -> dict[str, Any]:
    """A line of the page of downloads."""
    return {
        "finding": title_of(name),
        "table": table.name,
        "rows": len(table.rows),
        "files": [f"{stem}.csv", f"{stem}.parquet", f"{name}.json"],
        "columns": [column for column in table.columns if column.meaning or column.title],
    }
