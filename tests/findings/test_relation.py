"""The finding of relations: its rows, sections and summary have the figures of the records."""

import pytest

from harness.findings.base import Finding, Scatter
from harness.findings.registry_facts import RegistryFacts
from harness.findings.relation import relation
from tests.findings.records import Recorder, cell, pretraining_cell

SEEDS = 4


@pytest.fixture(scope="module")
def finding() -> Finding:
    """Three encoders and three arms whose probe orders them as fine-tuning does, and k-NN the other way round."""
    recorder = Recorder()
    for model in range(3):
        for arm in range(-1, 3):
            pretrained = pretraining_cell(f"m{model}", "scratch" if arm < 0 else f"o{arm % 2}", corpus=f"c{arm}")
            probes = {"linear": cell(pretrained), "knn": cell(pretrained, protocol="knn")}
            tuned = cell(pretrained, protocol="finetune", steps=3, batch=4)
            quality = 0.2 + 0.1 * model + 0.05 * arm
            for seed in range(SEEDS):
                parent = recorder.add(pretrained, seed, metrics={"loss": 1 - quality})
                more = {"meters": {"parameters": 1000 * (model + 1)}, "spec": {"parent": parent.key}}
                recorder.add(probes["linear"], seed, metrics={"accuracy": 0.5, "validation": quality}, **more)
                recorder.add(probes["knn"], seed, metrics={"accuracy": 0.5, "validation": 1 - quality}, **more)
                recorder.add(tuned, seed, metrics={"accuracy": quality + 0.01 * seed, "validation": 0.5}, **more)
    return relation(recorder.evidence(facts=RegistryFacts(families={"m0": "small"})))


def test_the_summary_has_the_coefficient_and_its_size(finding: Finding) -> None:
    (sentence,) = finding.summary
    assert sentence.startswith("digits: fine-tuning, 5 shots, 3 steps: The linear probe at 5 shots has ρ +1.00")
    assert "9 pretrainings" in sentence
    assert "3 of 8" in sentence


def test_every_predictor_has_a_section_with_its_own_figures(finding: Finding) -> None:
    tuned = [section for section in finding.sections if "fine-tuning" in section.title]
    assert [section.title.split(" · ")[-1] for section in tuned] == [
        "linear probe at 5 shots", "k-NN at 5 shots", "skill and loss",
    ]  # fmt: skip
    assert {section.subject for section in tuned} == {"task digits"}
    assert "ρ +1.00 and 100% of pairs right (" in tuned[0].note
    assert "ρ −1.00 and 0% of pairs right (" in tuned[1].note
    assert len({section.title for section in finding.sections}) == len(finding.sections)


def test_the_tables_have_the_figures(finding: Finding) -> None:
    tables = finding.tables()
    rows = {(row["predictor"], row["within"]): row for row in tables["relations"].rows if row["protocol"] == "finetune"}
    assert set(rows) == {(name, within) for name in ("linear", "knn") for within in (None, "model", "arm")} | {
        ("loss", "arm")}  # fmt: skip
    row = rows["linear", None]
    assert (row["n"], row["encoders"], row["arms"], row["low"], row["metric"]) == (9, 3, 3, None, "accuracy")
    assert (row["spearman"], row["decision_accuracy"]) == pytest.approx((1, 1))
    assert rows["loss", "arm"]["spearman"] > 0.9
    assert row["saturation"] == "straight line"
    points = [row for row in tables["points"].rows if (row["protocol"], row["predictor"], row["within"]) == (
        "finetune", "linear", None)]  # fmt: skip
    assert points[0]["model"] == "m2"
    assert points[0]["target"] == pytest.approx(0.5 + 0.01)  # seeds 0 and 2
    assert points[0]["scratch"] == pytest.approx(0.35 + 0.01)
    assert len(points[0]["targets"]) == SEEDS
    assert set(tables["targets"].rows[0]) >= {"problem", "predicted_by", "spearman", "decision_accuracy", "n"}


def test_the_scatter_has_groups_by_objective_facts_and_references(finding: Finding) -> None:
    figure = finding.sections[1].figures[0]
    assert isinstance(figure, Scatter)
    assert {name: len(points) for name, points in figure.groups.items()} == {"o0": 6, "o1": 3}
    assert figure.trend
    assert figure.references == {f"m{model} from scratch": pytest.approx(0.16 + 0.1 * model) for model in range(3)}
    first = figure.groups["o0"][0]
    assert first.facts == {"model": "m0", "objective": "o0", "family": "small"}
    assert first.x_low is None  # the probe is the same at all seeds
    assert first.y_low is not None
    assert first.y_low < first.y < (first.y_high or 0)


def test_a_board_without_points_says_what_is_missing() -> None:
    recorder = Recorder()
    recorder.add(cell(pretraining_cell()), 0, metrics={"accuracy": 0.5, "validation": 0.4})
    finding = relation(recorder.evidence())
    assert (len(finding.summary), finding.sections) == (1, ())
