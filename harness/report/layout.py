"""The pages of a finding: which sections stand on which page, so that no page is too large to open on a phone."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.findings.base import Figure, Finding, Forest, HeatMap, Lines, Scatter, Section, Table
from harness.grouping import group_by
from harness.report.html import distinct, slug
from harness.report.table_data import FIRST, is_live

SMALL, MANY_SECTIONS = 300_000, 16
"""A finding of at most this many bytes and sections has one page; otherwise each subject has pages of its own."""
LARGE = 700_000
"""The sections of one subject that together are larger are split over several pages."""
CELL, PICTURE, POINT, BAR = 45, 1_500, 450, 250
"""The approximate number of bytes of HTML for each."""


@dataclass(frozen=True)
class Part:
    """A section with its anchor on its page."""

    section: Section
    anchor: str


@dataclass(frozen=True)
class Sheet:
    """A page of a finding: the whole suite (without a subject), or sections of one subject."""

    name: str
    """`relation.html`, or `relation/task-digits.html`."""
    parts: Sequence[Part]
    subject: str = ""

    @property
    def root(self) -> str:
        """The path from the page to the site's root."""
        return "../" * self.name.count("/")

    def subjects(self) -> dict[str, list[Part]]:
        """Its parts by subject, in order."""
        return group_by(self.parts, lambda part: part.section.subject)


def sheets(name: str, finding: Finding, joined: Mapping[str, Table], main: str = "") -> list[Sheet]:
    """The pages of a finding, that of the whole suite first.

    It has the tables that are `joined`; then each subject has pages of its own. `main` is its name where it is not
    the finding's.
    """
    parts = _anchored(finding.sections)
    main = main or f"{name}.html"
    if not joined and len(parts) <= MANY_SECTIONS and sum(weight(part.section) for part in parts) <= SMALL:
        return [Sheet(main, parts)]
    subjects = group_by(parts, lambda part: part.section.subject)
    pages = [Sheet(main, subjects.pop("", []))]
    taken: set[str] = set()
    for subject, inside in subjects.items():
        base = f"{name}/{slug(subject)}"
        pages += [Sheet(f"{distinct(base, taken)}.html", some, subject) for some in _split(inside)]
    return pages


def beginning(title: str) -> str:
    """The beginning that the titles of similar sections share: `digits: k-NN` of `digits: k-NN · skill`."""
    match = re.match(r"(.*)(: | · )", title)
    return match[1] if match else title


def _anchored(sections: Iterable[Section]) -> list[Part]:
    """The sections with anchors that no other of the finding has."""
    used: set[str] = set()
    parts = []
    for section in sections:
        base = slug(f"{section.subject.partition(' ')[2]} {section.title}")[:80] or "section"
        parts.append(Part(section, distinct(base, used)))
    return parts


def _split(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts in order, each page under LARGE."""
    page: list[Part] = []
    total = 0
    for part in parts:
        size = weight(part.section)
        if page and total + size > LARGE:
            yield page
            page, total = [], 0
        page.append(part)
        total += size
    yield page


def weight(section: Section) -> int:
    """About the number of bytes of its HTML."""
    return sum(map(_table_weight, section.tables)) + sum(map(_figure_weight, section.figures))


def _table_weight(table: Table) -> int:
    columns = table.shown
    rows = min(len(table.rows), FIRST) if is_live(table) else len(table.rows)
    return rows * sum(PICTURE if column.format == "picture" else CELL for column in columns)


def _figure_weight(figure: Figure) -> int:
    if isinstance(figure, Scatter):
        return POINT * sum(map(len, figure.groups.values()))
    if isinstance(figure, Lines):
        return POINT * sum(map(len, figure.series.values()))
    if isinstance(figure, HeatMap):
        return CELL * len(figure.rows) * (len(figure.columns) + 1)
    return (BAR if isinstance(figure, Forest) else BAR // 2) * len(figure.bars)
