"""The regret of each predictor's pick."""

import pytest

from harness.findings.base import Bars, Finding
from harness.findings.evidence import Evidence
from harness.findings.predictors import Pick, cheapest, picks, predictors
from tests.findings.records import Recorder, cell, pretraining_cell

SEEDS = 4


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """Three encoders and three arms. A probe orders them as fine-tuning does, RankMe the other way round; the largest
    encoder is the worst."""
    recorder = Recorder()
    for model in range(3):
        for arm in range(3):
            pretrained = pretraining_cell(f"m{model}", f"o{arm % 2}", corpus=f"c{arm}")
            probe, tuned = cell(pretrained), cell(pretrained, protocol="finetune", steps=3, batch=4)
            quality = 0.2 + 0.1 * model + 0.05 * arm
            for seed in range(SEEDS):
                parent = recorder.add(pretrained, seed, metrics={"rankme": 9 - quality, "loss": 1 - quality})
                more = {"meters": {"parameters": 1000 * (3 - model)}, "spec": {"parent": parent.key}}
                recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": quality}, **more)
                recorder.add(tuned, seed, metrics={"accuracy": quality, "validation": 0.5}, **more)
    return recorder.evidence()


@pytest.fixture(scope="module")
def tuned(evidence: Evidence) -> dict[tuple[str, str | None], Pick]:
    every = [each for each in picks(evidence) if each.relation.target.protocol == "finetune"]
    return {(each.relation.predictor.name, each.relation.within): each for each in every}


@pytest.fixture(scope="module")
def finding(evidence: Evidence) -> Finding:
    return predictors(evidence)


def test_each_predictor_picks_within_the_groups_that_it_is_comparable_in(
    tuned: dict[tuple[str, str | None], Pick],
) -> None:
    groups = {name: each.groups for name, each in tuned.items()}
    assert groups == {
        ("linear", None): 1, ("linear", "model"): 3, ("loss", "arm"): 3, ("parameters", None): 1,
        ("rankme", "objective"): 2,
    }  # fmt: skip


def test_a_predictor_that_picks_the_best_has_no_regret(tuned: dict[tuple[str, str | None], Pick]) -> None:
    pooled = tuned["linear", None]
    assert pooled.regret == 0
    assert pooled.regret_by_chance == pytest.approx(0.15)  # the best is 0.5, the mean 0.35
    assert pooled.regret_by_parameters == pytest.approx(0.25)  # the largest encoder's mean is 0.25
    assert tuned["linear", "model"].regret_by_parameters == pytest.approx(0.05)
    assert tuned["loss", "arm"].regret == 0


def test_a_predictor_that_picks_the_worst_has_the_most(tuned: dict[tuple[str, str | None], Pick]) -> None:
    assert tuned["parameters", None].regret == pytest.approx(0.25)
    assert (tuned["parameters", None].relation.decision_accuracy or 1) < 0.5
    # of objective o0 the arms 0 and 2, from 0.2 to 0.5; of o1 the arm 1, from 0.25 to 0.45
    assert tuned["rankme", "objective"].regret == pytest.approx((0.3 + 0.2) / 2)
    assert tuned["rankme", "objective"].relation.spearman == pytest.approx(-1.0)


def test_the_cheapest_comes_first_and_is_named(finding: Finding) -> None:
    overview, section = finding.sections[:2]
    assert section.title == "digits: fine-tuning, 5 shots, 3 steps"
    assert [(row["predicted_by"], row["picks"]) for row in section.tables[0].rows] == [
        ("linear probe at 5 shots", "all"), ("number of parameters", "all"),
        ("linear probe at 5 shots", "each encoder"), ("held-out loss", "each arm"), ("RankMe", "each objective"),
    ]  # fmt: skip
    assert section.note.startswith("The linear probe at 5 shots has the least regret, 0.000, over 9 pretrainings")
    assert section.note.endswith("A random pick loses 0.150 on average.")
    assert finding.summary[0] == f"{section.title}: {section.note}"
    best = overview.tables[0].rows[0]
    assert (best["predictor"], best["regret"], best["regret_by_parameters"]) == ("linear", 0, pytest.approx(0.25))


