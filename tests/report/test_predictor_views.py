"""The page of relations: which predictor would have picked best."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.findings.predictors import predictors
from harness.findings.relation import relations
from harness.findings.rows import rows_of
from harness.report.predictor_views import predictor_views
from harness.report.relation_views import relation_views
from tests.findings.test_relation import frame_of
from tests.report.browser import opened

FRAME = frame_of(3, 3, lambda model, arm: 0.5 - 0.1 * model + 0.05 * arm)


def test_what_costs_least_comes_first_among_those_that_pick_one_of_all() -> None:
    found = relations(rows_of(FRAME))
    view = predictor_views(predictors(rows_of(FRAME), found), relation_views(found, {}))[0]
    assert view["title"] == "digits: fine-tuning, 5 shots, 3 steps"
    assert view["page"] == "digits-finetune-5-3"
    assert [(row["name"], row["picks"], row["plot"]) for row in view["rows"]] == [
        ("linear probe at 5 shots", "all", "linear-5"),
        ("number of parameters", "all", None),
        ("linear probe at 5 shots", "each encoder's", "linear-5"),
    ]
    assert view["sentence"].startswith("The linear probe at 5 shots would have picked the best; a pick by chance loses")


def test_what_does_no_better_than_chance_is_not_praised() -> None:
    frame = frame_of(1, 4, lambda model, arm: 0.5 + 0.05 * arm)
    found = [each for each in predictors(rows_of(frame)) if each.relation.predictor == "parameters"]
    assert predictor_views(found, [])[0]["sentence"].startswith("No predictor would have picked better than chance")


def test_predictors_that_differ_by_rounding_alone_did_as_well() -> None:
    found = [each for each in predictors(rows_of(FRAME)) if each.relation.within is None]
    best = min(found, key=lambda each: each.regret or 0.0)
    other = next(each for each in found if each is not best)
    alike = [replace(best, regret=1e-17), replace(other, regret=0.0)]
    sentence = predictor_views(alike, [])[0]["sentence"]
    assert "number of parameters" in sentence
    assert "linear probe" in sentence
    assert "would have picked the best" in sentence
    many = predictor_views([*alike, *alike], [])[0]["sentence"]
    assert many.startswith("4 of 4 predictors, the ")
    assert many.endswith("Too few to say (3 encoders, 3 arms).")


def test_without_a_page_of_the_target_nothing_leads_there() -> None:
    (view, *_) = predictor_views(predictors(rows_of(FRAME)), [])
    assert view["page"] is None
    assert {row["plot"] for row in view["rows"]} == {None}


def test_every_target_has_a_section_and_its_predictors_their_plots(site: Path) -> None:
    text = (site / "relation.html").read_text()
    sections = re.findall(r'<div id="target-([^"]+)" class="scroll"', text)
    assert len(sections) == len(set(sections)) == len([*(site / "relations").iterdir()])
    assert 'href="relations/digits-linear-5.html#knn-5"' in text


@pytest.mark.browser
def test_a_predictor_leads_to_its_plot(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "relation")
    watched.page.locator("nav a[href='#target-digits-linear-5']").click()
    watched.page.locator("#target-digits-linear-5 tbody a", has_text="k-NN at 5 shots").first.click()
    watched.page.wait_for_selector("section.relation#knn-5")
    assert watched.page.locator("section.relation:visible").get_attribute("id") == "knn-5"
    assert watched.wrong == []
