"""The relation: noise makes none, and too few points say nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.findings.evidence import Analysis
from harness.findings.registry_facts import Entries
from harness.findings.relation import relation, relations
from harness.findings.rows import rows_of
from harness.stats import coefficients
from tests.findings.records import Recorder, cell, pretraining_cell

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=12)


@given(PAIRS)
def test_coefficients_are_scipys(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(axis, dtype=float) for axis in zip(*pairs, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert coefficients.spearman(x, y) is None
        return
    assert coefficients.spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert coefficients.kendall(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)
    assert coefficients.pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic)
    assert coefficients.weighted_tau(x, y) == pytest.approx(stats.weightedtau(x, y).statistic)
    assert coefficients.mean_ranks(x) == pytest.approx(stats.rankdata(x))


@given(PAIRS)
def test_decision_accuracy_is_kendalls_count(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(axis, dtype=float) for axis in zip(*pairs, strict=True))
    found = coefficients.decision_accuracy(x, y, [None] * len(x))
    right = [
        0.5 if x[i] == x[j] else float((x[i] > x[j]) == (y[i] > y[j]))
        for i in range(len(x)) for j in range(i) if y[i] != y[j]
    ]  # fmt: skip
    assert found == (pytest.approx(np.mean(right)) if right else None)


def test_partial_takes_the_third_out() -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=400)
    x, y = size + 0.3 * rng.normal(size=400), size + 0.3 * rng.normal(size=400)
    assert coefficients.spearman(x, y) > 0.8  # type: ignore[operator]
    assert abs(coefficients.partial_spearman(x, y, size)) < 0.15  # type: ignore[arg-type]


def filled(models: int, arms: int, steps: tuple[int, ...]) -> tuple[Recorder, list[dict]]:
    recorder, cells = Recorder(), []
    for model in range(models):
        for arm in range(arms):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            tuned = [cell(pretrained, protocol="finetune", steps=each, batch=4) for each in steps]
            for each in (cell(pretrained), *tuned):
                cells.append(each)
                for seed in range(2):
                    recorder.add(each, seed, metrics={"accuracy": 0.1 * (model + arm), "validation": 0.1 * model})
    return recorder, cells


def test_two_budgets_are_two_relations() -> None:
    recorder, cells = filled(3, 3, (3, 30))
    frame = Analysis(recorder.store, cells).frame
    pooled = [each for each in relations(rows_of(frame)) if each.within is None]
    assert [(each.steps, len(each.points)) for each in pooled] == [(3, 9), (30, 9)]
    assert len(found(frame, steps=30).points) == 9
    with pytest.raises(ValueError, match="steps"):
        found(frame)


def test_what_sees_labels_is_no_point() -> None:
    recorder, cells = filled(2, 3, (3,))
    result = found(Analysis(recorder.store, cells, Entries(labelled={"o1"})).frame)
    assert {point.arm[0] for point in result.points} == {"o0", "o2"}


def frame_of(
    models: int, arms: int, quality: object, seeds: int = 4, noise: float = 0.0, shared: float = 0.0
) -> pd.DataFrame:
    """A board whose probe on validation and fine-tuning on test both follow `quality(model, arm)`, with noise."""
    rng = np.random.default_rng(5)
    recorder, cells = Recorder(), []
    for model in range(models):
        for arm in range(arms):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            probe, tuned = cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)
            cells += [probe, tuned]
            for seed in range(seeds):
                both = quality(model, arm) + shared * rng.normal()  # type: ignore[operator]
                x, y = (float(np.clip(both + noise * rng.normal(), 0.01, 0.99)) for _ in range(2))
                meters = {"parameters": 1000 * (model + 1)}
                recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": x}, meters=meters)
                recorder.add(tuned, seed, metrics={"accuracy": y, "validation": 0.5}, meters=meters)
    return Analysis(recorder.store, cells).frame


def found(frame: pd.DataFrame, **more: object):  # type: ignore[no-untyped-def]
    return relation(frame, "digits", "finetune", "linear", shots=5, predictor_shots=5, **more)  # type: ignore[arg-type]


def test_what_follows_its_probe_is_seen_to() -> None:
    result = found(frame_of(3, 3, lambda model, arm: 0.2 + 0.1 * model + 0.05 * arm))
    assert result.spearman == pytest.approx(1.0)
    assert result.decision_accuracy == pytest.approx(1.0)
    assert len(result.points) == 9


def test_too_few_models_or_arms_have_no_interval() -> None:
    result = found(frame_of(3, 3, lambda model, arm: 0.1 * (model + arm)))
    assert result.low is None
    assert result.text == "too few to say (3 encoders, 3 arms)"


def test_eight_of_each_have_one() -> None:
    result = found(frame_of(8, 8, lambda model, arm: 0.05 * (model + arm), seeds=2, noise=0.02))
    assert result.text == ""
    assert result.low is not None
    assert result.low < result.spearman <= result.high


def test_noise_that_both_axes_share_makes_no_relation() -> None:
    result = found(frame_of(6, 6, lambda model, arm: 0.5, seeds=4, shared=0.1))
    assert abs(result.spearman) < 0.4
    assert result.disattenuated is None


def test_scratch_and_controls_are_no_points() -> None:
    recorder = Recorder()
    cells = []
    for objective in ("scratch", "o1"):
        pretrained = pretraining_cell(objective=objective)
        for each in (cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)):
            cells.append(each)
            for seed in range(2):
                recorder.add(each, seed, metrics={"accuracy": 0.5, "validation": 0.4})
    result = found(Analysis(recorder.store, cells).frame)
    assert len(result.points) == 1
    assert result.references == {"net": 0.5}
    assert result.spearman is None


def test_loss_is_compared_within_an_arm_only() -> None:
    result = relation(frame_of(2, 2, lambda model, arm: 0.5), "digits", "finetune", "loss", shots=5)
    assert result.within == "arm"


def test_one_seed_gives_no_points() -> None:
    frame = frame_of(3, 3, lambda model, arm: 0.1 * model, seeds=1)
    assert found(frame).points == []


def test_every_relation_of_a_board_is_listed() -> None:
    results = relations(rows_of(frame_of(3, 3, lambda model, arm: 0.1 * (model + arm))))
    assert {(each.protocol, each.predictor, each.within) for each in results} == {
        ("finetune", "linear", None), ("finetune", "linear", "model"), ("finetune", "linear", "arm"),
    }  # fmt: skip