def test_the_figure_has_the_baselines(finding: Finding) -> None:
    figure = finding.sections[1].figures[0]
    assert isinstance(figure, Bars)
    assert {bar.label: (bar.value, bar.group) for bar in figure.bars} == {
        "linear probe at 5 shots": (0, "predictor"),
        "number of parameters": (pytest.approx(0.25), "predictor"),
        "random pick": (pytest.approx(0.15), "baseline"),
        "largest encoder": (pytest.approx(0.25), "baseline"),
    }


def test_data_have_every_pick(finding: Finding, evidence: Evidence) -> None:
    rows = finding.tables()["predictors"].rows
    assert len(rows) == len(picks(evidence))
    by_name = {(row["predictor"], row["within"]): row for row in rows if row["protocol"] == "finetune"}
    assert by_name["linear", "model"]["groups"] == 3
    assert by_name["linear", "model"]["n"] == 9
    assert by_name["parameters", None]["regret"] == pytest.approx(0.25)


def test_no_predictor_better_than_a_random_pick_is_named() -> None:
    recorder = Recorder()
    for arm in range(4):
        tuned = cell(pretraining_cell("m", f"o{arm}"), protocol="finetune", steps=3, batch=4)
        for seed in range(2):
            recorder.add(tuned, seed, metrics={"accuracy": 0.5 + 0.05 * arm}, meters={"parameters": 1000})
    (sentence,) = predictors(recorder.evidence()).summary
    assert "No predictor has less regret than a random pick" in sentence


def test_a_score_of_features_predicts_like_a_probe() -> None:
    recorder = Recorder()
    for arm in range(4):
        pretrained = pretraining_cell("m", f"o{arm}")
        probe, tuned = cell(pretrained, protocol="knn"), cell(pretrained, protocol="finetune", steps=3, batch=4)
        for seed in range(SEEDS):
            scores = {"logme": arm + (10 if seed % 2 == 0 else 0) * (arm == 0), "h_score": -arm}
            recorder.add(probe, seed, metrics={"accuracy": 0.5, "validation": 0.5, **scores})
            recorder.add(tuned, seed, metrics={"accuracy": 0.2 + 0.1 * arm, "validation": 0.5})
    every = {each.relation.predictor.name: each for each in picks(recorder.evidence())
             if each.relation.target.protocol == "finetune" and each.relation.within is None}  # fmt: skip
    logme, h_score = every["logme"], every["h_score"]
    assert (logme.relation.predictor.shots, logme.relation.spearman, logme.regret) == (5, pytest.approx(1), 0)
    assert (h_score.relation.spearman, h_score.regret) == (pytest.approx(-1), pytest.approx(0.3))
    assert cheapest([*every.values()]) is logme


def test_a_probe_within_runs_has_the_regret_at_their_end_and_is_not_the_cheapest() -> None:
    recorder = Recorder()
    for model in range(2):
        for arm in range(3):
            pretrained = pretraining_cell(f"m{model}", f"o{arm}")
            quality = 0.2 + 0.1 * model + 0.05 * arm
            probes = {cell(pretrained): 1 - quality, cell(pretrained, protocol="finetune", steps=3, batch=4): quality}
            if model == 0:  # among fewer pretrainings
                probes[cell(pretrained, progress=0.1)] = quality
            for each, score in probes.items():
                for seed in range(2):
                    recorder.add(each, seed, metrics={"accuracy": score, "validation": score})
    every = [each for each in picks(recorder.evidence()) if each.relation.target.protocol == "finetune"]
    pooled = {each.relation.predictor.progress: each for each in every if each.relation.within is None
              and each.relation.predictor.name == "linear"}  # fmt: skip
    early, end = pooled[0.1], pooled[1.0]
    assert (early.regret, early.regret_at_the_end) == (0, pytest.approx(0.1))  # the end picks the worst of three
    assert (early.relation.decision_accuracy, early.decisions_at_the_end) == (1, 0)
    assert (end.regret, end.regret_at_the_end) == (pytest.approx(0.2), None)
    assert cheapest(every) is end


def test_a_board_without_points_says_what_is_missing() -> None:
    finding = predictors(Recorder().evidence())
    assert (len(finding.summary), finding.sections) == (1, ())
