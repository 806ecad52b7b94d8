"""Checkpoints within a run: they have lifts, curves and predictions; other findings are of whole runs alone."""

import numpy as np
import pytest

from harness.cells import Problem
from harness.findings import compute
from harness.findings.base import Finding
from harness.findings.board_rows import BoardRow
from harness.findings.compare import compare
from harness.findings.curves import Curve, curves
from harness.findings.evidence import Evidence
from harness.findings.predictors import Pick, picks
from harness.findings.registry_facts import RegistryFacts
from harness.findings.relations import Relation, relations
from harness.findings.trials import trials
from tests.findings.records import Recorder, cell, pretraining_cell

SEEDS, ITEMS = 5, 300
MODELS, ARMS, POINTS = 3, 3, (0.1, 0.3)
FULL_S = 40.0


def correct(share: float, seed: int) -> np.ndarray:
    """The correctness of test items; a higher share only adds correct ones."""
    return np.random.default_rng(seed).random((1, ITEMS)) < share


def quality(model: int, arm: int, progress: float) -> float:
    """The order of the arms is reversed at 10 % of the run, and right from 30 % on."""
    order = arm if progress > 0.2 else -arm
    return 0.4 + 0.05 * model + 0.03 * order + 0.2 * progress


def recorded(points: tuple[float, ...]) -> Evidence:
    """Encoders and arms with probes at some points of their runs, fine-tuned at the end, and scratch."""
    recorder, cells = Recorder(), []
    for model in range(MODELS):
        for arm in range(-1, ARMS):
            pretrained = pretraining_cell(f"m{model}", "scratch" if arm < 0 else f"o{arm}")
            own = [cell(pretrained, progress=at) for at in (points if arm >= 0 else ())]
            own += [cell(pretrained), cell(pretrained, shots=9), cell(pretrained, task="letters")]
            own += [cell(pretrained, protocol="finetune", steps=3, batch=4)]
            cells += own
            for seed in range(SEEDS):
                ended = {"metrics": {"loss": 1.0, "skill": 0.5, "rankme": 7.0}, "flags": ["collapsed"][arm:]}
                parent = recorder.add(pretrained, seed, meters={"train_s": FULL_S}, **ended)
                for each in own:
                    share = 0.3 if arm < 0 else quality(model, arm, each.progress)
                    meters = {"parameters": 1000.0 * (model + 1), "train_s": 1.0, "latency_ms": 1.0}
                    recorder.add(each, seed, correct(share, seed), meters=meters, spec={"parent": parent.key})
    return recorder.evidence(*cells, facts=RegistryFacts(families={f"m{model}": "m" for model in range(MODELS)}))


@pytest.fixture(scope="module")
def within() -> Evidence:
    """With points within runs."""
    return recorded(POINTS)


@pytest.fixture(scope="module")
def whole() -> Evidence:
    """The same without these points."""
    return recorded(())


def early(evidence: Evidence) -> list[BoardRow]:
    return [row for row in evidence.rows if not row.cell.whole]


def test_a_point_has_a_lift_over_the_scratch_of_its_model(within: Evidence) -> None:
    rows = {row.cell: row for row in within.rows}
    scratch = rows[cell(pretraining_cell("m0", "scratch"))]
    pretrained = pretraining_cell("m0", "o1")
    for at in POINTS:
        row = rows[cell(pretrained, progress=at)]
        assert row.lift == pytest.approx(row.score - scratch.score)
        assert row.lift_low < row.lift < row.lift_high
        assert row.cell.id != cell(pretrained).id


def test_a_point_has_no_figures_of_the_end_of_its_run(within: Evidence) -> None:
    rows = early(within)
    assert len(rows) == MODELS * ARMS * len(POINTS)
    for row in rows:
        assert (row.loss, row.skill, row.rankme) == (None, None, None)
        assert (row.losses, row.skills, row.rankmes) == ({}, {}, {})
        assert "collapsed" not in row.flags
        assert row.pretrain_s == pytest.approx(FULL_S * row.cell.progress)
    ended = [row for row in trials(within).tables()["trials"].rows if row["progress"] < 1]
    assert {row["pretraining_loss"] for row in ended} == {None}


def test_a_point_has_no_rank_and_changes_none(within: Evidence, whole: Evidence) -> None:
    ranks = [
        {row.cell: (row.rank_low, row.rank_high, row.best) for row in evidence.whole_rows}
        for evidence in (within, whole)
    ]
    assert ranks[0] == ranks[1]
    assert any(low for low, _, _ in ranks[0].values())
    assert {(row.rank_low, row.best) for row in early(within)} == {(None, False)}


