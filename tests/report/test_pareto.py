"""The fronts in the terminal and as data."""

import csv
import io
import json
from typing import Any

import pytest

from harness.findings.pareto import fronts
from harness.findings.spread import Spread
from harness.report.pareto import amount, left_out, margin, pareto_table, spread_of
from tests.findings.test_pareto import ROW

MORE: dict[str, Any] = {
    "id": "a", "corpus": "glyphs", "fraction": 1.0, "corruption": None, "control": False, "metric": "accuracy",
    "score_margin": 0.1, "n": 3,
}  # fmt: skip
ROWS = [
    ROW | MORE,
    ROW | MORE | {"model": "dear\x1b[31m", "score": 0.55, "latency_ms": 2.0},
    ROW | MORE | {"score": 0.1, "score_low": 0.0, "score_high": 0.2, "latency_ms": 3.0},
    ROW | MORE | {"score": 0.45, "latency_ms": 3.0},
    ROW | MORE | {"latency_ms": None},
]


def test_the_front_is_listed_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    pareto_table(fronts(ROWS, "latency"), "latency", title="tests")
    said = capsys.readouterr().out
    assert "latency of one example (ms)" in said
    assert "one, 1 trial at once" in " ".join(said.split())
    assert "0.550 ± 0.100" in said
    assert "\x1b" not in said
    assert "of 2 other cells 1 surely beaten, 1 not to be told from the front; 1 cell without a figure of this" in said


def test_data_hold_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    pareto_table(fronts(ROWS, "latency"), "latency", "json")
    rows = json.loads(capsys.readouterr().out)
    assert [(row["value"], row["front"], row["surely_dominated"]) for row in rows] == [
        (1.0, True, False), (2.0, True, False), (3.0, False, False), (3.0, False, True),
    ]  # fmt: skip
    pareto_table(fronts(ROWS, "latency"), "latency", "csv")
    assert len([*csv.DictReader(io.StringIO(capsys.readouterr().out))]) == 4


def test_what_no_meter_measured_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    pareto_table(fronts(ROWS, "energy"), "energy", title="tests")
    assert capsys.readouterr().out.startswith("tests: no cell with a score has a figure of its energy")


def test_beside_a_score_stands_what_is_known_of_it() -> None:
    assert [margin(row) for row in (MORE, MORE | {"score_margin": None}, MORE | {"n": 1})] == [
        "± 0.100",
        "",
        "of one seed",
    ]


def test_what_a_front_leaves_out_is_counted_and_the_highest_named() -> None:
    best = ROWS[0] | {"score": 0.9}
    (without,) = fronts([*ROWS, best | {"latency_ms": None}], "latency")
    named = "the highest mean of all: net, simclr on glyphs (0.900 ± 0.100)"
    assert left_out(without) == [f"2 cells without a figure of this cost, among them {named}"]
    one, other = fronts([*ROWS, best | {"hardware": "two", "latency_ms": 7.0}], "latency")
    assert left_out(one) == [
        "1 cell without a figure of this cost",
        f"1 cell measured on another machine, which has {named}, for 7 ms on two, 1 trial at once",
    ]
    assert left_out(other) == ["1 cell without a figure of this cost", "4 cells measured on another machine"]


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        (Spread(1.4, 9.84, 12), "differs by a factor of 1.40 in the middle of 12 and of 9.84 at most"),
        (Spread(1.4, 25.2, 12), "of 25 at most: between cells a factor below the first says nothing"),
        (Spread(1.5, 1.5, 1), "differs by a factor of 1.50: between cells a smaller one says nothing"),
        (Spread(1.0, 1.0, 9), "the latency of one example is the same, to 0.5%"),
    ],
)
def test_the_spread_between_seeds_is_told_before_the_fronts(
    capsys: pytest.CaptureFixture[str], spread: Spread, said: str
) -> None:
    pareto_table(fronts(ROWS, "latency", {("latency_ms", ("one", 1)): spread}), "latency", title="tests")
    told = " ".join(capsys.readouterr().out.split())
    assert (
        told.index("on one, 1 trial at once: between the seeds of one cell") < told.index(said) < told.index("tests:")
    )


def test_what_a_pretraining_costs_differs_between_pretrainings() -> None:
    rows = [row | {"pretrain_s": 3.0} for row in ROWS]
    (front,) = fronts(rows, "time", {("pretrain_s", ("one", 1)): Spread(1.1, 2.0, 3)})
    assert (spread_of(front) or "").startswith("between the seeds of one pretraining the time of pretraining differs")
    (unknown,) = fronts(rows, "time")
    assert spread_of(unknown) is None


def test_amounts_are_short() -> None:
    assert [amount(cost) for cost in (0, 0.12345, 12.345, 1234.5, 4.5e12)] == ["0", "0.123", "12.3", "1,234", "4.5e+12"]
