"""The trials behind the board: one row for each cell and seed."""

from collections.abc import Iterator
from typing import Any

from harness.cells import problem_labels
from harness.errors import failure_reason
from harness.findings.base import Column, Finding, Section, Table, attributes, with_data
from harness.findings.board_rows import METERS, PRETRAINING
from harness.findings.cell_records import CellRecords, hardware_of
from harness.findings.columns import ARM, CELL, LABEL, MODEL, RUN, cell_columns
from harness.findings.evidence import Evidence
from harness.printable import count

TITLE = "Trials"
_SHOWN = (
    MODEL,
    ARM,
    LABEL,
    Column("seed", "seed", format="count"),
    Column("status", "status"),
    Column("score", "score", "the task's metric on the test split", format="number"),
    Column("train_s", "adaptation s", "training time of the adaptation", format="number", digits=1),
    Column("key", "trial", "the key of the trial", subject="trial"),
    Column("reason", "reason", "the reason of a failure"),
)
_DATA = (
    *CELL, *RUN, "message", "rate", "edge", *(f"pretraining_{name}" for name in PRETRAINING), *METERS, "memory_source",
    "hardware", "workers", "flags", "started", "parent", "variant",
)  # fmt: skip


def trials(evidence: Evidence) -> Finding:
    """The record that counts for each cell and seed, or the failure where none counts."""
    labels = problem_labels([cell.problem for cell in evidence.cells])
    rows = [row for each in evidence.records for row in _rows(each, labels[each.cell.problem], evidence)]
    columns = with_data(_SHOWN, *_DATA, *sorted({name for row in rows for name in row}))
    failed = sum(row["status"] != "ok" for row in rows)
    summary = [f"{count(len(rows), 'trial')} count, {failed} of them failed."]
    return Finding(summary, [Section("Trials", tables=[Table(columns, rows, name="trials", empty="No trials.")])])


def _rows(each: CellRecords, problem: str, evidence: Evidence) -> Iterator[dict[str, Any]]:
    cell = cell_columns(each.cell) | {"problem": problem}
    for seed, record in sorted((each.failures | each.records).items()):
        ended = each.parents[seed].metrics if each.cell.whole and seed in each.parents else {}
        chosen = record.chosen or {}
        yield {
            **cell,
            **record.metrics,
            **attributes(record, "seed", "status", "message", "started", "key", "variant"),
            **{f"pretraining_{name}": ended.get(name) for name in PRETRAINING},
            **{name: record.meters.get(name) for name in (*METERS, "memory_source", "workers")},
            "score": each.scores.get(seed),
            "reason": failure_reason(record.message),
            "rate": chosen.get("rate"),
            "edge": chosen.get("edge"),
            "hardware": hardware_of(evidence.store, record),
            "flags": ", ".join(record.flags),
            "parent": record.spec.get("parent"),
        }
