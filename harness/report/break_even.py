"""How many labels a pretraining is worth, in the terminal."""

from collections.abc import Sequence
from typing import Any

from harness.findings.break_even import BreakEven, Labels, Worth
from harness.report.output import NOTHING, emit_rows, plain, table, wrapped
from harness.report.words import PROTOCOLS, arm_of, labels, signed

LEGEND = (
    "worth: the labels a class at which scratch scores as much, read off scratch's curve over label counts (straight "
    "between them over log labels); [ ]: its 0.95 interval from that of the lift, for new seeds and new test items, "
    "scratch's curve taken as given; > and <: beyond what was run; scratch catches up: the fewest labels from which on "
    "no lift is established"
)
COLUMNS = [
    "model", "objective", "corpus", "fraction", "corruption", "task", "protocol", "steps", "shots", "n", "lift",
    "labels", "labels_low", "labels_high", "caught_up",
]  # fmt: skip


def break_even_table(found: Sequence[BreakEven], form: str = "table", title: str = "") -> None:
    """One row a pretraining and label count; as data with bounds as text (`>20`)."""
    if form != "table":
        emit_rows([_row(each, worth) for each in found for worth in each.worths], form, columns=COLUMNS)
        return
    if not found:
        print(f"{plain(title)}: no pretraining and its scratch control have scores at two label counts of one task")
        return
    print(wrapped(LEGEND))
    problems: dict[str, list[BreakEven]] = {}
    for each in found:
        problems.setdefault(_problem(each), []).append(each)
    columns = ["model", "pretraining", "at", "lift", "worth in labels", "n", "scratch catches up"]
    for problem, inside in problems.items():
        print()
        rows = [row for each in inside for row in _shown(each)]
        table(rows, columns, f"{title}: {problem}", {"n"})


def worth(value: Labels | None) -> str:
    """A number of labels, or what bounds it."""
    if value is None:
        return NOTHING
    sign = {1: ">", -1: "<", 0: ""}[value.beyond]
    return f"{sign}{value.number:.0f}" if value.number >= 10 or value.beyond else f"{value.number:.2g}"


def interval(each: Worth) -> str:
    """The worth with its ends."""
    ends = "" if each.low is None or each.high is None else f" [{worth(each.low)}, {worth(each.high)}]"
    return f"{worth(each.labels)}{ends}"


def caught_up(each: BreakEven) -> str:
    """From how many labels on scratch does as well, in words."""
    found = each.caught_up
    if found is None:
        return NOTHING
    if not found.beyond and found.number == each.worths[0].shots:
        return "no lift is established"
    return f"not by {labels(int(found.number))}" if found.beyond else f"at {labels(int(found.number))}"


def _problem(each: BreakEven) -> str:
    row = each.row
    steps = f", {row['steps']} steps" if row["steps"] else ""
    return f"{row['task']}: {PROTOCOLS.get(row['protocol'], row['protocol'])}{steps}"


def _row(each: BreakEven, at: Worth) -> dict[str, Any]:
    figures = {"labels": worth(at.labels), "caught_up": worth(each.caught_up)}
    ends = {"labels_low": worth(at.low), "labels_high": worth(at.high)}
    told = {name: None if value == NOTHING else value for name, value in (figures | ends).items()}
    return {**each.row, "shots": at.shots, "n": at.n, "lift": at.lift, **told}


def _shown(each: BreakEven) -> list[list[str]]:
    name = [plain(each.row["model"]), plain(arm_of(each.row))]
    return [
        [
            *(name if index == 0 else ["", ""]),
            labels(at.shots),
            signed(at.lift),
            interval(at),
            str(at.n),
            caught_up(each) if index == 0 else "",
        ]
        for index, at in enumerate(each.worths)
    ]
