"""What is taken for what on the pages of tasks and trials."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.findings.evidence import Analysis
from harness.findings.registry_facts import Entries
from harness.metrics.image_classification import packed
from harness.report.confusion_views import MOST_CLASSES, MOST_PAIRS, confusion_views, shade, trial_confusion
from harness.report.trial_views import Trials
from tests.findings.changed import answers
from tests.findings.panels import PANEL, features, look
from tests.findings.records import Recorder, cell, pretraining_cell
from tests.report.browser import opened
from tests.report.test_site import trials_of


def beside(classes: int = 3, **more: Any) -> dict[str, Any]:
    counts = np.random.default_rng(0).integers(1, 9, (classes, classes)) + 20 * np.eye(classes, dtype=np.int64)
    return {"confusion": packed(counts), **more}


def views(classes: int = 3, shares: dict[str, float] | None = None, **more: Any) -> dict[str, Any]:
    recorder, cells = Recorder(), []
    for name, share in (shares or {"one": 0.5, "two": 0.8, "control": 0.9}).items():
        cells.append(cell(pretraining_cell(name)))
        for seed in range(2):
            recorder.add(cells[-1], seed, answers(share, seed), beside=beside(classes, **more))
    return confusion_views(Analysis(recorder.store, cells, Entries(controls={"control"})))


def test_a_problem_shows_its_best_cell() -> None:
    ((view,),) = views().values()
    assert view["title"] == "digits: linear probe, 5 shots"
    assert view["said"] == "two · simclr on glyphs, the best of 2 cells without labels in pretraining, over 2 seeds"


def test_names_stand_where_they_are_recorded() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    recorder.add(where, 0, answers(0.5, 0), beside=beside(3) | {"classes": ["a", "b", "c\x1b"]})
    ((view,),) = confusion_views(Analysis(recorder.store, [where])).values()
    assert (view["names"], view["named"]) == (["a", "b", "c\\x1b"], True)
    assert [name for name, _ in view["rows"]] == view["names"]
    (told,) = ([text for text, _ in cells] for name, cells in view["rows"] if name == "a")
    assert sum(map(int, told)) == pytest.approx(100, abs=1)


def test_what_saw_labels_is_not_the_best() -> None:
    recorder, cells = Recorder(), []
    for objective, share in (("simclr", 0.5), ("supervised", 0.9)):
        cells.append(cell(pretraining_cell("one", objective)))
        recorder.add(cells[-1], 0, answers(share, 0), beside=beside())
    entries = Entries(labelled={"supervised"})
    ((view,),) = confusion_views(Analysis(recorder.store, cells, entries)).values()
    assert view["said"] == "one · simclr on glyphs, the best of 1 cell without labels in pretraining, over 1 seed"
    assert confusion_views(Analysis(recorder.store, cells[1:], entries)) == {}


def test_names_come_from_the_panel_of_the_same_task() -> None:
    recorder = Recorder()
    plain, looked = cell(pretraining_cell()), cell(pretraining_cell(), protocol="knn")
    recorder.add(plain, 0, answers(0.5, 0), beside=beside(2))
    look(recorder, looked, 0, features(0))
    ((view,),) = confusion_views(Analysis(recorder.store, [plain, looked])).values()
    assert (view["names"], view["named"]) == (PANEL["classes"], True)
    views = {view["protocol"]: view for view in _trials(recorder, [plain, looked])}
    assert views["linear"]["confusion"]["names"] == PANEL["classes"]
    ((alone,),) = confusion_views(Analysis(recorder.store, [plain])).values()
    assert (alone["names"], alone["named"]) == (["0", "1"], False)


def _trials(recorder: Recorder, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    files = Trials(recorder.store, cells).files({})
    return [view | {"protocol": view["spec"]["cell"]["protocol"]} for _, inside in files for view in inside.values()]


def test_of_many_classes_there_are_pairs() -> None:
    ((few,),) = views(MOST_CLASSES).values()
    ((many,),) = views(MOST_CLASSES + 1).values()
    assert len(few["rows"]) == MOST_CLASSES
    assert (many["rows"], len(many["pairs"]), many["classes"]) == (None, MOST_PAIRS, MOST_CLASSES + 1)


def test_what_recorded_none_has_no_view() -> None:
    recorder, where = Recorder(), cell(pretraining_cell())
    recorder.add(where, 0, answers(0.5, 0))
    assert confusion_views(Analysis(recorder.store, [where])) == {}
    assert trial_confusion({}) is None
    assert views(shares={"control": 0.9}) == {}


@pytest.mark.parametrize(
    ("share", "right", "wanted"),
    [
        (0.0, True, "none"),
        (0.004, False, "none"),
        (0.01, False, "wrong s1"),
        (0.5, True, "right s3"),
        (1, True, "right s5"),
    ],
)
def test_shades_are_five_steps(share: float, right: bool, wanted: str) -> None:
    assert shade(share, right) == wanted


def test_a_trial_has_counts_or_pairs() -> None:
    few, many = trial_confusion(beside(3)), trial_confusion(beside(MOST_CLASSES + 1))
    assert few is not None
    assert many is not None
    assert (few["names"], few["named"], len(few["counts"])) == (["0", "1", "2"], False, 3)
    assert (many["classes"], len(many["pairs"])) == (MOST_CLASSES + 1, MOST_PAIRS)


@pytest.mark.browser
def test_a_trial_draws_what_its_task_shows(chromium: object, site: Path) -> None:
    """The script's shares are Python's: of a matrix by its shades, of many classes by its pairs."""
    trials = trials_of(site)
    matrix = next(name for name, view in trials.items() if view["confusion"] and "counts" in view["confusion"])
    pairs = next(name for name, view in trials.items() if view["confusion"] and "pairs" in view["confusion"])
    watched = opened(chromium, site, "trial", f"#{matrix}")
    table = watched.page.locator("table.confusion")
    counts = np.array(trials[matrix]["confusion"]["counts"])
    shares = counts / counts.sum(axis=1, keepdims=True)
    cells = table.locator("tbody td")
    assert cells.count() == counts.size
    for place in range(counts.size):
        true, taken = divmod(place, len(counts))
        assert cells.nth(place).get_attribute("class") == f"num {shade(shares[true, taken], true == taken)}"
    watched = opened(chromium, site, "trial", f"#{pairs}")
    heading = watched.page.get_by_role("heading", name="What is taken for what")
    assert heading.count() == 1
    first = watched.page.get_by_role("region", name="What is taken for what").locator("tbody tr").first
    assert first.locator("th, td").all_inner_texts() == trials[pairs]["confusion"]["pairs"][0]
    assert watched.wrong == []


@pytest.mark.browser
def test_a_task_opens_its_matrix(chromium: object, site: Path) -> None:
    watched = opened(chromium, site, "tasks/digits", "#confused")
    shut = watched.page.locator("#confused details").first
    shut.locator("summary").press("Enter")
    assert shut.locator("table.confusion").is_visible()
    assert watched.wrong == []
