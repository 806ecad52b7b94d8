"""What pretrainings are worth in labels, on the pages of factors."""

import re
from typing import Any

from harness.findings.break_even import break_evens
from harness.report.break_even_views import break_even_views
from harness.report.factor_views import PRETRAININGS
from harness.report.pages import _renderer
from tests.findings.test_break_even import rows

COMMON: dict[str, Any] = {"suite_name": "tests", "seeds": 3, "newest": None, "machines": [], "labelled": []}


def test_tables_are_by_model_with_a_column_for_each_label_count() -> None:
    found = [*break_evens(rows({1: 0.2, 4: 0.1, 16: 0.05})), *break_evens(rows({1: 0.05, 4: 0.0}, corpus="other"))]
    views = break_even_views(found)
    assert list(views) == ["digits"]
    assert (views["digits"]["all"], views["digits"]["ahead"]) == (2, 0)
    (model,) = views["digits"]["models"]
    assert model["shots"] == ["1 shot", "4 shots", "16 shots"]
    assert model["said"] == "0 of 2 pretrainings still ahead at 16 shots"
    first, second = model["rows"]
    assert [worth for worth, _ in first["worths"]][:1] == ["4 [2, 8]"]
    assert first["worths"][0][1] == "lift +0.200"
    assert second["worths"][2] == ("–", "")
    assert (first["caught_up"], second["caught_up"]) == ("at 4 shots", "no lift is established")


def test_what_stays_ahead_is_counted() -> None:
    (view,) = break_even_views(break_evens(rows({1: 0.2, 4: 0.2}))).values()
    assert (view["ahead"], view["models"][0]["rows"][0]["caught_up"]) == (1, "not by 4 shots")


def test_the_page_has_the_section_where_there_is_something_to_say() -> None:
    worth = break_even_views(break_evens(rows({1: 0.2, 4: 0.1})))["digits"]
    show, view = _renderer(COMMON), {"name": "digits", "factors": []}
    page = show("factor.html", "../", view=view, pretrainings=PRETRAININGS, worth=worth)
    assert re.findall(r'<section id="(\w+)">', page) == ["worth"]
    assert "&gt;" in page
    assert 'id="worth"' not in show("factor.html", "../", view=view, pretrainings=PRETRAININGS, worth=None)
