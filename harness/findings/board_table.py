"""The columns and rows of the board's table. Columns without a title are data only."""

from collections.abc import Iterable
from typing import Any

from harness.cells import Cell, Pretraining, percent, shots_label
from harness.errors import failure_reason
from harness.findings.base import Column, with_data
from harness.findings.board_rows import FIELDS, BoardRow
from harness.findings.columns import CELL, MODEL, RUN
from harness.printable import count

PROBES = ("linear", "knn")
SIZES = (
    (1e4, "under 10 k"), (1e5, "10 k to 100 k"), (1e6, "100 k to 1 M"), (1e7, "1 M to 10 M"), (1e8, "10 M to 100 M"),
)  # fmt: skip
"""The ranges of parameters by their upper end."""
REASON = 160
"""The most characters of a failure's reason in a remark."""
SHOWN = (
    MODEL,
    Column("arm", "pretraining", "objective and corpus, with its fraction and corruption"),
    Column("lift", "lift", "score minus that of scratch with the same seeds, with its 0.95 interval for new seeds and "
           "new test items", format="signed", low="lift_low", high="lift_high", better="higher"),
    Column("score", "score", "mean over seeds of the task's metric on the test split, ± half a 0.95 interval for new "
           "seeds and new test items", format="number", margin="score_margin", better="higher"),
    Column("rank", "rank", "the ranks that the cell may have within its problem, Holm-adjusted; none below five seeds"),
    Column("best", "top", "no cell is significantly better", format="yesno", optional=True),
    Column("task", "task", subject="task", optional=True),
    Column("protocol_label", "protocol", optional=True),
    Column("labels", "labels", "labels a class for training", optional=True),
    Column("n", "seeds", "seeds with a result", format="count"),
    Column("skill", "skill", "1 − loss / loss of a trivial predictor, on held-out data of the pretraining",
           format="number", digits=2, better="higher", optional=True),
    Column("linear", "linear probe, validation", "score on validation of the linear probe of the same encoder and "
           "task, with these labels or else with most", format="number", better="higher", optional=True),
    Column("knn", "k-NN, validation", "score on validation of k-NN of the same encoder and task, with these "
           "labels or else with most", format="number", better="higher", optional=True),
    Column("parameters", "parameters", "of the encoder", format="engineering", optional=True),
    Column("pretrain_s", "pretraining s", "training time of the pretraining, median over seeds", format="number",
           digits=1, better="lower"),
    Column("train_s", "adaptation s", "training time of the adaptation, median over seeds", format="number", digits=1,
           better="lower"),
    Column("latency_ms", "latency ms", "of one example through the encoder", format="number", better="lower",
           optional=True),
    Column("peak_memory_bytes", "peak memory", "of the process or of the GPU allocator", "B", format="engineering",
           better="lower", optional=True),
    Column("detectable", "detectable", "the smallest lift that this design detects with a power of 0.8",
           format="number", better="lower"),
    Column("control", "control", "a model that learns nothing from pretraining; not ranked", format="yesno"),
    Column("labelled", "uses labels", "the pretraining uses labels: an upper reference", format="yesno"),
    Column("remarks", "remarks"),
    Column("metric", "metric", "the metric of the score", optional=True),
    Column("objective", "objective", optional=True),
    Column("corpus", "corpus", optional=True),
    Column("run", "run", "share of the pretraining's steps at which the encoder is taken", optional=True),
    Column("family", "family", "encoders that differ in size only", optional=True),
    Column("size", "size", "range of the encoder's parameters", optional=True),
    Column("modality", "modality", optional=True),
    Column("kind", "task kind", optional=True),
    Column("machine", "machine", "hardware class and parallel trials; costs compare within one machine",
           optional=True),
    Column("loss", "held-out loss", "of the pretraining, in the objective's own unit", format="number", digits=4,
           better="lower", optional=True),
    Column("rankme", "RankMe", "effective dimensions of held-out features", format="number", digits=1, optional=True),
    Column("train", "training score", "the metric on the training examples", format="number", optional=True),
    Column("shifted", "shifted score", "the metric on shifted test examples", format="number", better="higher",
           optional=True),
    Column("near_duplicates", "near copies", "share of test examples with a near copy in the corpus",
           format="percent", digits=1, optional=True),
    Column("contamination", "contamination", "whether the corpus contains test examples", optional=True),
    Column("pretrain_examples_per_s", "examples/s", "throughput of the pretraining, warm-up excluded",
           format="number", digits=0, better="higher", optional=True),
    Column("flops", "FLOPs", "of one example through the encoder", format="engineering", optional=True),
    Column("energy_j", "energy J", "of the adaptation", format="number", digits=1, better="lower", optional=True),
    Column("total_s", "trial s", "the whole trial of the adaptation", format="number", digits=1, optional=True),
    Column("steps", "steps", "of fine-tuning", format="count", optional=True),
    Column("precision", "precision", optional=True),
    Column("problem", "problem", optional=True),
    Column("verdict", "verdict", optional=True),
    Column("keys", "trials", "the trial of each seed", format="list", subject="trial", optional=True),
)  # fmt: skip
COLUMNS = with_data(SHOWN, *CELL, *RUN, *FIELDS)


