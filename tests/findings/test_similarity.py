"""Which features are alike, of arms in one encoder and of encoders in one arm."""

import numpy as np
import pytest

from harness.findings.evidence import Analysis
from harness.findings.registry_facts import Entries
from harness.findings.similarity import ARMS, MODELS, Similarity
from harness.metrics.similarity import linear_cka
from tests.findings.panels import PANEL, features, look
from tests.findings.records import Recorder, cell, pretraining_cell

MODEL_NAMES, OBJECTIVES, SEEDS = ("a", "b"), ("scratch", "simclr", "vicreg"), 3


def made(model: str, objective: str, seed: int) -> np.ndarray:
    """Features that share something with those of the same seed."""
    own = 100 * MODEL_NAMES.index(model) + 10 * OBJECTIVES.index(objective) + seed
    return features(seed) + 0.7 * features(1000 + own)


@pytest.fixture(scope="module")
def found() -> list[Similarity]:
    recorder, cells = Recorder(), []
    for model in (*MODEL_NAMES, "pixels"):
        for objective in OBJECTIVES:
            cells.append(cell(pretraining_cell(model, objective), protocol="knn"))
            for seed in range(SEEDS):
                rows = features(seed) if model == "pixels" else made(model, objective, seed)
                look(recorder, cells[-1], seed, rows)
    look(recorder, cells[0] | {"shots": 1}, 0, features(0))
    cells += [cells[0] | {"shots": 1}, cell(pretraining_cell("c"), protocol="knn")]
    return Analysis(recorder.store, cells, Entries(controls={"pixels"})).similarity


def test_arms_are_compared_in_one_encoder_and_encoders_in_one_arm(found: list[Similarity]) -> None:
    assert [each.between for each in found] == [ARMS, MODELS]
    arms, models = found
    assert [side["objective"] for side in arms.sides] == list(OBJECTIVES)
    assert [side["model"] for side in models.sides] == list(MODEL_NAMES)
    problem = {"task": "digits", "protocol": "knn", "steps": None}
    assert arms.problems == [problem | {"shots": 5}, problem | {"shots": 1}], "labels do not change frozen features"
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


def test_on_the_diagonal_is_the_same_pretraining_at_two_seeds(found: list[Similarity]) -> None:
    arms, models = found
    expected = np.mean([
        linear_cka(made(model, "simclr", one), made(model, "simclr", other))
        for model in MODEL_NAMES
        for one, other in ((0, 1), (0, 2), (1, 2))
    ])  # fmt: skip
    assert arms.cka[1, 1] == pytest.approx(expected, abs=2e-3)
    assert arms.itself == pytest.approx(np.mean(np.diag(arms.cka)))
    assert arms.across == pytest.approx(np.mean([arms.cka[0, 1], arms.cka[0, 2], arms.cka[1, 2]]))
    assert models.itself == pytest.approx(arms.itself)


def test_only_what_was_seen_in_one_panel_is_compared() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell("a", name), protocol="knn") for name in ("x", "y", "z")]
    for each in cells[:2]:
        look(recorder, each, 0, features(0))
    look(recorder, cells[2], 0, features(0), PANEL | {"task": "another"})
    (arms,) = Analysis(recorder.store, cells).similarity
    assert [side["objective"] for side in arms.sides] == ["x", "y"]
    assert arms.cka[0, 1] == pytest.approx(1)
    assert np.isnan(arms.cka[0, 0])
    assert arms.itself is None


def test_probes_of_one_task_share_their_features_and_fine_tuning_has_its_own() -> None:
    recorder, cells = Recorder(), []
    for number, name in enumerate(("x", "y")):
        for protocol in ("linear", "knn", "finetune"):
            trained = {"steps": 3, "batch": 4} if protocol == "finetune" else {}
            cells.append(cell(pretraining_cell("a", name), protocol=protocol, **trained))
            for seed in (0, 1):
                rows = features(10 * number + seed) if not trained else features(100 + 10 * number + seed)
                look(recorder, cells[-1], seed, rows)
    probed, tuned = Analysis(recorder.store, cells).similarity
    assert [each["protocol"] for each in probed.problems] == ["linear", "knn"]
    assert [each["protocol"] for each in tuned.problems] == ["finetune"]
    assert probed.pairs.tolist() == [[1, 2], [2, 1]], "each pretraining and seed counts once"
    assert probed.cka[0, 1] == pytest.approx(
        np.mean([linear_cka(features(seed), features(10 + seed)) for seed in (0, 1)]), abs=2e-3
    )


def test_where_nothing_was_looked_at_there_is_nothing() -> None:
    recorder, cells = Recorder(), [cell(pretraining_cell())]
    recorder.add(cells[0], 0, right=[True, False])
    found = Analysis(recorder.store, cells)
    assert (found.similarity, found.layers, found.neighbours) == ([], [], [])
