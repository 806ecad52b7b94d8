"""The number of labels that a pretraining is worth: the number at which scratch reaches the same score.

At k labels a class a pretraining scores scratch(k) + lift. Its worth is the number of labels at which the isotonic
curve of scratch over label counts (`harness.stats.isotonic`) reaches that score. The ends of its interval are those of
the lift's paired interval, with the curve taken as given: they exclude the uncertainty of the curve itself. Beyond the
label counts of the suite there is only a bound.

"All labels" of a task is not a number of labels a class, so it is not on the curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.cells import Arm, Problem, problem_labels, shots_label
from harness.findings.base import Column, Finding, Section, Table, attributes
from harness.findings.board_rows import BoardRow
from harness.findings.columns import MODEL, PRETRAINING, PROBLEM, cell_columns
from harness.findings.evidence import Evidence
from harness.grouping import group_by
from harness.stats.isotonic import Curve, Labels

TITLE = "How many labels is a pretraining worth?"
SUMMARISED = 3
COLUMNS = [
    MODEL,
    Column("pretraining", "pretraining", "objective and corpus, with the fraction and corruption of the corpus"),
    Column("at", "labels given", "labels a class"),
    Column("lift", "lift", "the score minus that from scratch at the same labels and seeds", format="signed",
           low="lift_low", high="lift_high", better="higher"),
    Column("labels", "worth in labels", "labels a class at which scratch reaches the same score, with the ends of the "
           "lift's 0.95 interval; > and <: beyond the labels of the suite", low="labels_low", high="labels_high"),
    Column("n", "seeds", format="count"),
    Column("catches_up", "scratch catches up", "the fewest labels from which on no lift is above zero with its "
           "interval"),
    *map(Column, (*PRETRAINING[1:], *PROBLEM, "caught_up")),
]  # fmt: skip


@dataclass(frozen=True)
class Worth:
    """The worth of a pretraining at one number of labels, with the ends of its interval where the lift has one."""

    row: BoardRow
    labels: Labels
    low: Labels | None
    high: Labels | None


@dataclass(frozen=True)
class BreakEven:
    """A pretraining along label counts, on one task by one protocol."""

    worths: list[Worth]
    """The fewest labels first."""
    scratch: list[tuple[int, float]]
    """The mean score from scratch by label count, as measured."""
    caught_up: Labels | None
    """The fewest labels from which on the lift's interval is not above zero; more than the most labels where it is
    above zero there; None where a lift has no interval."""

    @property
    def first(self) -> BoardRow:
        return self.worths[0].row

    @property
    def setting(self) -> Problem:
        """Task, protocol and budget, without labels."""
        return replace(self.first.problem, shots=None)

    @property
    def ahead(self) -> bool:
        """Whether its lift is above zero at the most labels."""
        return self.caught_up is not None and self.caught_up.beyond > 0

    @property
    def catches_up(self) -> str | None:
        """From how many labels on scratch is not behind."""
        if self.caught_up is None:
            return None
        if not self.caught_up.beyond and self.caught_up.number == self.first.cell.shots:
            return "no lift above zero"
        labels = shots_label(int(self.caught_up.number))
        return f"not by {labels}" if self.caught_up.beyond else f"at {labels}"


def break_even(evidence: Evidence) -> Finding:
    """The worth in labels of each pretraining, by task and protocol."""
    settings = group_by(break_evens(evidence.whole_rows), lambda each: each.setting)
    if not settings:
        return Finding(["No pretraining and its scratch control have scores at two label counts of one task."])
    labels = problem_labels(settings)
    titles = {each: labels[each].replace(f", {shots_label(None)}", "", 1) for each in settings}
    sentences = [f"{titles[setting]}: {_note(inside)}" for setting, inside in settings.items()]
    return Finding(sentences[:SUMMARISED], [_section(inside, titles[setting]) for setting, inside in settings.items()])


def break_evens(rows: Sequence[BoardRow]) -> list[BreakEven]:
    """Each pretraining without labels that has lifts at two label counts, where scratch has scores at two."""
    scratch: dict[tuple[str, Problem], dict[int, float]] = {}
    pretrained: dict[tuple[tuple[str, Problem], Arm], list[BoardRow]] = {}
    for row in rows:
        cell = row.cell
        if cell.shots is None or row.score is None:
            continue
        setting = (cell.model, replace(row.problem, shots=None))
        if cell.arm.scratch:
            scratch.setdefault(setting, {})[cell.shots] = row.score
        elif row.lift is not None and not row.labelled:
            pretrained.setdefault((setting, cell.arm), []).append(row)
    return [
        _break_even(sorted(inside, key=_shots), sorted(scratch[setting].items()))
        for (setting, _), inside in pretrained.items()
        if len(scratch.get(setting, {})) > 1 and len(inside) > 1
    ]


def _break_even(inside: Sequence[BoardRow], scratch: list[tuple[int, float]]) -> BreakEven:
    shots, scores = zip(*scratch, strict=True)
    curve = Curve(shots, scores)
    worths = [_worth(row, curve) for row in inside if row.cell.shots in shots]
    return BreakEven(worths, scratch, _caught_up(inside))


def _shots(row: BoardRow) -> int:
    assert row.cell.shots is not None
    return row.cell.shots


def _worth(row: BoardRow, curve: Curve) -> Worth:
    here = curve.at(_shots(row))
    ends = [None if lift is None else curve.labels(here + lift) for lift in (row.lift, row.lift_low, row.lift_high)]
    return Worth(row, ends[0] or Labels(_shots(row)), ends[1], ends[2])


def _caught_up(inside: Sequence[BoardRow]) -> Labels | None:
    lows = [row.lift_low for row in inside]
    if None in lows:
        return None
    ahead = [index for index, low in enumerate(lows) if low is not None and low > 0]
    first = ahead[-1] + 1 if ahead else 0
    return Labels(_shots(inside[first])) if first < len(inside) else Labels(_shots(inside[-1]), 1)


def _note(inside: Sequence[BreakEven]) -> str:
    most = max(_shots(worth.row) for each in inside for worth in each.worths)
    ahead = sum(each.ahead for each in inside)
    return f"{ahead} of {len(inside)} pretrainings have a lift above zero at {shots_label(most)}, the most labels."


def _section(inside: Sequence[BreakEven], title: str) -> Section:
    rows = [_row(each, worth) for each in inside for worth in each.worths]
    return Section(title, _note(inside), [Table(COLUMNS, rows, "break_even")], subject=f"task {inside[0].setting.task}")


def _row(each: BreakEven, worth: Worth) -> dict[str, Any]:
    row, cell = worth.row, worth.row.cell
    figures = {"labels": worth.labels, "labels_low": worth.low, "labels_high": worth.high, "caught_up": each.caught_up}
    return {
        **cell_columns(cell),
        **attributes(row, "lift", "lift_low", "lift_high"),
        "pretraining": cell.arm_label,
        "at": shots_label(cell.shots),
        "n": row.lift_n,
        "catches_up": each.catches_up,
        **{name: None if value is None else str(value) for name, value in figures.items()},
    }
