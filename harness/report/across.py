"""What a pretraining adds over tasks, in the terminal and on the site."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from harness.findings.across import Across
from harness.report.output import NOTHING, count, emit_rows, plain, table, wrapped
from harness.report.words import PROTOCOLS, arm_of, bounds, labels, number, signed

LEGEND = (
    "lift: over scratch at the same seeds, the plain mean over the tasks named (from eight tasks on the interquartile "
    "mean); [ ]: its 0.95 interval for new seeds and new test items of these tasks (for new tasks and new seeds)"
)
COLUMNS = [
    "model", "objective", "corpus", "fraction", "corruption", "protocol", "shots", "kind", "tasks", "lacking", "n",
    "lift", "low", "high",
]  # fmt: skip


def across_table(found: Sequence[Across], form: str = "table", title: str = "") -> None:
    """A table a protocol and number of labels, the largest lift first; what lacks a task comes last."""
    if form != "table":
        emit_rows([{**each.pretraining, **vars(each)} for each in found], form, columns=COLUMNS)
        return
    if not found:
        print(f"{plain(title)}: no pretraining is adapted by one protocol to two tasks at as many labels")
        return
    print(wrapped(LEGEND))
    for view in across_views(found):
        print()
        rows = [[plain(row["model"]), plain(row["arm"]), row["lift"], str(row["n"]), row["remarks"]]
                for row in view["rows"]]  # fmt: skip
        table(rows, ["model", "pretraining", "lift", "n", "remarks"], f"{title}: {view['title']}", {"n"})


def across_views(found: Sequence[Across]) -> list[dict[str, Any]]:
    """The tables, those of one protocol, number of labels and set of tasks together."""
    groups: dict[tuple[Any, ...], list[Across]] = {}
    for each in found:
        tasks = tuple(sorted([*each.tasks, *each.lacking]))
        groups.setdefault((each.protocol, each.shots, tasks), []).append(each)
    return [
        {
            "title": f"{PROTOCOLS.get(protocol, protocol)}, {labels(shots)}, over {count(len(tasks), 'task')}: "
            + ", ".join(tasks),
            "rows": [_row(each) for each in sorted(inside, key=lambda each: (each.lift is None, -(each.lift or 0)))],
            "verdicts": Counter(each.verdict for each in inside if each.lift is not None),
            "grid": _grid(inside),
        }
        for (protocol, shots, tasks), inside in groups.items()
    ]


def _grid(inside: Sequence[Across]) -> dict[str, Any]:
    """Ways of pretraining by models: the lift of each, the way with the largest mean over models first."""
    arms: dict[str, dict[str, Across]] = {}
    for each in inside:
        arms.setdefault(arm_of(each.pretraining), {})[each.pretraining["model"]] = each
    found = {arm: [each.lift for each in row.values() if each.lift is not None] for arm, row in arms.items()}
    ordered = sorted(arms, key=lambda arm: -fmean(found[arm]) if found[arm] else float("inf"))
    models = sorted({each.pretraining["model"] for each in inside})
    return {
        "models": models,
        "rows": [
            (arm, next(iter(arms[arm].values())).pretraining["objective"], [_place(arms[arm].get(m)) for m in models])
            for arm in ordered
        ],
    }


def _place(each: Across | None) -> tuple[str, str]:
    """A lift and what its interval says; a dash where there is none."""
    return (NOTHING, "") if each is None or each.lift is None else (signed(each.lift), each.verdict)


def _row(each: Across) -> dict[str, Any]:
    return {
        "model": each.pretraining["model"],
        "objective": each.pretraining["objective"],
        "arm": arm_of(each.pretraining),
        "lift": signed(each.lift) + bounds(each.low, each.high),
        "value": number(each.lift, ".6f") if each.lift is not None else "",
        "n": each.n,
        "verdict": each.verdict,
        "remarks": f"lacks {', '.join(each.lacking)}" if each.lacking else "",
    }
