"""Two models or two commits, cell by cell, in the terminal."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.matrix import progress_of
from harness.findings.compare import METERS, Comparison, Difference, MeanDifference
from harness.metrics.names import METERS as NAMED
from harness.report.output import NOTHING, count, emit_rows, plain, table, wrapped
from harness.report.words import arm_of, bounds, labels, number, problem, signed

LEGEND = {
    "models": "difference: the other model's score less the first's, over the n seeds that both have, in cells that "
    "agree in all else; [ ]: its 0.95 interval for new seeds and new test items, paired by both (– where nothing is "
    "known of the test items); seconds, examples a second and memory of the adaptation only where both ran on one kind "
    "of machine with as many trials at once",
    "commits": "difference: the score at the second commit less that at the first, over the n seeds that both have; "
    "[ ]: its 0.95 interval for new seeds and new test items, paired by both (– where nothing is known of them); "
    "identical: every seed has the same score; changed: the parts of the trial's spec that differ; seconds, examples a "
    "second and memory only where both ran on one kind of machine with as many trials at once",
}
COLUMNS = [
    "first", "other", "model", "objective", "corpus", "fraction", "corruption", "task", "protocol", "shots", "steps",
    "metric", "n", "first_score", "other_score", "difference", "low", "high", "verdict", "changed", "hardware",
    "workers", *[f"{side}_{name}" for name in METERS for side in ("first", "other")],
]  # fmt: skip
MEASURED = ["adaptation s", "examples a second", "peak memory"]
NONE = {
    "models": "no cell of both models has records: they have to be adapted by one protocol to one task, after one arm",
    "commits": "no cell has records at both commits",
}


def compare_table(found: Comparison, form: str = "table", title: str = "") -> None:
    """A table for each further name against the first, then what holds over tasks, and the counts."""
    if form != "table":
        emit_rows([_row(each) for each in found.differences], form, columns=COLUMNS)
        return
    if not found.differences:
        print(f"{plain(title)}: {NONE[found.kind]}")
        return
    print(wrapped(LEGEND[found.kind]))
    for name in found.names[1:]:
        inside = [each for each in found.differences if each.other == name]
        heading = f"{title}: {name} against {found.names[0]}"
        print()
        table([_shown(each, found.kind) for each in inside], _columns(found, name), heading, {"n"})
        means = [each for each in found.means if each.other == name]
        if means:
            columns = ["pretraining", "protocol", "tasks", "difference", "n"]
            table([_mean(each, found.kind) for each in means], columns, f"{heading}: mean over tasks", {"n"})
        print(_counts(inside, found, name))


def _columns(found: Comparison, name: str) -> list[str]:
    shared = ["pretraining", "problem", found.names[0], name, "difference", "n", "verdict", *MEASURED]
    return [*(["model"] if found.kind == "commits" else []), *shared, "changed"]


def _row(each: Difference) -> dict[str, Any]:
    meters = {
        f"{side}_{name}": value
        for name, values in (each.meters.figures if each.meters else {}).items()
        for side, value in zip(("first", "other"), values, strict=True)
    }
    machine = {"hardware": each.meters.hardware, "workers": each.meters.workers} if each.meters else {}
    scores = {"first_score": each.scores[0], "other_score": each.scores[1], "difference": each.difference}
    place = {**each.cell["pretraining"], **each.cell}
    return {**place, **vars(each), **scores, "verdict": each.verdict, **machine, **meters}


def _shown(each: Difference, kind: str) -> list[str]:
    meters = each.meters.figures if each.meters else {}
    return [
        *([plain(each.cell["pretraining"]["model"])] if kind == "commits" else []),
        plain(pretraining(each.cell)),
        plain(problem(each.cell)),
        number(each.scores[0]),
        number(each.scores[1]),
        signed(each.difference) + bounds(each.low, each.high),
        str(each.n),
        each.verdict,
        *[_both(name, meters.get(name, (None, None))) for name in METERS],
        plain(", ".join(each.changed)),
    ]


def pretraining(cell: Any) -> str:
    """The arm of a cell, and where within its run if not at its end."""
    return arm_of({**cell["pretraining"], "progress": progress_of(cell)})


def _both(name: str, values: tuple[float | None, float | None]) -> str:
    """A meter of both sides; bytes as megabytes."""
    if values == (None, None):
        return NOTHING
    if name.endswith("_bytes"):
        return " → ".join(NOTHING if value is None else f"{value / 1e6:,.0f} MB" for value in values)
    return " → ".join(number(value, NAMED[name].form) for value in values)


def _mean(each: MeanDifference, kind: str) -> list[str]:
    model = f"{each.cell['pretraining']['model']}, " if kind == "commits" else ""
    return [
        plain(f"{model}{pretraining(each.cell)}"),
        f"{each.cell['protocol']}, {labels(each.cell['shots'])}",
        plain(", ".join(each.tasks)),
        signed(each.difference) + bounds(each.low, each.high),
        str(each.n),
    ]


def _counts(inside: Sequence[Difference], found: Comparison, name: str) -> str:
    verdicts = Counter(each.verdict for each in inside)
    said = [f"{verdicts[word]} {word}" for word in ("higher", "lower", "undecided", "identical") if verdicts[word]]
    line = f"of {count(len(inside), 'cell')} that both have: {', '.join(said)} (each by itself)"
    only_first, only_other = found.unshared[name]
    if only_first or only_other:
        line += f"; {count(only_first, 'cell')} only {found.names[0]} has, {only_other} only {name}"
    for side, dirty in found.uncommitted.items():
        line += f"; {count(dirty, 'record')} at {side} made with changes that were not committed" if dirty else ""
    return plain(line)
