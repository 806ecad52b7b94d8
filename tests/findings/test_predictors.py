"""Which predictor would have picked the best pretraining."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings.evidence import Analysis
from harness.findings.predictors import Predictor, predictors, regret
from harness.findings.relation import relation, relations
from harness.findings.rows import rows_of
from tests.findings.records import Recorder, cell, pretraining_cell

SEEDS = 4
AXES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 2)), min_size=3, max_size=12)


@pytest.fixture(scope="module")
def board():  # type: ignore[no-untyped-def]
    """Three encoders and three arms. A probe orders them as fine-tuning does, RankMe the other way round; the largest
    encoder is the worst."""
    recorder, cells = Recorder(), []
    for model in range(3):
        for arm in range(3):
            pretrained = pretraining_cell(f"m{model}", f"o{arm % 2}", corpus=f"c{arm}")
            probe, tuned = cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)
            cells += [probe, tuned]
            quality = 0.2 + 0.1 * model + 0.05 * arm
            for seed in range(SEEDS):
                parent = recorder.add(pretrained, seed, metrics={"rankme": 9 - quality, "loss": 1 - quality})
                more = {"meters": {"parameters": 1000 * (3 - model)}, "spec": {"parent": parent.key}}
                recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": quality}, **more)
                recorder.add(tuned, seed, metrics={"accuracy": quality, "validation": 0.5}, **more)
    return Analysis(recorder.store, cells).frame


@pytest.fixture(scope="module")
def found(board) -> dict[tuple[str, str | None], Predictor]:  # type: ignore[no-untyped-def]
    told = [each for each in predictors(rows_of(board)) if each.relation.protocol == "finetune"]
    return {(each.relation.predictor, each.relation.within): each for each in told}


def test_each_predictor_is_compared_within_what_it_means_something_in(
    found: dict[tuple[str, str | None], Predictor],
) -> None:
    groups = {place: each.groups for place, each in found.items()}
    wanted = {("linear", None): 1, ("linear", "model"): 3, ("loss", "arm"): 3, ("parameters", None): 1}
    assert groups == wanted | {("rankme", "objective"): 2}


def test_what_picks_the_best_costs_nothing(found: dict[tuple[str, str | None], Predictor]) -> None:
    pooled = found["linear", None]
    assert pooled.regret == 0
    assert pooled.regret_by_chance == pytest.approx(0.15)  # the best is 0.5, the mean 0.35
    assert pooled.regret_by_parameters == pytest.approx(0.25)  # the largest encoder's mean is 0.25
    assert found["linear", "model"].regret_by_parameters == pytest.approx(0.05)
    assert found["loss", "arm"].regret == 0


def test_what_picks_the_worst_costs_most(found: dict[tuple[str, str | None], Predictor]) -> None:
    assert found["parameters", None].regret == pytest.approx(0.25)
    assert found["parameters", None].relation.decision_accuracy < 0.5
    # of objective o0 the arms 0 and 2, from 0.2 to 0.5; of o1 the arm 1, from 0.25 to 0.45
    assert found["rankme", "objective"].regret == pytest.approx((0.3 + 0.2) / 2)
    assert found["rankme", "objective"].relation.spearman == pytest.approx(-1.0)


def test_relations_that_were_made_already_are_taken(board) -> None:  # type: ignore[no-untyped-def]
    assert predictors(rows_of(board), relations(rows_of(board))) == predictors(rows_of(board))


def test_rankme_stays_within_an_objective(board) -> None:  # type: ignore[no-untyped-def]
    told = relation(board, "digits", "finetune", "rankme", shots=5, within=None)
    assert (told.within, len(told.points)) == ("objective", 9)


@given(AXES)
def test_regret_is_what_enumeration_finds(points: list[tuple[int, int, int]]) -> None:
    lost = []
    for group in {point[2] for point in points}:
        inside = [point for point in points if point[2] == group]
        first = max(x for x, _, _ in inside)
        picked = [y for x, y, _ in inside if x == first]
        lost.append(max(y for _, y, _ in inside) - sum(picked) / len(picked))
    x, y, groups = (np.array(axis, dtype=float) for axis in zip(*points, strict=True))
    assert regret(x, y, groups.tolist()) == pytest.approx(sum(lost) / len(lost))


def test_two_points_say_nothing() -> None:
    assert regret(np.array([1.0, 2.0]), np.array([1.0, 2.0]), [None, None]) is None


def test_what_a_frozen_trial_records_of_features_predicts_like_a_probe() -> None:
    recorder, cells = Recorder(), []
    for arm in range(4):
        pretrained = pretraining_cell("m", f"o{arm}")
        probe, tuned = cell(pretrained, protocol="knn"), cell(pretrained, protocol="finetune", steps=3, batch=4)
        cells += [probe, tuned]
        for seed in range(SEEDS):
            promised = {"logme": arm + (10 if seed % 2 == 0 else 0) * (arm == 0), "h_score": -arm}
            recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": 0.5, **promised})
            recorder.add(tuned, seed, metrics={"accuracy": 0.2 + 0.1 * arm, "validation": 0.5})
    found = {each.relation.predictor: each for each in predictors(rows_of(Analysis(recorder.store, cells).frame))
             if each.relation.protocol == "finetune" and each.relation.within is None}  # fmt: skip
    logme, h_score = found["logme"], found["h_score"]
    assert (logme.relation.predictor_shots, logme.relation.spearman, logme.regret) == (5, pytest.approx(1), 0)
    assert (h_score.relation.spearman, h_score.regret) == (pytest.approx(-1), pytest.approx(0.3))
