"""Which relations the front page tells in words."""

from dataclasses import fields
from typing import Any

from harness.findings.points import Point
from harness.findings.relation import Relation
from harness.report.answer import MOST_RELATIONS, answer, related


def relation(task: str = "digits", predictor: str = "linear", count: int = 12, **more: Any) -> Relation:
    """A relation over so many points, with what it has to have."""
    known = dict.fromkeys(field.name for field in fields(Relation))
    points = [Point("net", (), None, (), (), 0.5, 0.5)] * count
    given = {
        "task": task, "protocol": "finetune", "shots": 5, "predictor": predictor, "predictor_shots": 5,
        "predictor_progress": 1.0, "points": points, "spearman": 0.6, "low": 0.2, "high": 0.8, "text": "",
        "references": {}, "decision_accuracy": 0.73, "decision_accuracy_parameters": 0.56,
    }  # fmt: skip
    return Relation(**(known | given | more))  # type: ignore[arg-type]


def told(*found: Relation) -> dict[str, Any]:
    return answer([], found)


def test_a_target_is_told_once_by_the_linear_probe_at_its_own_labels() -> None:
    found = told(
        relation(predictor_progress=0.1, spearman=0.9),
        relation(predictor="knn"),
        relation(predictor_shots=None),
        relation(),
        relation(within="arm", spearman=0.1),
    )
    (only,) = found["relations"]
    assert only["predictor"] == "linear probe at 5 shots"
    assert only["rho"] == "+0.60 [+0.20, +0.80]"
    assert only["decisions"] == "it puts 73% of the pairs in the right order, the number of parameters alone 56%"


def test_fine_tuning_is_told_before_probes_and_the_rest_is_counted() -> None:
    tasks = [relation(f"task-{number}", count=number + 3) for number in range(MOST_RELATIONS + 2)]
    found = told(relation(protocol="linear", predictor="knn"), *tasks)
    assert [each["points"] for each in found["relations"]] == ["7", "6", "5"]
    assert found["more_relations"] == 2
    assert told(relation(protocol="linear", predictor="knn"))["relations"][0]["predictor"] == "k-NN at 5 shots"


def test_where_it_says_too_little_no_pairs_are_counted() -> None:
    (only,) = told(relation(text="too few to say (1 encoder, 6 arms)"))["relations"]
    assert only["decisions"] == ""


def test_the_terminal_tells_the_same_in_plain_text() -> None:
    assert related(
        [relation(), relation(task="letters", count=4, text="too few to say (1 encoder, 4 arms)", low=None)]
    ) == [
        "Spearman's rho between the linear probe at 5 shots and what came of digits: fine-tuning, 5 shots is +0.60 "
        "[+0.20, +0.80] over 12 pretrainings; it puts 73% of the pairs in the right order, the number of parameters "
        "alone 56%",
        "Spearman's rho between the linear probe at 5 shots and what came of letters: fine-tuning, 5 shots is +0.60 "
        "over 4 pretrainings: too few to say (1 encoder, 4 arms)",
    ]
