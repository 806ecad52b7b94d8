"""What quantity, quality, size, labels and progress do, in the terminal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from harness.findings.factors import FACTORS, Curve, Level
from harness.report.output import NOTHING, count, emit_rows, plain, table, wrapped
from harness.report.words import PROTOCOLS, arm_of, bounds, labels, metric, signed

LEGEND = (
    "slope: of the least-squares line through the levels; [ ]: its 0.95 interval for new seeds and new test items, "
    "paired by both; the levels are fixed"
)
VARIED = {
    "quantity": "arms vary it by fraction",
    "quality": "arms vary it by corruption",
    "size": "models of one family vary it",
    "labels": "adaptations vary it by shots; all labels have no place on it",
    "progress": "blocks of the matrix vary it by progress",
}
"""How a suite varies each factor."""
MORE = {
    "quantity": "A larger corpus",
    "quality": "A more spoilt corpus",
    "size": "A larger encoder",
    "labels": "A larger number of labels",
    "progress": "A longer pretraining",
}
"""What it means to go along each factor."""
COLUMNS = [
    "factor", "measure", "metric", "model", "objective", "corpus", "fraction", "corruption", "task", "protocol",
    "shots", "steps", "n", "slope", "low", "high", "levels",
]  # fmt: skip


def factor_table(found: Sequence[Curve], factor: str, form: str = "table", title: str = "") -> None:
    """The curves of a factor, one row each, and how many rise and fall; as data with their levels as a list."""
    curves = [curve for curve in found if curve.factor == factor]
    if form != "table":
        emit_rows([_row(curve) for curve in curves], form, columns=COLUMNS)
        return
    if not curves:
        print(f"{plain(title)}: no two cells with a record differ in {factor} alone ({VARIED[factor]})")
        return
    print(wrapped(LEGEND))
    print()
    columns = ["model", "pretraining", "problem", "along", "levels", f"slope per {FACTORS[factor]}", "n"]
    table([_shown(curve) for curve in curves], columns, f"{title}: {factor}", {"n"})
    for measure in dict.fromkeys(curve.measure for curve in curves):
        counts = Counter(curve.verdict for curve in curves if curve.measure == measure)
        print(f"{finding(factor, f'the {measure}', counts)} (each by itself)")


def finding(factor: str, measure: str, counts: Mapping[str, int]) -> str:
    """What going along a factor does to what is followed, over curves by their verdict."""
    every = count(sum(counts.values()), "curve")
    told = f"raises {measure} in {counts['rises']} of {every} and lowers it in {counts['falls']}"
    return f"{MORE[factor]} {told}; {counts['undecided']} undecided"


def _row(curve: Curve) -> dict[str, Any]:
    cell, figures = curve.cell, vars(curve)
    place = {**cell["pretraining"], **{name: cell[name] for name in ("task", "protocol", "shots", "steps")}}
    return {
        name: [vars(level) for level in curve.levels] if name == "levels" else {**place, **figures}.get(name)
        for name in COLUMNS
    }


def _shown(curve: Curve) -> list[str]:
    pretraining = curve.cell["pretraining"]
    followed = {"score": metric(curve.metric), "lift": "lift", "loss": "held-out loss"}[curve.measure]
    return [
        plain(pretraining["model"]),
        plain(arm_along(curve)),
        plain(problem_of(curve)),
        followed,
        ", ".join(f"{plain(level.level)} {_value(level, curve.measure)}" for level in curve.levels),
        signed(curve.slope, 4) + bounds(curve.low, curve.high, 4),
        str(curve.n),
    ]


def arm_along(curve: Curve) -> str:
    """The arm that a curve's cells share."""
    pretraining = curve.cell["pretraining"]
    return arm_of({**pretraining, "fraction": pretraining["fraction"] or 1})


def problem_of(curve: Curve) -> str:
    """A task, a protocol and how many labels; of a loss nothing."""
    task = curve.cell["task"]
    return NOTHING if task is None else f"{task}: {adaptation_of(curve)}"


def adaptation_of(curve: Curve) -> str:
    """A protocol and, where the curve does not lead along them, how many labels."""
    protocol, shots = curve.cell["protocol"], curve.cell["shots"]
    along = "" if curve.factor == "labels" else f", {labels(shots)}"
    return f"{PROTOCOLS.get(protocol, protocol)}{along}"


def _value(level: Level, measure: str) -> str:
    if level.value is None:
        return NOTHING
    return signed(level.value) if measure == "lift" else f"{level.value:.3f}"
