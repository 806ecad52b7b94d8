"""Files, pages, anchors and data of one name do not replace each other."""

from collections.abc import Sequence
from typing import Any

import pytest

from harness.findings.base import Column, Finding, Section, Table
from harness.report import layout
from harness.report.downloads import file_stems, parquet
from harness.report.table_data import table_data

COLUMN = Column("a", "a", format="number")


def finding(*names: str) -> Finding:
    return Finding(sections=[Section("t", tables=[Table([COLUMN], [{"a": 1.0}], name) for name in names])])


def test_tables_of_similar_names_have_files_of_their_own() -> None:
    findings = {"a": finding("b-c", "a b", "a-b", "rows", "a"), "a-b": finding("c", "数据", "表")}
    stems = file_stems(findings)
    assert len(stems) == 8
    assert len(set(stems.values())) == 8
    assert stems["a", "rows"] == "a"


@pytest.mark.parametrize(
    "titles", [["x 2", "x", "x"], ["x", "x", "x 2"], ["表", "数据", "section 2"], ["a" * 90, "a" * 91, "a" * 80]]
)
def test_sections_of_similar_titles_have_anchors_of_their_own(titles: Sequence[str]) -> None:
    (sheet,) = layout.sheets("toy", Finding(sections=[Section(title, "note") for title in titles]), {})
    assert len({part.anchor for part in sheet.parts}) == len(titles)


def test_pages_of_similar_subjects_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LARGE", 1)
    subjects = ["task digits", "task digits-2", "task digits"] * 9
    sections = [Section(f"{number}", tables=[Table([COLUMN], [{"a": 1.0}])], subject=subject)
                for number, subject in enumerate(subjects)]  # fmt: skip
    names = [sheet.name for sheet in layout.sheets("toy", Finding(sections=sections), {})]
    assert len(set(names)) == len(names) == 28


def test_a_list_in_a_column_of_text_is_data_of_a_live_table() -> None:
    rows: list[dict[str, Any]] = [{"a": ["one", "two"]}, {"a": {"one": 1}}, {"a": "one"}]
    content, _ = table_data(Table([Column("a", "a")], rows))
    assert content["data"]["a"]["words"][0] == "one, two"


def test_a_verdict_is_that_of_the_exact_interval() -> None:
    """0.0004 rounds to 0.000 on a page."""
    column = Column("lift", "lift", format="signed", low="low", high="high", better="higher")
    ends = [(0.0004, 0.2), (-0.2, -0.0004), (-0.0004, 0.2), (None, None)]
    rows = [{"lift": 0.1, "low": low, "high": high} for low, high in ends]
    content, _ = table_data(Table([column], rows))
    assert content["data"]["lift"]["verdicts"] == [1, 2, 0, 0]


def test_a_huge_integer_is_written() -> None:
    assert parquet(Table([COLUMN], [{"a": 2**80}]))
