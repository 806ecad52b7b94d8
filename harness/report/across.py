"""What a pretraining adds over tasks, in the terminal and on the site."""

from collections.abc import Sequence
from typing import Any

from harness.analysis.across import Across
from harness.report.output import NOTHING, emit_rows, plain, table, wrapped
from harness.report.words import PROTOCOLS, arm_of, count, labels, number, signed

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
        }
        for (protocol, shots, tasks), inside in groups.items()
    ]


def _row(each: Across) -> dict[str, Any]:
    corruption = each.pretraining["corruption"]
    named = f"{corruption['kind']} {corruption['severity']}" if corruption else None
    lift = NOTHING if each.lift is None else signed(each.lift)
    if each.low is not None:
        lift += f" [{signed(each.low)}, {signed(each.high)}]"
    return {
        "model": each.pretraining["model"],
        "objective": each.pretraining["objective"],
        "arm": arm_of({**each.pretraining, "corruption": named}),
        "lift": lift,
        "value": number(each.lift, ".6f") if each.lift is not None else "",
        "n": each.n,
        "verdict": each.verdict,
        "remarks": f"lacks {', '.join(each.lacking)}" if each.lacking else "",
    }
