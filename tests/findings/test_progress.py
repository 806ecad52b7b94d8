"""What each finding does with checkpoints along a run: points within it are no pretrainings of their own."""

from typing import Any

import numpy as np
import pytest

from harness.findings.evidence import Analysis
from harness.findings.registry_facts import Entries
from harness.findings.relation import relation
from tests.findings.records import Recorder, cell, pretraining_cell

SEEDS, ITEMS = 5, 300
MODELS, ARMS, POINTS = 3, 3, (0.1, 0.3)
FULL_S = 40.0


def answers(share: float, seed: int) -> np.ndarray:
    """Right answers that a higher share only adds to."""
    return np.random.default_rng(seed).random((1, ITEMS)) < share


def quality(model: int, arm: int, progress: float) -> float:
    """At the end the arms are ordered; on the way they are the other way round at 10 %, and right at 30 %."""
    order = arm if progress > 0.2 else -arm
    return 0.4 + 0.05 * model + 0.03 * order + 0.2 * progress


def recorded(points: tuple[float, ...]) -> tuple[Recorder, list[dict[str, Any]]]:
    """Encoders and arms with probes at some points of their runs, fine-tuned at the end, and scratch."""
    recorder, cells = Recorder(), []
    for model in range(MODELS):
        for arm in range(-1, ARMS):
            objective = "scratch" if arm < 0 else f"o{arm}"
            pretrained = pretraining_cell(f"m{model}", objective)
            places = [cell(pretrained, progress=at) for at in (points if arm >= 0 else ())]
            places += [cell(pretrained), cell(pretrained, shots=9), cell(pretrained, task="letters")]
            places += [cell(pretrained, protocol="finetune", steps=3, batch=4)]
            cells += places
            for seed in range(SEEDS):
                ended = {"metrics": {"loss": 1.0, "skill": 0.5, "rankme": 7.0}, "flags": ["collapsed"][arm:]}
                parent = recorder.add(pretrained, seed, meters={"train_s": FULL_S}, **ended)
                for place in places:
                    share = 0.3 if arm < 0 else quality(model, arm, place.get("progress", 1.0))
                    meters = {"parameters": 1000.0 * (model + 1), "train_s": 1.0, "latency_ms": 1.0}
                    recorder.add(place, seed, answers(share, seed), meters=meters, spec={"parent": parent.key})
    return recorder, cells


@pytest.fixture(scope="module")
def on_the_way() -> Analysis:
    recorder, cells = recorded(POINTS)
    return Analysis(recorder.store, cells, Entries(families={f"m{model}": "m" for model in range(MODELS)}))


@pytest.fixture(scope="module")
def at_the_end() -> Analysis:
    recorder, cells = recorded(())
    return Analysis(recorder.store, cells, Entries(families={f"m{model}": "m" for model in range(MODELS)}))


def early(analysis: Analysis) -> list[dict[str, Any]]:
    return [row for row in analysis.rows if row["progress"] < 1]


def test_a_point_has_a_lift_over_the_control_of_its_whole_run(on_the_way: Analysis) -> None:
    rows = {(row["model"], row["objective"], row["shots"], row["protocol"], row["task"], row["progress"]): row
            for row in on_the_way.rows}  # fmt: skip
    place = ("m0", "o1", 5, "linear", "digits")
    scratch = rows["m0", "scratch", 5, "linear", "digits", 1.0]
    for at in POINTS:
        row = rows[*place, at]
        assert row["lift"] == pytest.approx(row["score"] - scratch["score"])
        assert row["lift_low"] < row["lift"] < row["lift_high"]
        assert row["id"] != rows[*place, 1.0]["id"]


def test_what_is_known_of_the_end_alone_is_not_said_of_a_point(on_the_way: Analysis) -> None:
    rows = early(on_the_way)
    assert len(rows) == MODELS * ARMS * len(POINTS)
    for row in rows:
        assert [row[name] for name in ("loss", "skill", "rankme", "losses", "skills", "rankmes")] == [None] * 3 + [
            {}
        ] * 3
        assert "collapsed" not in row["flags"]
        assert row["pretrain_s"] == pytest.approx(FULL_S * row["progress"])
    ended = on_the_way.trials[on_the_way.trials["progress"] < 1]
    assert ended["pretraining_loss"].isna().all()


def test_a_point_has_no_rank_and_moves_none(on_the_way: Analysis, at_the_end: Analysis) -> None:
    ranks = [
        {row["id"]: (row["rank_low"], row["rank_high"], row["best"]) for row in found.rows if row["progress"] == 1}
        for found in (on_the_way, at_the_end)
    ]
    assert ranks[0] == ranks[1]
    assert any(low for low, _, _ in ranks[0].values())
    assert {(row["rank_low"], row["best"]) for row in early(on_the_way)} == {(None, False)}