class BoardTable:
    """Makes the rows of the board's table from `rows`, all rows of a board, of which each cell has `seeds`."""

    def __init__(self, rows: Iterable[BoardRow], seeds: int) -> None:
        self.seeds = seeds
        self._probes: dict[tuple[str, str], dict[int | None, dict[tuple[Pretraining, float], float | None]]] = {}
        """The validation scores of probes by protocol and task, then by shots, then by encoder."""
        for row in rows:
            cell = row.cell
            if cell.protocol in PROBES:
                of_task = self._probes.setdefault((cell.protocol, cell.task), {})
                of_task.setdefault(cell.shots, {})[cell.pretraining, cell.progress] = row.validation

    def row(self, row: BoardRow, label: str) -> dict[str, Any]:
        """One row; `label` is that of its problem."""
        parallel = f", {count(row.workers, 'parallel trial')}" if row.workers else ""
        return row.as_dict() | {
            "problem": label,
            "protocol_label": row.problem.protocol_label,
            "labels": shots_label(row.cell.shots),
            "run": percent(row.cell.progress),
            "rank": _rank(row),
            "verdict": row.verdict,
            "machine": f"{row.hardware}{parallel}" if row.hardware else None,
            "size": _size(row.parameters),
            "remarks": "; ".join(filter(None, self._remarks(row))),
            **{protocol: self._validation(protocol, row.cell) for protocol in PROBES},
        }

    def _remarks(self, row: BoardRow) -> list[str]:
        """Failed and missing seeds, the seeds of the lift, flags, and the reason of the first failure."""
        remarks = [f"{number} {status}" for status, number in row.statuses.items() if status != "ok"]
        if row.status == "missing":
            remarks.append("missing")
        elif self.seeds > row.n + row.n_failed:
            remarks.append(f"{self.seeds - row.n - row.n_failed} missing")
        if row.lift is not None and row.lift_n != row.n:
            remarks.append(f"lift over {row.lift_n} of {row.n} seeds")
        return [*remarks, row.flags, failure_reason(row.message)[:REASON]]

    def _validation(self, protocol: str, cell: Cell) -> float | None:
        """The validation score of a probe of the same encoder and task: with as many labels, or else with most."""
        of_task = self._probes.get((protocol, cell.task))
        if not of_task:
            return None
        most = None if None in of_task else max(shots for shots in of_task if shots is not None)
        return of_task[cell.shots if cell.shots in of_task else most].get((cell.pretraining, cell.progress))


def _rank(row: BoardRow) -> str | None:
    if row.rank_low is None:
        return None
    return str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"


def _size(parameters: float | None) -> str | None:
    if not parameters:
        return None
    return next((name for end, name in SIZES if parameters < end), "100 M and more")
