"""The page of comparisons and the files that it reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.board import open_board
from harness.report import compare_data
from harness.report.compare_data import comparisons
from tests.boards import ROOT
from tests.report.browser import opened
from tests.report.test_site import data

PAIR = ("mlp", "cnn-tiny")


@pytest.fixture(scope="module")
def found() -> Any:
    return open_board(ROOT).analysis("quick")


def test_a_pairs_file_holds_what_the_command_says(found: Any) -> None:
    inside = comparisons(found).data[PAIR]
    wanted = found.compare(*PAIR)
    assert len(inside["cells"]) == len(wanted.differences) > 0
    assert len(inside["means"]) == len(wanted.means) > 0
    assert inside["only"] == wanted.unshared["cnn-tiny"]
    words = inside["words"]
    told = {(words[row[0]], words[row[1]]): (row[5] / 1000, words[row[9]], row[8]) for row in inside["cells"]}
    for each in wanted.differences:
        place = (compare_data.problem(each.cell), compare_data.pretraining(each.cell))
        assert told[place] == (pytest.approx(each.difference, abs=0.000501), each.verdict, each.n)


def test_pairs_stand_until_there_are_too_many_differences(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = comparisons(found)
    assert everything.left_out == 0
    monkeypatch.setattr(compare_data, "MOST", 30)
    fewer = comparisons(found)
    assert 0 < len(fewer.data) < len(everything.data)
    assert fewer.left_out == len(everything.data) - len(fewer.data)


def test_every_pair_has_its_file_and_its_command(site: Path, found: Any) -> None:
    pairs = comparisons(found).data
    assert {path.stem for path in (site / "data" / "compare").iterdir()} == {f"{one}--{other}" for one, other in pairs}
    assert data(site, "compare/mlp--cnn-tiny") == json.loads(json.dumps(pairs[PAIR]))
    text = (site / "compare.html").read_text()
    assert all(f"pretune compare {one} {other} --suite quick" in text for one, other in pairs)


def rows(page: Any, place: int = 0) -> list[list[str]]:
    """The cells of the first table against a model."""
    lines = page.locator("#comparison section").nth(place).locator("table").first.locator("tbody tr").all()
    return [[text.strip() for text in line.locator("th, td").all_inner_texts()] for line in lines]


@pytest.mark.browser
def test_models_are_chosen_and_the_address_keeps_them(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "compare")
    page = watched.page
    page.wait_for_selector("#comparison table")
    page.locator("select[name=model-0]").select_option("cnn-tiny")
    page.locator("select[name=model-1]").select_option("mlp")
    page.locator("select[name=model-2]").select_option("cnn-nano")
    page.wait_for_selector("#against-cnn-nano table")
    assert [text.strip() for text in page.locator("#comparison h2").all_inner_texts()] == [
        "mlp against cnn-tiny",
        "cnn-nano against cnn-tiny",
    ]
    assert page.url.endswith("#models=cnn-tiny%2Cmlp%2Ccnn-nano")
    again = opened(chromium, site, "compare", "#models=cnn-tiny,mlp,cnn-nano").page
    again.wait_for_selector("#against-cnn-nano table")
    assert rows(again) == rows(page)
    assert watched.wrong == []


@pytest.mark.browser
def test_the_other_way_round_every_sign_turns(chromium: object, site: Path) -> None:
    one = opened(chromium, site, "compare", "#models=mlp,cnn-tiny").page
    other = opened(chromium, site, "compare", "#models=cnn-tiny,mlp").page
    for page in (one, other):
        page.wait_for_selector("#comparison table")
    turned = str.maketrans("+−", "−+")
    there = {row[0]: row for row in rows(one)}
    assert len(there) > 2
    for name, difference, first, second, seeds, verdict, *_ in rows(other):
        figure, _, ends = difference.partition(" ")
        low, _, high = ends.strip("[] ").partition(", ")
        wanted = f"{figure} [{high}, {low}]".translate(turned)
        opposite = {"higher": "lower", "lower": "higher"}.get(verdict, verdict)
        assert there[name][1:6] == [wanted, second, first, seeds, opposite]


@pytest.mark.browser
@pytest.mark.parametrize("fragment", ["#models=", "#models=nobody,<b>", "#models=mlp,mlp", "#%E0%A4%A", "#models=mlp"])
def test_no_address_breaks_the_page(chromium: object, site: Path, fragment: str) -> None:
    watched = opened(chromium, site, "compare", fragment)
    watched.page.wait_for_selector("#comparison table")
    assert watched.wrong == []


@pytest.mark.browser
def test_models_that_share_nothing_are_told_so(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "compare", "#models=mlp,text-cnn-tiny")
    names = watched.page.locator("select[name=model-0] option").all_inner_texts()
    other = next(name for name in names if name.startswith("text"))
    watched.open(site / "compare.html", f"#models=mlp,{other}")
    assert "No file compares them here" in watched.page.locator("#comparison").inner_text()
    assert watched.wrong == []


@pytest.mark.browser
def test_problems_are_opened_by_keyboard(chromium: object, site: Path) -> None:
    page = opened(chromium, site, "compare", "#models=mlp,cnn-tiny").page
    page.wait_for_selector("#comparison table")
    shut = page.locator("#comparison details").nth(1)
    assert not shut.locator("table").is_visible()
    shut.locator("summary").focus()
    page.keyboard.press("Enter")
    assert shut.locator("table").is_visible()


@pytest.mark.browser
def test_without_scripts_the_commands_are_there(chromium: object, site: Path) -> None:
    page = opened(chromium, site, "compare", java_script_enabled=False).page
    assert "Comparisons are drawn by a script" in page.locator("main").inner_text()
    assert page.locator("#pairs li:visible").count() == len([*(site / "data" / "compare").iterdir()])
