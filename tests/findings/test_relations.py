"""Relations: noise makes none, seeds and labels are disjoint, and scratch has the seeds of its points."""

from collections.abc import Callable

import numpy as np
import pytest

from harness.findings.board_rows import BoardRow
from harness.findings.evidence import Evidence
from harness.findings.points import Predictor, is_point, points_of, probes_of, references_of
from harness.findings.registry_facts import RegistryFacts
from harness.findings.relations import Relation, main_relations, relation_of, relations, targets_of
from tests.findings.records import Recorder, cell, pretraining_cell

LINEAR = Predictor("linear", 5)


def board(
    models: int,
    arms: int,
    quality: Callable[[int, int], float],
    seeds: int = 4,
    noise: float = 0.0,
    shared: float = 0.0,
) -> Evidence:
    """A board whose probe on validation and fine-tuning on test both follow `quality(model, arm)`, with noise."""
    rng = np.random.default_rng(5)
    recorder = Recorder()
    for model in range(models):
        for arm in range(arms):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            probe, tuned = cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)
            for seed in range(seeds):
                both = quality(model, arm) + shared * rng.normal()
                x, y = (float(np.clip(both + noise * rng.normal(), 0.01, 0.99)) for _ in range(2))
                meters = {"parameters": 1000 * (model + 1)}
                recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": x}, meters=meters)
                recorder.add(tuned, seed, metrics={"accuracy": y, "validation": 0.5}, meters=meters)
    return recorder.evidence()


def tuned_by(evidence: Evidence, predictor: Predictor = LINEAR, steps: int = 3) -> Relation:
    """The relation of a predictor to fine-tuning."""
    (targets,) = [rows for rows in targets_of(evidence.rows) if rows[0].cell.steps == steps]
    return relation_of(probes_of(evidence.rows), targets, predictor)


def test_a_target_that_follows_its_probe_has_a_coefficient_of_one() -> None:
    result = tuned_by(board(3, 3, lambda model, arm: 0.2 + 0.1 * model + 0.05 * arm))
    assert (result.n, result.spearman, result.decision_accuracy) == (9, pytest.approx(1.0), pytest.approx(1.0))


def test_too_few_encoders_or_arms_have_no_interval() -> None:
    result = tuned_by(board(3, 9, lambda model, arm: 0.05 * (model + arm), seeds=2))
    assert (result.low, result.encoders, result.arms) == (None, 3, 9)
    assert "encoders (3 of 8)" in result.text


def test_eight_of_each_have_an_interval() -> None:
    result = tuned_by(board(8, 8, lambda model, arm: 0.05 * (model + arm), seeds=2, noise=0.02))
    assert result.text == ""
    assert result.low is not None
    assert result.high is not None
    assert result.low < (result.spearman or 0) <= result.high


def test_noise_that_both_axes_share_makes_no_relation() -> None:
    result = tuned_by(board(6, 6, lambda model, arm: 0.5, seeds=4, shared=0.1))
    assert abs(result.spearman or 0) < 0.4
    assert result.disattenuated is None


def test_one_seed_has_no_points() -> None:
    assert tuned_by(board(3, 3, lambda model, arm: 0.1 * model, seeds=1)).points == []


def test_two_budgets_are_two_targets() -> None:
    recorder = Recorder()
    for model in range(3):
        for arm in range(3):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            tuned = [cell(pretrained, protocol="finetune", steps=steps, batch=4) for steps in (3, 30)]
            for each in (cell(pretrained), *tuned):
                for seed in range(2):
                    recorder.add(each, seed, metrics={"accuracy": 0.1 * (model + arm), "validation": 0.1 * model})
    pooled = [each for each in relations(recorder.evidence()) if each.within is None]
    assert [(each.target.steps, each.n) for each in pooled] == [(3, 9), (30, 9)]


def test_every_relation_of_a_board_is_listed() -> None:
    results = relations(board(3, 3, lambda model, arm: 0.1 * (model + arm)))
    assert [(each.target.protocol, each.predictor, each.within) for each in results] == [
        ("finetune", LINEAR, None), ("finetune", LINEAR, "model"), ("finetune", LINEAR, "arm"),
    ]  # fmt: skip
    assert main_relations(results) == results[:1]
    assert [each.saturation is not None for each in results] == [True, False, False]


