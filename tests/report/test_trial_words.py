"""What a trial's page calls its data and its environment."""

from types import SimpleNamespace
from typing import Any

from harness.report.trial_words import data_lines, environment_lines


def lines(data: dict[str, Any], **contamination: Any) -> list[tuple[str, str]]:
    found = SimpleNamespace(**contamination) if contamination else None
    return data_lines(SimpleNamespace(contamination=found), data)  # type: ignore[arg-type]


def test_counts_are_called_by_words() -> None:
    assert lines({"heldout": 1200, "overlap": {"digits": 7}, "odd_ones_left_out": 3}) == [
        ("examples held out", "1,200"),
        ("of them copies of test examples of digits", "7"),
        ("odd ones left out", "3"),
    ]


def test_contamination_is_told() -> None:
    assert lines({}, status="unknown") == [("test examples in what it was pretrained on", "unknown")]
    assert lines({}, status="clean", exact=0, near=2, of=450)[1] == (
        "test examples with a near copy besides",
        "2 of 450",
    )


def test_an_environment_is_in_order_and_in_words() -> None:
    found = {"python": "3.11", "memory_bytes": 25276510208, "gpu": None, "changed": False, "commit": "abc",
             "packages": {"torch": "2.6"}, "else": "\x1b"}  # fmt: skip
    assert environment_lines(found) == [
        ("commit", "abc"),
        ("with changes that were not committed", "no"),
        ("memory", "25.3 GB"),
        ("GPU", "–"),
        ("Python", "3.11"),
        ("packages", "torch 2.6"),
        ("else", "\\x1b"),
    ]
