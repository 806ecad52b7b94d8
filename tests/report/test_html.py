"""Sections of findings as HTML."""

import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.findings.base import Column, Finding, HeatMap, Section, Table
from harness.report.data import as_json
from harness.report.html import SOURCE, meanings_html, section_html, slug, summary_html
from harness.report.html_table import heat_map_html, live_html, table_html
from harness.report.table_data import FIRST
from harness.report.values import cell_text
from tests.report.browser import Watched
from tests.report.toy import COLUMNS, CONTROLS, EVIL, PIXEL, finding, hostile, rows

VOID = {"img", "meta", "link", "line", "circle", "path", "rect", "polyline"}


class Parsed(HTMLParser):
    """The tags, attributes and cell texts of a page; it fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and {"td", "th"} & set(self.open) and "title" not in self.open:
            self.rows[-1][-1] += data


def page(shown: Finding) -> str:
    """A page under the site's policy, with a finding and the site's style and scripts."""
    sections = "\n".join(section_html(section, "") for section in shown.sections)
    scripts = "".join(f'<script defer src="static/{name}.js"></script>' for name in ("pretune", "frame", "points"))
    return f"""<!doctype html><html lang="en" data-root=""><head><meta charset="utf-8">
{policy()}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Toy</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="static/style.css">{scripts}</head><body><main id="main"><h1>Toy</h1>
{summary_html(shown)}{sections}{meanings_html(shown.tables().values(), shown.legend)}</main></body></html>"""


def policy() -> str:
    """The Content-Security-Policy of the site's pages."""
    base = (SOURCE / "templates" / "base.html").read_text()
    return next(line for line in base.splitlines() if "Content-Security-Policy" in line)


def test_a_table_shows_the_numbers_of_the_data() -> None:
    table = Table(COLUMNS, rows(), "cells")
    parsed = Parsed(table_html(table, ""))
    data = json.loads(as_json(Finding(sections=[Section("", tables=[table])])))["cells"]
    assert len(parsed.rows) == len(data) + 1
    for cells, row in zip(parsed.rows[1:], data, strict=True):
        assert [cell.strip() for cell in cells] == [cell_text(column, row) for column in table.shown]


def test_cells_have_links_verdicts_and_tags() -> None:
    columns = [
        Column("model", "model", subject="model"),
        Column("lift", "lift", format="signed", low="low", high="high", better="higher"),
        Column("control", "control", format="yesno"), Column("keys", "trials", subject="trial"),
    ]  # fmt: skip
    row = {"model": "a b/<c>", "lift": 0.2, "low": 0.1, "high": 0.3, "control": True, "keys": {0: "0f", 3: "1e"}}
    text = table_html(Table(columns, [row, {"model": None, "control": False}]), "../")
    assert '<a href="../models/a%20b%2F%3Cc%3E.html">a b/&lt;c&gt;</a>' in text
    assert re.findall(r'href="../trial.html#(\w+)"[^>]*>(\d)<', text) == [("0f", "0"), ("1e", "3")]
    assert '<td class="num helps"><b>+0.200</b>' in text
    assert '<svg class="interval helps"' in text
    assert text.count('<span class="tag">control</span>') == 1


def test_columns_are_described_by_pointer_and_by_keyboard() -> None:
    section = Section(
        "Cells", tables=[Table([Column("x", "x", "an <b>unknown</b>"), Column("y", "y")], [{"x": 1, "y": 1}])]
    )
    text = section_html(section, "")
    assert 'title="an &lt;b&gt;unknown&lt;/b&gt;"' in text
    listed = meanings_html(section.tables, {"term": "of term"})
    assert "<dd>an &lt;b&gt;unknown&lt;/b&gt;</dd>" in listed
    assert "<dd>of term</dd>" in listed
    assert meanings_html([], {}).strip() == ""


def test_a_live_table_has_its_first_rows_and_its_file() -> None:
    table = Table([Column("x", "x"), Column("y", "y")], [{"x": str(row), "y": "ab"[row % 2]} for row in range(250)])
    text = live_html(table, "../", "board")
    assert text.count("<tr>") == FIRST + 1
    assert 'data-file="board"' in text
    only = live_html(table, "../", "board", only=("y", "b"))
    assert Parsed(only).rows[:2] == [["x"], ["1"]]


def test_one_row_of_many_columns_is_a_list() -> None:
    parsed = Parsed(table_html(Table(COLUMNS, rows()[:1]), ""))
    assert "table" not in parsed.tags
    assert parsed.tags.count("dt") == 7, "without the columns that this row has no value of"


def test_empty_tables_and_missing_values() -> None:
    assert "No &lt;cell&gt;" in table_html(Table(COLUMNS, [], empty="No <cell>"), "")
    lacking = [dict.fromkeys((column.name for column in COLUMNS), math.nan)] * 2
    assert "nan" not in table_html(Table(COLUMNS, lacking), "").replace("finance", "")
    assert section_html(Section("Data only", tables=[Table([Column("raw")], [{"raw": 1}])]), "").strip() == ""
    assert "summary" not in summary_html(Finding())


