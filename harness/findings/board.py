"""The board: scores and lifts of all cells, ranked within each problem, and the preregistered headlines."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from harness.cells import Problem, problem_labels
from harness.findings.base import Axis, Bar, Column, Finding, Forest, Section, Table
from harness.findings.board_rows import BoardRow, rows_by_problem
from harness.findings.board_table import COLUMNS, BoardTable
from harness.findings.columns import ARM, LABEL, MODEL
from harness.findings.evidence import Evidence
from harness.metrics.names import metric_title
from harness.printable import interval, signed

TITLE = "Board"
CHANCE = 0.025
"""The share of comparisons without an effect whose interval is above zero, and below it."""
FOREST_ROWS = 40
"""The lifts of a problem that a figure has, at most: those with the largest absolute value."""
VERDICTS = ("helps", "hurts", "undecided")


def board(evidence: Evidence) -> Finding:
    """Headlines, counts of helps and hurts, then one ranked table for each problem."""
    rows = evidence.rows
    problems = ordered_problems(rows)
    labels = problem_labels(problems)
    headlines = _headlines(evidence, labels)
    counts = comparison_counts(rows)
    table = BoardTable(rows, len(evidence.seeds or ()))
    sections = [
        *([_headline_section(headlines)] if headlines else []),
        *([_count_section(counts)] if counts else []),
        *(_problem_section(labels[problem], inside, table) for problem, inside in problems.items()),
    ]
    return Finding(summary=_summary(evidence, headlines, counts), sections=sections)


def ordered_problems(rows: Iterable[BoardRow]) -> dict[Problem, list[BoardRow]]:
    """The rows by problem, fine-tuning first; within a problem the best mean first and cells without a score last."""
    problems = rows_by_problem(rows)
    ordered = sorted(problems.items(), key=lambda item: item[0].protocol != "finetune")
    return {
        problem: sorted(inside, key=lambda row: (row.score is None, -(row.score or 0.0))) for problem, inside in ordered
    }


def comparison_counts(rows: Sequence[BoardRow]) -> list[dict[str, Any]]:
    """The number of comparisons with scratch by verdict: all without labels, by protocol, and with labels.

    Compared are whole runs whose lift has an interval. `by_chance` is the number that would help, and as many hurt, if
    no pretraining had an effect.
    """
    compared = [row for row in rows if row.lift_low is not None and row.cell.whole]
    unlabelled = [row for row in compared if not row.labelled]
    groups = {"without labels": unlabelled}
    for row in sorted(unlabelled, key=lambda row: row.problem.protocol != "finetune"):
        groups.setdefault(row.problem.protocol_label, []).append(row)
    groups["with labels, an upper reference"] = [row for row in compared if row.labelled]
    return [_counted(name, inside) for name, inside in groups.items() if inside]


def _counted(name: str, rows: Sequence[BoardRow]) -> dict[str, Any]:
    verdicts = Counter(row.verdict for row in rows)
    return {"pretraining": name, "comparisons": len(rows), "by_chance": CHANCE * len(rows)} | {
        verdict: verdicts[verdict] for verdict in VERDICTS
    }


def _headlines(evidence: Evidence, labels: Mapping[Problem, str]) -> list[dict[str, Any]]:
    """The preregistered cells, each with the best control of its problem."""
    by_cell = {row.cell: row for row in evidence.rows}
    return [
        row.as_dict()
        | {"problem": labels[row.problem], "verdict": None if row.lift is None else row.verdict}
        | _best_control(row, evidence.whole_rows)
        for row in map(by_cell.get, evidence.headlines)
        if row is not None
    ]


def _best_control(row: BoardRow, rows: Iterable[BoardRow]) -> dict[str, Any]:
    """The control of the row's problem with the highest mean score over the row's seeds, scratch of any model included.

    Controls without one of these seeds are excluded.
    """
    if not row.scores:
        return {"best_control": None, "best_control_score": None}
    controls = (
        each
        for each in rows
        if (each.control or each.cell.arm.scratch)
        and each.problem == row.problem
        and each.scores.keys() >= row.scores.keys()
    )
    scored = [(fmean(each.scores[seed] for seed in row.scores), each) for each in controls]
    score, best = max(scored, key=lambda pair: pair[0], default=(None, None))
    name = best and (best.cell.model if best.control else f"{best.cell.model} from scratch")
    return {"best_control": name, "best_control_score": score}


def _headline_section(headlines: Sequence[Mapping[str, Any]]) -> Section:
    columns = [
        MODEL, ARM, LABEL,
        Column("lift", "lift", "score minus that from scratch with the same seeds", format="signed", low="lift_low",
               high="lift_high", better="higher"),
        Column("score", "score", "mean over seeds on the test split", format="number", margin="score_margin"),
        Column("lift_n", "seeds", format="count"),
        Column("items", "test items", format="count"),
        Column("verdict", "verdict"),
        Column("best_control", "best control", "the control with the highest mean score over the same seeds"),
        Column("best_control_score", "its score", format="number"),
    ]  # fmt: skip
    note = "Preregistered: the suite names these comparisons before it runs."
    return Section("Headlines", note, tables=[Table(columns, headlines, name="headlines")])


def _count_section(counts: Sequence[Mapping[str, Any]]) -> Section:
    columns = [
        Column("pretraining", "pretraining"),
        Column("comparisons", "comparisons", format="count"),
        Column("helps", "help", "the interval of the lift is above zero", format="count"),
        Column("hurts", "hurt", "the interval of the lift is below zero", format="count"),
        Column("undecided", "undecided", format="count"),
        Column("by_chance", "by chance", "the expected number in each direction without any effect", format="number",
               digits=1),
    ]  # fmt: skip
    note = "Each comparison with scratch counts by its own 0.95 interval; whole runs only."
    return Section("Comparisons with scratch", note, tables=[Table(columns, counts, name="counts")])


def _problem_section(label: str, rows: Sequence[BoardRow], table: BoardTable) -> Section:
    shown = Table(COLUMNS, [table.row(row, label) for row in rows], name="board", empty="No cells.")
    metric = next((row.metric for row in rows if row.metric), None)
    notes = [f"Metric: {metric_title(metric)}."] if metric else []
    if not any(row.rank_low for row in rows):
        notes.append("Fewer than five seeds: cells are not ranked.")
    return Section(
        label, " ".join(notes), tables=[shown], figures=_forest(label, rows), subject=f"task {rows[0].cell.task}"
    )


def _forest(label: str, rows: Sequence[BoardRow]) -> list[Forest]:
    """The lifts of a problem with their intervals, the largest first."""
    lifted = [(row.lift, row) for row in rows if row.lift is not None and row.lift_low is not None and row.cell.whole]
    if not lifted:
        return []
    drawn = sorted(lifted, key=lambda each: -abs(each[0]))[:FOREST_ROWS]
    bars = [
        Bar(f"{row.cell.model}, {row.cell.arm_label}", lift, row.lift_low, row.lift_high, row.cell.arm.objective)
        for lift, row in sorted(drawn, key=lambda each: -each[0])
    ]
    axis = Axis(f"lift in {metric_title(lifted[0][1].metric)} over scratch")
    title = f"The {len(drawn)} largest lifts of {len(lifted)}" if len(drawn) < len(lifted) else ""
    alt = f"Lifts on {label}; the table has the same values"
    return [Forest(axis=axis, bars=bars, alt=alt, title=title, name=f"lifts-{label}")]


def _summary(
    evidence: Evidence, headlines: Sequence[Mapping[str, Any]], counts: Sequence[Mapping[str, Any]]
) -> list[str]:
    sentences = [_headline_sentence(row) for row in headlines]
    protocols = [row for row in counts if not row["pretraining"].startswith("with")]
    if counts and protocols:
        row = counts[0]
        sentences.append(
            f"Pretraining {row['pretraining']}: {row['helps']} of {row['comparisons']} comparisons with scratch help, "
            f"{row['hurts']} hurt; chance alone gives {row['by_chance']:.1f} of each."
        )
        parts = [f"{row['pretraining']} {row['helps']} of {row['comparisons']}" for row in protocols]
        sentences.append(f"Comparisons that help, by protocol: {', '.join(parts)}.")
    rows = evidence.rows
    if all(row.cell.arm.scratch for row in rows):
        sentences.append("All arms are scratch, so there is no lift.")
    elif not counts:
        sentences.append("No comparison with scratch has an interval yet: it needs two seeds with test items.")
    if failed := sum(row.n_failed > 0 for row in rows):
        sentences.append(f"Cells with failed trials: {failed} of {len(rows)}.")
    if missing := sum(row.status == "missing" for row in rows):
        sentences.append(f"Cells without a record: {missing} of {len(rows)}.")
    return sentences


def _headline_sentence(row: Mapping[str, Any]) -> str:
    subject = f"Headline: {row['model']}, {row['arm']}, on {row['problem']}"
    if row["lift"] is None:
        return f"{subject}: no lift is recorded."
    design = f"{row['lift_n']} seeds" + (f", {row['items']:,} test items" if row["items"] else "")
    lift = f"{signed(row['lift'])}{interval(row['lift_low'], row['lift_high'])}"
    text = f"{subject}: lift {lift} over scratch ({design}): {row['verdict']}."
    if row["best_control"]:
        text += f" Score {row['score']:.3f}; best control {row['best_control_score']:.3f} ({row['best_control']})."
    return text
