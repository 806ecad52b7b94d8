"""Comparisons of models and of commits, cell by cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from harness.cells import Cell
from harness.errors import BoardError
from harness.findings.base import Forest
from harness.findings.compare import compare, compare_commits, kind_of, pairs_of_models, recorded_commits
from harness.findings.differences import Comparison, compare_models
from harness.findings.evidence import Evidence
from harness.stats.intervals import interval, interval_of, parts_of
from tests.findings.records import ENVIRONMENT, Recorder, cell, pretraining_cell

ITEMS, SEEDS = 300, 3
ONE, TWO = "a" * 7, "b" * 7
COMMITS = {"a" * 40: 3, "a1" + "b" * 38: 2, "c0ffee1" + "0" * 33: 5}


def correct(share: float, seed: int, task: str = "digits") -> np.ndarray:
    return np.random.default_rng([seed, len(task)]).random((1, ITEMS)) < share


def of_models(shares: dict[str, float], tasks: Sequence[str] = ("digits",)) -> Evidence:
    """Models with these shares of correct items on each task, in one arm that all have; the first has another."""
    recorder, cells = Recorder(), []
    for name, share in shares.items():
        for task in tasks:
            cells.append(cell(pretraining_cell(name), task=task))
            for seed in range(SEEDS):
                recorder.add(cells[-1], seed, correct(share, seed, task))
    cells.append(cell(pretraining_cell(next(iter(shares)), "byol")))
    recorder.add(cells[-1], 0, correct(0.5, 0))
    return recorder.evidence(*cells)


def models(shares: dict[str, float], tasks: Sequence[str] = ("digits",)) -> Comparison:
    evidence = of_models(shares, tasks)
    return compare_models(evidence.whole, list(shares), evidence.items)


def test_a_difference_is_paired_by_seed_and_item() -> None:
    (each,) = models({"one": 0.5, "two": 0.6}).differences
    values = [[correct(share, seed).mean(axis=0) for seed in range(SEEDS)] for share in (0.5, 0.6)]
    wanted = interval(np.array(values[1]) - np.array(values[0]))
    assert wanted is not None
    assert (each.difference, each.low, each.high) == pytest.approx((wanted.mean, wanted.low, wanted.high))
    assert (each.first, each.other, each.n, each.verdict) == ("one", "two", SEEDS, "higher")


def test_cells_of_one_side_only_are_counted() -> None:
    result = models({"one": 0.5, "two": 0.6, "three": 0.4})
    assert result.unshared == {"two": (1, 0), "three": (1, 0)}
    assert [each.verdict for each in result.differences] == ["higher", "lower"]


def test_two_tasks_have_a_mean() -> None:
    assert models({"one": 0.5, "two": 0.6}).means == []
    result = models({"one": 0.5, "two": 0.6}, ("digits", "letters"))
    (mean,) = result.means
    assert mean.difference == pytest.approx(np.mean([each.difference for each in result.differences]))
    assert (mean.tasks, mean.n) == (["digits", "letters"], SEEDS)
    parts = [
        parts_of(np.concatenate([correct(0.6, s, t) * 1.0 - correct(0.5, s, t) for s in range(SEEDS)]))
        for t in mean.tasks
    ]
    wanted = interval_of([each for each in parts if each])
    assert wanted is not None
    assert (mean.low, mean.high) == pytest.approx((wanted.low, wanted.high))


def test_models_with_other_data_have_no_interval() -> None:
    recorder, cells = Recorder(), []
    for version, name in enumerate(("one", "two")):
        cells.append(cell(pretraining_cell(name)))
        for seed in range(SEEDS):
            recorder.add(cells[-1], seed, correct(0.5 + 0.1 * version, seed), spec={"task": {"version": version}})
    evidence = recorder.evidence(*cells)
    (each,) = compare_models(evidence.whole, ["one", "two"], evidence.items).differences
    assert (each.changed, each.low, each.verdict) == (["task"], None, "undecided")


def test_one_seed_has_no_interval() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell(name)) for name in ("one", "three")]
    for each in cells:
        recorder.add(each, 0, correct(0.5, len(each.model)))
    evidence = recorder.evidence(*cells)
    (difference,) = compare_models(evidence.whole, ["one", "three"], evidence.items).differences
    assert (difference.n, difference.low) == (1, None)


def made_at(recorder: Recorder, commit: str, hardware: str = "a test", changed: bool = False) -> None:
    """Sets the commit of the records that are added next."""
    recorder.environment = ENVIRONMENT | {"commit": commit, "hardware": hardware, "changed": changed}


def at_two_commits(share: float, hardware: str = "a test", recipe: int = 1) -> tuple[Recorder, Cell]:
    """One cell at two commits, the second with uncommitted changes and this share of correct items."""
    recorder, where = Recorder(), cell(pretraining_cell())
    for commit, each in (("a" * 40, 0.5), ("b" * 40, share)):
        second = commit.startswith("b")
        made_at(recorder, commit, hardware if second else "a test", changed=second)
        for seed in range(SEEDS):
            meters = {"train_s": 2.0 if second else 1.0, "workers": 2}
            recorder.add(where, seed, correct(each, seed), recipe=recipe if second else 1, meters=meters)
    return recorder, where


def two_commits(share: float, **more: Any) -> Comparison:
    recorder, where = at_two_commits(share, **more)
    return compare_commits(recorder.store, [where], [ONE, TWO])


def test_commits_are_compared_across_variants() -> None:
    result = two_commits(0.6, recipe=2)
    (each,) = result.differences
    assert (each.n, each.verdict, each.changed) == (SEEDS, "higher", ["recipe"])
    expected = np.mean([correct(0.6, seed).mean() - correct(0.5, seed).mean() for seed in range(SEEDS)])
    assert each.difference == pytest.approx(expected)
    assert result.uncommitted == {ONE: 0, TWO: SEEDS}


def test_two_attempts_at_one_trial_have_their_own_items() -> None:
    (each,) = two_commits(0.6).differences
    assert each.low is not None
    assert 0 < each.low < each.difference
    (same,) = two_commits(0.5).differences
    assert (same.verdict, same.difference, same.changed) == ("identical", 0, [])


def test_meters_are_compared_on_one_machine_only() -> None:
    (each,) = two_commits(0.6).differences
    assert each.meters is not None
    assert each.meters.machine == ("a test", 2)
    assert each.meters.values["train_s"] == (1.0, 2.0)
    assert each.meters.values["examples_per_s"] == (None, None)
    assert two_commits(0.6, hardware="another").differences[0].meters is None


def test_recorded_commits_are_counted() -> None:
    recorder = Recorder()
    for commit in ("a" * 40, "b" * 40):
        made_at(recorder, commit)
        recorder.add(cell(pretraining_cell()), 0, recipe=commit)
    own, other = cell(pretraining_cell()), cell(pretraining_cell("another"))
    assert recorded_commits(Evidence(recorder.store, [own])) == {"a" * 40: 1, "b" * 40: 1}
    assert recorded_commits(Evidence(recorder.store, [other])) == {}


@pytest.mark.parametrize(
    ("names", "kind"),
    [(["net", "mlp"], "models"), (["aaaaaaa", "c0ffee1"], "commits"), (["net", "mlp", "vit"], "models")],
)
def test_names_are_models_or_commits(names: list[str], kind: str) -> None:
    assert kind_of(names, ["net", "mlp", "vit"], COMMITS) == kind


@pytest.mark.parametrize(
    ("names", "field", "words"),
    [
        (["net"], "expected", "2 to 4 models"),
        (["net", "net"], "got", "net net"),
        (["net", "mpl"], "fix", "mlp"),
        (["net", "aaaaaaa"], "got", "aaaaaaa"),
        (["aaaaaaa", "fffffff"], "expected", "aaaaaaa (3 records)"),
        (["aaaaaaa", "c0ffee1", "a1bbbbb"], "got", "3"),
    ],
)
def test_wrong_names_are_errors(names: list[str], field: str, words: str) -> None:
    with pytest.raises(BoardError) as error:
        kind_of(names, ["net", "mlp"], COMMITS)
    assert error.value.place == "NAMES"
    assert words in getattr(error.value, field)


def test_a_prefix_of_several_commits_is_an_error() -> None:
    with pytest.raises(BoardError) as error:
        kind_of(["1234567", "c0ffee1"], ["net"], {"1234567a": 1, "1234567b": 1, "c0ffee1": 1})
    assert error.value.got == "'1234567', of 2"


def test_each_further_model_has_a_section_against_the_first() -> None:
    finding = compare(of_models({"one": 0.5, "two": 0.6, "three": 0.4}, ("digits", "letters")), ["one", "two", "three"])
    assert [section.title for section in finding.sections] == ["two against one", "three against one"]
    rows = finding.tables()["differences"].rows
    assert [(row["other"], row["verdict"], row["model"]) for row in rows] == [
        ("two", "higher", None), ("two", "higher", None), ("three", "lower", None), ("three", "lower", None),
    ]  # fmt: skip
    assert [(row["other"], row["tasks"]) for row in finding.tables()["means"].rows] == [
        (name, ["digits", "letters"]) for name in ("two", "three")
    ]
    assert "of 2 cells 0 higher, 2 lower" in finding.summary[1]
    assert "1 cell only one has, 0 only three" in finding.summary[1]


def test_the_forest_has_the_differences_of_the_table() -> None:
    (section,) = compare(of_models({"one": 0.5, "two": 0.6}, ("digits", "letters")), ["one", "two"]).sections
    (figure,) = section.figures
    assert isinstance(figure, Forest)
    values = {(bar.value, bar.low, bar.high) for bar in figure.bars}
    assert values == {(row["difference"], row["low"], row["high"]) for row in section.tables[0].rows}


def test_commits_have_their_model_changes_and_costs() -> None:
    recorder, where = at_two_commits(0.6, recipe=2)
    finding = compare(recorder.evidence(where), [ONE, TWO])
    (row,) = finding.tables()["differences"].rows
    assert (row["model"], row["verdict"], row["changed"]) == ("net", "higher", ["recipe"])
    assert (row["first_train_s"], row["other_train_s"], row["hardware"]) == (1.0, 2.0, "a test")
    assert row["low"] < row["difference"] < row["high"]
    assert f"3 records at {TWO} with uncommitted changes" in finding.summary[0]


def test_models_without_a_shared_cell_are_no_pair() -> None:
    recorder = Recorder()
    cells = [cell(pretraining_cell("one")), cell(pretraining_cell("two"), task="letters")]
    for each in cells:
        recorder.add(each, 0, correct(0.5, 0))
    evidence = recorder.evidence(*cells)
    assert pairs_of_models(evidence) == {}
    finding = compare(evidence, ["one", "two"])
    assert finding.tables()["differences"].rows == []
    assert "no cell in common" in finding.summary[0]
    assert pairs_of_models(of_models({"one": 0.5, "two": 0.6})) == {("one", "two"): 1}