def test_a_heat_map_is_a_shaded_table() -> None:
    matrix = HeatMap(rows=["cat", "dog"], columns=["cat", "dog"], values=[[0.9, 0.1], [None, 0.5]], alt="Confusion",
                     percent=True, diagonal=True, row_title="true class", column_title="predicted class")  # fmt: skip
    text = heat_map_html(matrix)
    assert Parsed(text).rows == [["true class", "cat", "dog"], ["cat", "90", "10"], ["dog", "–", "50"]]
    assert 'class="num shade-4 right">90' in text
    assert 'class="num shade-0 wrong">10' in text
    assert 'class="num none">–' in text
    long = ["a long name of a class", "another"]
    numbered = heat_map_html(HeatMap(rows=long, columns=long, values=[[1, 0], [0, 1]], alt="Similarity"))
    assert Parsed(numbered).rows[0] == ["", f"1: {long[0]}", f"2: {long[1]}"]
    lifts = HeatMap(rows=["a"], columns=["b", "c"], values=[[-0.2, 0.4]], low=-0.4, high=0.2, alt="Lifts")
    assert "shade-2 below" in heat_map_html(lifts)
    assert "shade-5 above" in heat_map_html(lifts)
    for low, high in ((1.0, 1.0), (0.0, 0.0)):
        assert "shade-0" in heat_map_html(
            HeatMap(rows=["a"], columns=["b"], values=[[0.5]], low=low, high=high, alt="x")
        )


def test_pictures_are_data_only() -> None:
    column = Column("x", "x", format="picture")
    values = [
        {"x": {"picture": PIXEL, "text": "seven"}},
        {"x": {"picture": "https://example.org/x.png", "text": "two"}},
    ]
    text = table_html(Table([column], values), "")
    assert text.count("<img") == 1
    assert PIXEL in text
    assert "example.org" not in text


def test_a_section_has_its_figures_and_folds() -> None:
    shown = finding()
    relation = section_html(shown.sections[1], "../")
    assert relation.count("<svg") > 1
    assert 'class="plot"' in relation
    assert 'id="relation"' in relation
    factors = section_html(shown.sections[3], "../")
    assert factors.count("<h3>") == 2
    assert "<details><summary>slopes</summary>" in factors
    assert slug("What is <it>?") == "what-is-it"
    assert slug("?") == "section"


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_becomes_markup(evil: str) -> None:
    text = page(hostile(evil))
    parsed = Parsed(text.partition("<main")[2].partition(">")[2].partition("</main>")[0])
    assert not {"script", "style", "iframe"} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "style"]
    assert not CONTROLS & set(text)
    assert "1337" not in text
    addresses = [value or "" for name, value in parsed.attributes if name in ("href", "src")]
    assert all(re.match(r"#|models/|trial\.html#[\w%.~-]*$|data\.html|data:image/", address) for address in addresses)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wide", [1280, 390])
def test_every_kind_of_figure_opens_cleanly(chromium: object, tmp_path: Path, scheme: str, wide: int) -> None:
    shutil.copytree(SOURCE / "static", tmp_path / "static")
    watched = Watched(chromium, wide, 844, scheme)
    (tmp_path / "toy.html").write_text(page(finding()))
    watched.open(tmp_path / "toy.html")
    assert watched.page.locator("svg.figure").count() == 6
    assert watched.page.locator("table.matrix").count() == 2
    assert watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    colours = watched.page.evaluate(
        "[...document.querySelectorAll('svg.figure .mark, svg.figure .bar')].map(each => getComputedStyle(each).fill)"
    )
    assert len(set(colours)) == 4, "one for each group"
    background = watched.page.evaluate("getComputedStyle(document.querySelector('.shade-5')).backgroundColor")
    assert background not in (
        "rgba(0, 0, 0, 0)",
        watched.page.evaluate("getComputedStyle(document.body).backgroundColor"),
    )
    outside = watched.page.evaluate("""() => [...document.querySelectorAll('svg.figure')].flatMap(figure => {
        const box = figure.getBoundingClientRect();
        return [...figure.querySelectorAll('text')].filter(text => {
            const own = text.getBoundingClientRect();
            return own.left < box.left - 1 || own.right > box.right + 1;
        }).map(text => text.textContent);
    })""")
    assert outside == []
    watched.page.locator("figure.points").first.focus()
    watched.page.keyboard.press("End")
    assert "rotation" in watched.page.locator("figure.points output").first.inner_text()
    for evil in EVIL:
        (tmp_path / "evil.html").write_text(page(hostile(evil)))
        watched.open(tmp_path / "evil.html")
        assert watched.page.evaluate("window.harmed") is None
        assert watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, evil[:40]
    assert watched.wrong == []