def test_loss_is_compared_within_an_arm_and_its_sign_is_turned() -> None:
    recorder = Recorder()
    for model in range(3):
        for arm in range(2):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            tuned = cell(pretrained, protocol="finetune", steps=3, batch=4)
            for seed in range(2):
                parent = recorder.add(pretrained, seed, metrics={"loss": 9.0 * arm - 0.1 * model})
                recorder.add(tuned, seed, metrics={"accuracy": 0.1 * model}, spec={"parent": parent.key})
    result = tuned_by(recorder.evidence(), Predictor("loss"))
    assert (result.within, result.n) == ("arm", 6)
    assert (result.spearman or 0) > 0.9


def test_scratch_controls_and_pretraining_with_labels_are_no_points() -> None:
    recorder = Recorder()
    for model, objective in (("net", "scratch"), ("net", "o0"), ("net", "o1"), ("pixels", "o0")):
        pretrained = pretraining_cell(model, objective)
        for each in (cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)):
            for seed in range(2):
                recorder.add(each, seed, metrics={"accuracy": 0.5, "validation": 0.4})
    result = tuned_by(recorder.evidence(facts=RegistryFacts(labelled={"o1"}, controls={"pixels"})))
    assert [(point.model, point.arm.objective) for point in result.points] == [("net", "o0")]
    assert (result.references, result.spearman) == ({"net": 0.5}, None)


def scratch_board(scratch: dict[int, float], seeds: dict[str, tuple[int, ...]]) -> list[BoardRow]:
    """A model with scores from scratch by seed, and pretrainings by objective with scores of 0.5 at their seeds."""
    recorder = Recorder()
    for objective, own in {"scratch": tuple(scratch), **seeds}.items():
        pretrained = pretraining_cell(objective=objective)
        for each in (cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)):
            for seed in own:
                score = scratch[seed] if objective == "scratch" else 0.5
                recorder.add(each, seed, metrics={"accuracy": score, "validation": 0.4})
    return recorder.evidence().rows


def test_the_reference_has_exactly_the_seeds_of_the_targets() -> None:
    rows = scratch_board({0: 0.2, 1: 0.9, 2: 0.4}, {"o0": (0, 1, 2), "o1": (0, 1, 2)})
    tuned = [row for row in rows if row.cell.protocol == "finetune"]
    points = points_of(probes_of(rows), tuned, LINEAR)
    assert [point.target for point in points] == [0.5, 0.5]
    assert references_of(points) == {"net": pytest.approx(0.3)}  # 0.5 with seed 1, which no target uses


def test_each_point_is_compared_at_its_own_seeds() -> None:
    rows = scratch_board({0: 0.2, 1: 0.9, 2: 0.4}, {"o0": (0, 1, 2), "o1": (0, 1, 2), "o2": (0, 1)})
    tuned = [row for row in rows if row.cell.protocol == "finetune"]
    points = points_of(probes_of(rows), tuned, LINEAR)
    assert [point.scratch for point in points] == [pytest.approx(0.3), pytest.approx(0.3), pytest.approx(0.2)]
    assert references_of(points) == {"net": pytest.approx(0.3)}  # the seeds of most points


def test_without_one_of_the_seeds_there_is_no_reference() -> None:
    rows = scratch_board({0: 0.2, 1: 0.9}, {"o0": (0, 1, 2), "o1": (0, 1, 2)})
    tuned = [row for row in rows if row.cell.protocol == "finetune"]
    points = points_of(probes_of(rows), tuned, LINEAR)
    assert len(points) == 2
    assert references_of(points) == {}


def test_a_checkpoint_within_a_run_predicts_its_end_and_is_no_target() -> None:
    recorder = Recorder()
    for model in range(3):
        for arm in range(3):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            quality = 0.2 + 0.1 * model + 0.05 * arm
            probes = {cell(pretrained, progress=0.1): 1 - quality, cell(pretrained): quality}
            probes[cell(pretrained, protocol="finetune", steps=3, batch=4)] = quality
            for each, score in probes.items():
                for seed in range(2):
                    recorder.add(each, seed, metrics={"accuracy": score, "validation": score})
    evidence = recorder.evidence()
    assert not any(is_point(row) for row in evidence.rows if not row.cell.whole)
    pooled = {(each.target.protocol, each.predictor): each for each in relations(evidence) if each.within is None}
    early = Predictor("linear", 5, 0.1)
    # towards fine-tuning, and towards the same probe at the end
    assert set(pooled) == {("finetune", early), ("finetune", LINEAR), ("linear", early)}
    assert pooled["finetune", early].spearman == pytest.approx(-1.0)
    assert pooled["finetune", LINEAR].spearman == pytest.approx(1.0)
    assert [each.predictor for each in main_relations([*pooled.values()])] == [LINEAR]
