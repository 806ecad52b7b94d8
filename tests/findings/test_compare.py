"""Two models and two commits, cell by cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from harness.errors import BoardError
from harness.findings.cell_records import counted
from harness.findings.commits import commits, compare_commits
from harness.findings.compare import Comparison, compare_models
from harness.findings.compared import kind_of
from harness.findings.items import Reader
from harness.stats.intervals import interval, interval_of, parts_of
from tests.findings.records import ENVIRONMENT, Recorder, cell, pretraining_cell

ITEMS, SEEDS = 300, 3
COMMITS = {"a" * 40: 3, "a1" + "b" * 38: 2, "c0ffee1" + "0" * 33: 5}


def answers(share: float, seed: int, task: str = "digits") -> np.ndarray:
    return np.random.default_rng([seed, len(task)]).random((1, ITEMS)) < share


def models(shares: dict[str, float], tasks: Sequence[str] = ("digits",), **more: Any) -> Comparison:
    """Models with these shares of right answers on each task, in the one arm that all have; the first has a second."""
    recorder, cells = Recorder(), []
    for name, share in shares.items():
        for task in tasks:
            cells.append(cell(pretraining_cell(name), task=task))
            for seed in range(SEEDS):
                recorder.add(cells[-1], seed, answers(share, seed, task), **more)
    cells.append(cell(pretraining_cell(next(iter(shares)), "byol")))
    recorder.add(cells[-1], 0, answers(0.5, 0))
    return compare_models(counted(recorder.store, cells), list(shares), Reader(recorder.store))


def test_a_difference_is_paired_by_seed_and_item() -> None:
    (found,) = models({"one": 0.5, "two": 0.6}).differences
    values = [[answers(share, seed).mean(axis=0) for seed in range(SEEDS)] for share in (0.5, 0.6)]
    wanted = interval(np.array(values[1]) - np.array(values[0]))
    assert wanted is not None
    assert (found.difference, found.low, found.high) == pytest.approx((wanted.mean, wanted.low, wanted.high))
    assert (found.first, found.other, found.n, found.verdict) == ("one", "two", SEEDS, "higher")
    assert found.cell["pretraining"]["model"] is None


def test_what_only_one_has_is_counted() -> None:
    found = models({"one": 0.5, "two": 0.6, "three": 0.4})
    assert found.unshared == {"two": (1, 0), "three": (1, 0)}
    assert [each.verdict for each in found.differences] == ["higher", "lower"]


def test_over_tasks_there_is_a_mean() -> None:
    assert models({"one": 0.5, "two": 0.6}).means == []
    found = models({"one": 0.5, "two": 0.6}, ("digits", "letters"))
    (mean,) = found.means
    assert mean.difference == pytest.approx(np.mean([each.difference for each in found.differences]))
    assert (mean.tasks, mean.n) == (["digits", "letters"], SEEDS)
    parts = [
        parts_of(np.concatenate([answers(0.6, s, t) * 1.0 - answers(0.5, s, t) for s in range(SEEDS)]))
        for t in mean.tasks
    ]
    wanted = interval_of([each for each in parts if each])
    assert wanted is not None
    assert (mean.low, mean.high) == pytest.approx((wanted.low, wanted.high))


def test_models_that_saw_other_data_have_no_interval() -> None:
    recorder, cells = Recorder(), []
    for version, name in enumerate(("one", "two")):
        cells.append(cell(pretraining_cell(name)))
        for seed in range(SEEDS):
            recorder.add(cells[-1], seed, answers(0.5 + 0.1 * version, seed), spec={"task": {"version": version}})
    found = compare_models(counted(recorder.store, cells), ["one", "two"], Reader(recorder.store))
    (each,) = found.differences
    assert (each.changed, each.low, each.verdict) == (["task"], None, "undecided")


def made_at(recorder: Recorder, commit: str, hardware: str = "a test", changed: bool = False) -> None:
    recorder.environment = ENVIRONMENT | {"commit": commit, "hardware": hardware, "changed": changed}


def two_commits(share: float, hardware: str = "a test", recipe: int = 1, **more: Any) -> Comparison:
    """The same cell at two commits, the second with this share of right answers."""
    recorder, where = Recorder(), cell(pretraining_cell())
    for commit, each in (("a" * 40, 0.5), ("b" * 40, share)):
        second = commit.startswith("b")
        made_at(recorder, commit, hardware if second else "a test", changed=second)
        for seed in range(SEEDS):
            more["meters"] = {"train_s": 2.0 if second else 1.0, "workers": 2}
            recorder.add(where, seed, answers(each, seed), recipe=recipe if second else 1, **more)
    return compare_commits(recorder.store, [where], ["a" * 7, "b" * 7])


def test_commits_are_compared_whatever_their_variant() -> None:
    found = two_commits(0.6, recipe=2)
    (each,) = found.differences
    assert (each.n, each.verdict, each.changed) == (SEEDS, "higher", ["recipe"])
    assert each.difference == pytest.approx(
        np.mean([answers(0.6, s).mean() - answers(0.5, s).mean() for s in range(3)])
    )
    assert found.uncommitted == {"a" * 7: 0, "b" * 7: SEEDS}


def test_two_attempts_at_one_trial_are_told_apart() -> None:
    (each,) = two_commits(0.6).differences
    assert each.low is not None
    assert 0 < each.low < each.difference
    (same,) = two_commits(0.5).differences
    assert (same.verdict, same.difference, same.changed) == ("identical", 0, [])


def test_meters_stand_side_by_side_on_one_machine_only() -> None:
    (each,) = two_commits(0.6).differences
    assert each.meters is not None
    assert (each.meters.hardware, each.meters.workers) == ("a test", 2)
    assert each.meters.figures["train_s"] == (1.0, 2.0)
    assert each.meters.figures["examples_per_s"] == (None, None)
    assert two_commits(0.6, hardware="another").differences[0].meters is None


def test_commits_are_counted() -> None:
    recorder = Recorder()
    for commit in ("a" * 40, "b" * 40):
        made_at(recorder, commit)
        recorder.add(cell(pretraining_cell()), 0, recipe=commit)
    own, other = cell(pretraining_cell()), cell(pretraining_cell("another"))
    assert commits(recorder.store, [own]) == {"a" * 40: 1, "b" * 40: 1}
    assert commits(recorder.store, [other]) == {}


@pytest.mark.parametrize(
    ("names", "kind"),
    [(["net", "mlp"], "models"), (["aaaaaaa", "c0ffee1"], "commits"), (["net", "mlp", "vit"], "models")],
)
def test_names_say_what_they_are(names: list[str], kind: str) -> None:
    assert kind_of(names, ["net", "mlp", "vit"], COMMITS) == kind


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["net"], "2 to 4 models"),
        (["net", "net"], "twice"),
        (["net", "mpl"], "did you mean 'mlp'"),
        (["net", "aaaaaaa"], "net is a model, aaaaaaa is a commit"),
        (["aaaaaaa", "fffffff"], "no record was made at a commit 'fffffff'; there are records of aaaaaaa (3)"),
        (["aaaaaaa", "c0ffee1", "a1bbbbb"], "two commits"),
    ],
)
def test_wrong_names_say_what_is_wrong(names: list[str], words: str) -> None:
    with pytest.raises(BoardError, match=words.replace("(", r"\(").replace(")", r"\)")):
        kind_of(names, ["net", "mlp"], COMMITS)


def test_a_beginning_that_several_commits_have_is_not_enough() -> None:
    with pytest.raises(BoardError, match="begins 2 commits"):
        kind_of(["1234567", "c0ffee1"], ["net"], {"1234567a": 1, "1234567b": 1, "c0ffee1": 1})


def test_one_seed_has_no_interval() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell(name)) for name in ("one", "two")]
    for each in cells:
        recorder.add(each, 0, answers(0.5, len(each["pretraining"]["model"])))
    (found,) = compare_models(counted(recorder.store, cells), ["one", "two"], Reader(recorder.store)).differences
    assert (found.n, found.low) == (1, None)
