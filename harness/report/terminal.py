"""The leaderboard and the relation in the terminal."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from harness.catalog.schemas import SCRATCH, WHOLE
from harness.errors import failure_reason
from harness.findings.cell_records import MISSING
from harness.findings.points import Point
from harness.findings.rows import rows_of
from harness.findings.table import by_facet
from harness.report.answer import headlines, related, sentences
from harness.report.output import NOTHING, Row, emit, emit_rows, plain, table, wrapped
from harness.report.words import PROTOCOLS, bounds, labels, lacking, metric, number, predictor_name, run_share, signed

if TYPE_CHECKING:
    import pandas as pd

    from harness.findings.relation import Relation

COLUMNS = [
    "rank", "model", "objective", "corpus", "score", "lift", "detectable", "n", "pretraining s", "adaptation s",
    "remarks",
]  # fmt: skip
MISSING_ROWS = 10
"""More cells than this without a record are counted and not listed."""
LONGEST_REMARK = 160
RIGHT = {"rank", "detectable", "n", "pretraining s", "adaptation s"}
LEGEND = (
    "scores (accuracy, mAP, mIoU): mean over n seeds; ± and [ ]: 0.95 interval for new seeds and new test items "
    "(– with one seed); "
    "lift: the score minus that from scratch at the same seeds; detectable: the smallest lift that this n finds in 4 "
    "cases of 5"
)
RANK_LEGEND = "; rank: those it may have, Holm-adjusted (– below 5 seeds: unranked)"
RELATION_LEGEND = (
    "predictor and target from disjoint seeds, probes on validation, targets on test; rho: Spearman, [ ]: 0.95 for new "
    "encoders and arms; tau: Kendall's tau-b; r: Pearson on logit accuracy; decisions: share of pairs put in the right "
    "order, in parentheses that of log parameters alone; saturates: the target's error levels off while the probe's "
    "still falls (a power law says clearly more than a straight line; its last term is what would be left; elsewhere "
    "none was found)"
)


def show_table(
    board: "pd.DataFrame",
    form: str = "table",
    title: str = "",
    named: Iterable[Mapping[str, Any]] = (),
    seeds: int = 0,
) -> None:
    """The leaderboard: one table a task, protocol and number of labels, best mean first; what failed comes last.

    Below the tables stands what came of the cells that were `named` before the run. A cell that has fewer than so many
    `seeds`, failed ones included, says how many it lacks.
    """
    if form != "table":
        emit(board, form)
        return
    rows = rows_of(board)
    if not rows:
        print(f"{plain(title)}: no cells")
        return
    print(wrapped(LEGEND + (RANK_LEGEND if any(row["rank_low"] for row in rows) else "")))
    for inside in by_facet(rows).values():
        task, protocol, shots, steps = (inside[0][name] for name in ("task", "protocol", "shots", "steps"))
        budget = f", {steps} steps" if steps else ""
        name = f"{title}: {task}, {PROTOCOLS.get(protocol, protocol)}, {labels(shots)}{budget}"
        ordered = sorted(inside, key=lambda row: -math.inf if row["score"] is None else row["score"], reverse=True)
        missing = [row for row in ordered if row["status"] == MISSING]
        if len(missing) > MISSING_ROWS:
            ordered = [row for row in ordered if row["status"] != MISSING]
        cells = [[_rank(row), *_shown(row, seeds)] for row in ordered]
        shown = slice(0 if any(row["rank_low"] for row in inside) else 1, None)
        print()
        table([cell[shown] for cell in cells], _columns(inside)[shown], name, RIGHT)
        if len(missing) > MISSING_ROWS:
            print(f"and {len(missing)} cells without a record yet")
    for line in sentences(rows, headlines(rows, named)):
        print(plain(line))


def relate_table(found: Sequence["Relation"], form: str = "table", title: str = "") -> None:
    """How each predictor relates to each target; as data one row a relation, with its points as a list."""
    if form != "table":
        emit_rows([_relation_row(each) for each in found], form, columns=RELATION_COLUMNS)
        return
    if not found:
        print(f"{plain(title)}: nothing to relate yet: no pretraining has both a probe and an adaptation at two seeds")
        return
    print(wrapped(RELATION_LEGEND))
    print()
    columns = ["target", "predictor", "within", "points", "rho", "tau", "r", "decisions", "remarks"]
    table([_related(each) for each in found], columns, f"{title}: pretraining against adaptation")
    for line in related(found):
        print(plain(line))


RELATION_COLUMNS = [
    "task", "protocol", "shots", "steps", "predictor", "predictor_shots", "predictor_progress", "within", "metric", "n",
    "encoders", "arms",
    "spearman", "low", "high", "kendall", "weighted_tau", "pearson_logit", "disattenuated", "partial",
    "predictor_reliability", "target_reliability", "decision_accuracy", "decision_accuracy_parameters", "text",
    "saturation", "references", "points",
]  # fmt: skip


POINT_COLUMNS = [each.name for each in fields(Point)]


def _relation_row(each: "Relation") -> dict[str, Any]:
    saturation = vars(each.saturation) if each.saturation else None
    points = [{name: getattr(point, name) for name in POINT_COLUMNS} for point in each.points]
    return {**vars(each), "n": len(each.points), "points": points, "saturation": saturation}


def _related(each: "Relation") -> list[str]:
    decisions = f"{number(each.decision_accuracy, '.2f')} ({number(each.decision_accuracy_parameters, '.2f')})"
    return [
        f"{plain(each.task)} {PROTOCOLS.get(each.protocol, plain(each.protocol))}, {labels(each.shots)}"
        + (f", {each.steps} steps" if each.steps else ""),
        plain(predictor_name(each)),
        each.within or "all",
        f"{len(each.points)} ({each.encoders} x {each.arms})",
        signed(each.spearman, 2) + bounds(each.low, each.high, 2),
        signed(each.kendall, 2),
        signed(each.pearson_logit, 2),
        decisions,
        "; ".join(part for part in (each.text, _saturation(each)) if part),
    ]


def _saturation(each: "Relation") -> str:
    return each.saturation.text if each.saturation and each.saturation.saturates else ""


def _columns(inside: Sequence[Row]) -> list[str]:
    name = next((row["metric"] for row in inside if row["metric"]), None)
    return [metric(name) if column == "score" else column for column in COLUMNS]


def _shown(row: Row, seeds: int) -> Iterator[str]:
    yield plain(row["model"]) + (" (control)" if row["control"] else "")
    yield plain(row["objective"]) + (" (sees labels)" if row["labelled"] else "")
    yield _corpus(row)
    yield _score(row)
    yield _lift(row)
    yield number(row["detectable"])
    yield str(row["n"])
    yield NOTHING if row["objective"] == SCRATCH else number(row["pretrain_s"], ".2f")
    yield number(row["train_s"], ".2f")
    yield _remarks(row, seeds)


def _corpus(row: Row) -> str:
    parts = [plain(row["corpus"])]
    if row["fraction"] != 1:
        parts.append(f"{row['fraction']:.0%}")
    if row["corruption"]:
        parts.append(plain(row["corruption"]))
    if row["progress"] != WHOLE:
        parts.append(f"({run_share(row['progress'])} of the run)")
    return NOTHING if row["objective"] == SCRATCH else " ".join(parts)


def _score(row: Row) -> str:
    return number(row["score"]) + ("" if row["score_margin"] is None else f" ± {row['score_margin']:.3f}")


def _lift(row: Row) -> str:
    if row["lift"] is None:
        return "reference" if row["objective"] == SCRATCH else NOTHING
    return signed(row["lift"]) + bounds(row["lift_low"], row["lift_high"])


def _rank(row: Row) -> str:
    if row["rank_low"] is None:
        return NOTHING
    return str(row["rank_low"]) if row["rank_low"] == row["rank_high"] else f"{row['rank_low']}–{row['rank_high']}"


def _remarks(row: Row, seeds: int) -> str:
    parts = [f"{count} {status}" for status, count in row["statuses"].items() if status != "ok"]
    if row["status"] in ("missing", "blocked") and not parts:
        parts.append(row["status"])
    elif (fewer := lacking(row, seeds)) and row["status"] != "missing":
        parts.append(f"{fewer} missing")
    if reason := failure_reason(row["message"]):
        parts.append(_short(plain(reason)))
    if row["lift"] is not None and row["lift_n"] != row["n"]:
        parts.append(f"lift over {row['lift_n']} of {row['n']} seeds")
    return ", ".join([*parts, *([plain(row["flags"])] if row["flags"] else [])])


def _short(message: str) -> str:
    return message if len(message) <= LONGEST_REMARK else f"{message[: LONGEST_REMARK - 1]}…"
