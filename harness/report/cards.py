"""A model's results as the `model-index` metadata of its card."""

import json
from collections.abc import Sequence

from harness.findings.board_rows import BoardRow
from harness.metrics.names import METRICS
from harness.printable import count

TYPES = {"semantic-segmentation": "image-segmentation"}
"""Task kinds that have another name in model cards."""


def model_index(name: str, rows: Sequence[BoardRow]) -> str:
    """YAML whose `model-index` holds one result for each cell with a score; strings are quoted as in JSON."""
    lines = ["model-index:", f"- name: {json.dumps(name)}", "  results:"]
    results = [line for row in rows if row.score is not None for line in _result(row, row.score)]
    return "\n".join([*lines, *results] if results else [*lines[:-1], "  results: []"]) + "\n"


def _result(row: BoardRow, score: float) -> list[str]:
    metric = row.metric or "accuracy"
    title = METRICS[metric].title if metric in METRICS else metric
    interval = f" ± {row.score_margin:.4f} (0.95, new seeds and test items)" if row.score_margin else ""
    kind = row.kind or "other"
    facts = {
        "task": {"type": TYPES.get(kind, kind)},
        "dataset": {"name": row.cell.task, "type": row.cell.task, "split": "test"},
    }
    trained = f"{row.cell.arm_label}, {row.problem.budget_label}, {count(row.n, 'seed')}"
    values = {"type": metric, "value": round(score, 6), "verified": False, "name": f"{title}{interval}; {trained}"}
    lines: list[str] = []
    for part, fields in facts.items():
        lines.append(f"  {' ' if lines else '-'} {part}:")
        lines += [f"      {name}: {json.dumps(value)}" for name, value in fields.items()]
    lines.append("    metrics:")
    for at, (name, value) in enumerate(values.items()):
        lines.append(f"    {'  ' if at else '- '}{name}: {json.dumps(value, ensure_ascii=False)}")
    return lines