@pytest.mark.parametrize(
    "name", ["across", "break-even", "generalisation", "difficulty", "cost-fronts", "compare"]
)  # fmt: skip
def test_other_findings_are_of_whole_runs(name: str, within: Evidence, whole: Evidence) -> None:
    def finding(evidence: Evidence) -> Finding:
        return compare(evidence, ["m0", "m2"]) if name == "compare" else compute(name, evidence)

    assert any(table.rows for table in finding(whole).tables().values())
    assert repr(finding(within)) == repr(finding(whole))


def test_a_curve_has_the_points_and_the_end(within: Evidence) -> None:
    along = [each for each in curves(within) if each.factor.name == "progress"]
    assert len(along) == MODELS * ARMS
    curve = next(each for each in along if (each.shared.model, each.shared.arm.objective) == ("m0", "o1"))
    assert [curve.factor.label(level.value) for level in curve.levels] == ["10%", "30%", "100%"]
    means = [level.measure.mean for level in curve.levels]
    assert curve.slope.mean == pytest.approx(np.polyfit(np.log10([0.1, 0.3, 1]), means, 1)[0])
    assert (curve.measure, curve.verdict, curve.slope.n) == ("score", "rises", SEEDS)


def test_no_other_curve_has_a_point(within: Evidence, whole: Evidence) -> None:
    others: list[Curve] = [each for each in curves(within) if each.factor.name != "progress"]
    assert others == curves(whole)
    assert {each.factor.name for each in others} == {"size", "labels"}


def tuned(problem: Problem) -> bool:
    return problem.protocol == "finetune"


def test_the_probe_at_a_point_predicts_the_whole_run(within: Evidence) -> None:
    of = {
        each.predictor.progress: each
        for each in within.once(relations)
        if tuned(each.target)
        and (each.predictor.name, each.predictor.shots, each.within) == ("linear", 5, "model")
    }  # fmt: skip
    assert [len(of[at].points) for at in (*POINTS, 1.0)] == [MODELS * ARMS] * 3
    assert of[0.1].spearman < 0 < of[0.3].spearman
    assert of[0.3].spearman == pytest.approx(of[1.0].spearman, abs=0.2)
    assert {point.target for point in of[0.1].points} == {point.target for point in of[1.0].points}


def test_relations_of_whole_runs_do_not_change(within: Evidence, whole: Evidence) -> None:
    at_end = [each for each in within.once(relations) if each.predictor.progress == 1]
    assert at_end == whole.once(relations)
    early_ones: list[Relation] = [each for each in within.once(relations) if each.predictor.progress < 1]
    # of fine-tuning, and of the same probe at the end, not of the probe at other labels
    assert {(each.target.protocol, each.target.shots, each.predictor.progress) for each in early_ones} == {
        (protocol, 5, at) for protocol in ("finetune", "linear") for at in POINTS
    }


def test_the_pick_at_a_point_has_its_regret(within: Evidence) -> None:
    of = {
        each.relation.predictor.progress: each
        for each in picks(within)
        if tuned(each.relation.target) and (each.relation.within, each.relation.predictor.shots) == ("model", 5)
    }
    assert set(of) == {0.1, 0.3, 1.0}
    assert of[0.1].regret > of[0.3].regret >= of[1.0].regret == 0
    assert of[0.1].relation.decision_accuracy < 0.5 < of[0.3].relation.decision_accuracy


def test_a_point_is_compared_with_the_same_probe_at_the_end(within: Evidence) -> None:
    target = cell(pretraining_cell()).problem

    def place(each: Pick) -> tuple[str, str | None]:
        return each.relation.target.protocol, each.relation.within

    ended = {
        place(each): each
        for each in picks(within)
        if (each.relation.predictor.name, each.relation.predictor.shots) == ("linear", 5)
        and each.relation.predictor.progress == 1
        and (each.relation.target.task, each.relation.target.shots) == (target.task, target.shots)
    }
    points = [each for each in picks(within) if each.relation.predictor.progress < 1]
    assert points
    for each in points:
        end = ended.get(place(each))  # none where the end of the run is the target itself
        expected = (end.regret, end.relation.decision_accuracy) if end else (None, None)
        assert (each.regret_at_the_end, each.decisions_at_the_end) == expected
    assert {each.regret_at_the_end for each in ended.values()} == {None}
