"""The similarity of features: arms in one encoder, encoders in one arm."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.findings.base import HeatMap
from harness.findings.evidence import Evidence
from harness.findings.registry_facts import RegistryFacts
from harness.findings.similarity import ARMS, MODELS, Similarity, similarities, similarity
from harness.metrics.similarity import linear_cka
from tests.findings.panels import PANEL, features, inspect
from tests.findings.records import Recorder, cell, pretraining_cell

MODEL_NAMES, OBJECTIVES, SEEDS = ("a", "b"), ("scratch", "simclr", "vicreg"), 3


def made(model: str, objective: str, seed: int) -> np.ndarray:
    """Features that share something with those of the same seed."""
    own = 100 * MODEL_NAMES.index(model) + 10 * OBJECTIVES.index(objective) + seed
    return features(seed) + 0.7 * features(1000 + own)


@pytest.fixture(scope="module")
def result() -> list[Similarity]:
    recorder, cells = Recorder(), []
    for model in (*MODEL_NAMES, "pixels"):
        for objective in OBJECTIVES:
            cells.append(cell(pretraining_cell(model, objective), protocol="knn"))
            for seed in range(SEEDS):
                rows = features(seed) if model == "pixels" else made(model, objective, seed)
                inspect(recorder, cells[-1], seed, rows)
    inspect(recorder, replace(cells[0], shots=1), 0, features(0))
    cells += [replace(cells[0], shots=1), cell(pretraining_cell("c"), protocol="knn")]
    return similarities(Evidence(recorder.store, cells, RegistryFacts(controls={"pixels"})))


def test_arms_are_compared_in_one_encoder_and_encoders_in_one_arm(result: list[Similarity]) -> None:
    assert [each.between for each in result] == [ARMS, MODELS]
    arms, models = result
    assert list(arms.sides) == ["scratch", "simclr on glyphs", "vicreg on glyphs"]
    assert list(models.sides) == list(MODEL_NAMES)
    assert [(each.protocol, each.shots) for each in arms.problems] == [("knn", 5), ("knn", 1)], "labels do not matter"
    expected = np.mean([
        linear_cka(made(model, "scratch", seed), made(model, "vicreg", seed))
        for model in MODEL_NAMES
        for seed in range(SEEDS)
    ])  # fmt: skip
    assert arms.cka[0, 2] == arms.cka[2, 0] == pytest.approx(expected, abs=2e-3)
    assert arms.pairs[0, 2] == len(MODEL_NAMES) * SEEDS
    expected = np.mean([linear_cka(made("a", one, s), made("b", one, s)) for one in OBJECTIVES for s in range(SEEDS)])
    assert models.cka[0, 1] == pytest.approx(expected, abs=2e-3)
    assert models.pairs[0, 1] == len(OBJECTIVES) * SEEDS


def test_on_the_diagonal_is_the_same_pretraining_at_two_seeds(result: list[Similarity]) -> None:
    arms, models = result
    expected = np.mean([
        linear_cka(made(model, "simclr", one), made(model, "simclr", other))
        for model in MODEL_NAMES
        for one, other in ((0, 1), (0, 2), (1, 2))
    ])  # fmt: skip
    assert arms.cka[1, 1] == pytest.approx(expected, abs=2e-3)
    assert arms.itself == pytest.approx(np.mean(np.diag(arms.cka)))
    assert arms.across == pytest.approx(np.mean([arms.cka[0, 1], arms.cka[0, 2], arms.cka[1, 2]]))
    assert models.itself == pytest.approx(arms.itself)


def test_features_of_different_panels_are_not_compared() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell("a", name), protocol="knn") for name in ("x", "y", "z")]
    for each in cells[:2]:
        inspect(recorder, each, 0, features(0))
    inspect(recorder, cells[2], 0, features(0), PANEL | {"task": "another"})
    (arms,) = similarities(Evidence(recorder.store, cells))
    assert list(arms.sides) == ["x on glyphs", "y on glyphs"]
    assert arms.cka[0, 1] == pytest.approx(1)
    assert np.isnan(arms.cka[0, 0])
    assert arms.itself is None


def test_probes_of_one_task_share_their_features_and_fine_tuning_has_its_own() -> None:
    recorder, cells = Recorder(), []
    for number, name in enumerate(("x", "y")):
        for protocol in ("linear", "knn", "finetune"):
            trained: dict[str, Any] = {"steps": 3, "batch": 4} if protocol == "finetune" else {}
            cells.append(cell(pretraining_cell("a", name), protocol=protocol, **trained))
            for seed in (0, 1):
                rows = features(10 * number + seed) if not trained else features(100 + 10 * number + seed)
                inspect(recorder, cells[-1], seed, rows)
    probed, tuned = similarities(Evidence(recorder.store, cells))
    assert [each.protocol for each in probed.problems] == ["linear", "knn"]
    assert [each.protocol for each in tuned.problems] == ["finetune"]
    assert probed.pairs.tolist() == [[1, 2], [2, 1]], "each pretraining and seed counts once"
    assert probed.cka[0, 1] == pytest.approx(
        np.mean([linear_cka(features(seed), features(10 + seed)) for seed in (0, 1)]), abs=2e-3
    )


def test_rows_hold_each_pair_for_each_problem() -> None:
    recorder, cells = Recorder(), []
    for protocol in ("linear", "knn"):
        for name in ("scratch", "simclr"):
            cells.append(cell(pretraining_cell("net", name), protocol=protocol))
            for seed in (0, 1):
                inspect(recorder, cells[-1], seed, features(10 * len(name) + seed))
    result = similarity(Evidence(recorder.store, cells))
    (matrix,) = similarities(Evidence(recorder.store, cells))
    rows = result.tables()["rows"].rows
    assert [(row["protocol"], row["one"], row["other"], row["pairs"]) for row in rows[:3]] == [
        ("linear", "scratch", "scratch", 1),
        ("linear", "scratch", "simclr on glyphs", 2),
        ("linear", "simclr on glyphs", "simclr on glyphs", 1),
    ]
    assert [row["cka"] for row in rows] == 2 * [matrix.cka[0, 0], matrix.cka[0, 1], matrix.cka[1, 1]]
    (section,) = result.sections
    (heat,) = section.figures
    assert isinstance(heat, HeatMap)
    assert heat.values[0][1] == heat.values[1][0] == matrix.cka[0, 1]
    assert section.subject == "task digits"
    assert f"{matrix.across:.2f}" in result.summary[0]


def test_a_pair_without_features_has_no_value() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell("a", name), protocol="knn") for name in ("x", "y")]
    for seed, each in enumerate(cells):
        inspect(recorder, each, seed, features(0))
    (heat,) = similarity(Evidence(recorder.store, cells)).sections[0].figures
    assert isinstance(heat, HeatMap)
    assert heat.values == [[None, None], [None, None]]


def test_without_inspected_records_there_is_no_section() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell())]
    recorder.add(cells[0], 0, right=[True, False])
    result = similarity(Evidence(recorder.store, cells))
    assert not result.sections
    assert result.summary