@pytest.mark.parametrize(
    "finding", ["across", "break_evens", "generalisation", "difficulty", "compare", "pareto"]
)  # fmt: skip
def test_all_else_is_said_of_whole_pretrainings(finding: str, on_the_way: Analysis, at_the_end: Analysis) -> None:
    def said(analysis: Analysis) -> Any:
        if finding == "compare":
            found = analysis.compare("m0", "m2")
            return found.differences, found.means, found.unshared
        if finding == "pareto":
            return [[(each.row["id"], each.cost) for each in front.cells] for front in analysis.pareto("latency")]
        if finding == "break_evens":
            return [(each.row["id"], each.worths, each.caught_up) for each in analysis.break_evens]
        return getattr(analysis, finding)

    assert said(at_the_end)
    assert repr(said(on_the_way)) == repr(said(at_the_end))


def test_a_curve_leads_through_the_points_to_the_end(on_the_way: Analysis) -> None:
    found = [each for each in on_the_way.curves if each.factor == "progress"]
    assert len(found) == MODELS * ARMS
    curve = next(
        c for c in found if (c.cell["pretraining"]["model"], c.cell["pretraining"]["objective"]) == ("m0", "o1")
    )
    assert [level.level for level in curve.levels] == ["10%", "30%", "100%"]
    means = [level.value for level in curve.levels]
    assert curve.slope == pytest.approx(np.polyfit(np.log10([0.1, 0.3, 1]), means, 1)[0])
    assert (curve.measure, curve.verdict, curve.n) == ("score", "rises", SEEDS)


def test_no_other_curve_sees_a_point(on_the_way: Analysis, at_the_end: Analysis) -> None:
    others = [each for each in on_the_way.curves if each.factor != "progress"]
    assert others == at_the_end.curves
    assert {each.factor for each in others} == {"size", "labels"}


def test_the_probe_of_a_point_predicts_what_becomes_of_the_whole_run(on_the_way: Analysis) -> None:
    frame = on_the_way.frame
    told = {
        at: relation(
            frame, "digits", "finetune", "linear", shots=5, predictor_shots=5, predictor_progress=at, within="model"
        )
        for at in (*POINTS, 1.0)
    }
    assert [len(each.points) for each in told.values()] == [MODELS * ARMS] * 3
    assert told[0.1].spearman < 0 < told[0.3].spearman
    assert told[0.3].spearman == pytest.approx(told[1.0].spearman, abs=0.2)
    assert {point.target for point in told[0.1].points} == {point.target for point in told[1.0].points}


def test_relations_of_whole_runs_are_what_they_were(on_the_way: Analysis, at_the_end: Analysis) -> None:
    whole = [each for each in on_the_way.relations if each.predictor_progress == 1]
    assert whole == at_the_end.relations
    on_way = {(each.protocol, each.shots, each.predictor_progress) for each in on_the_way.relations} - {
        (each.protocol, each.shots, 1.0) for each in whole
    }
    # towards fine-tuning, and towards the same probe at the end, not towards that at other labels
    assert on_way == {(protocol, 5, at) for protocol in ("finetune", "linear") for at in POINTS}


def test_its_pick_has_a_regret_of_its_own(on_the_way: Analysis) -> None:
    found = {
        each.relation.predictor_progress: each
        for each in on_the_way.predictors
        if each.relation.protocol == "finetune"
        and each.relation.within == "model"
        and each.relation.predictor_shots == 5
    }
    assert set(found) == {0.1, 0.3, 1.0}
    assert found[0.1].regret > found[0.3].regret >= found[1.0].regret == 0
    assert found[0.1].relation.decision_accuracy < 0.5 < found[0.3].relation.decision_accuracy


def test_beside_it_stands_the_same_probe_at_the_end_of_the_same_runs(on_the_way: Analysis) -> None:
    told = [each for each in on_the_way.predictors if each.relation.predictor_progress < 1]
    ended = {
        (each.relation.protocol, each.relation.within): each
        for each in on_the_way.predictors
        if (each.relation.predictor, each.relation.predictor_shots) == ("linear", 5)
        and each.relation.predictor_progress == 1 and each.relation.task == "digits" and each.relation.shots == 5
    }  # fmt: skip
    assert told
    for each in told:
        other = ended.get((each.relation.protocol, each.relation.within))
        expected = (other.regret, other.relation.decision_accuracy) if other else (None, None)  # the target itself
        assert (each.regret_at_the_end, each.decisions_at_the_end) == expected
    assert {each.regret_at_the_end for each in ended.values()} == {None}
