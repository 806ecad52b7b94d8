"""A model's results as the `model-index` metadata of its card."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.metrics.names import METRICS
from harness.report.words import PROTOCOLS, arm_of, labels

Row = Mapping[str, Any]
TYPES = {"semantic-segmentation": "image-segmentation"}
"""Task kinds that model cards call otherwise."""


def model_index(name: str, rows: Sequence[Row]) -> str:
    """YAML whose `model-index` holds one result for each cell that has a score; strings are quoted as in JSON."""
    lines = ["model-index:", f"- name: {json.dumps(name)}", "  results:"]
    results = [line for row in rows if row["score"] is not None for line in _result(row)]
    return "\n".join([*lines, *results] if results else [*lines[:-1], "  results: []"]) + "\n"


def _result(row: Row) -> list[str]:
    metric = row["metric"] or "accuracy"
    title = METRICS[metric].title if metric in METRICS else metric
    protocol = PROTOCOLS.get(row["protocol"], row["protocol"])
    interval = f" ± {row['score_margin']:.4f} (0.95, new seeds and test items)" if row["score_margin"] else ""
    kind = row["kind"] or "other"
    facts = {
        "task": {"type": TYPES.get(kind, kind)},
        "dataset": {"name": row["task"], "type": row["task"], "split": "test"},
    }
    figure = {
        "type": metric, "value": round(row["score"], 6), "verified": False,
        "name": f"{title}{interval}; {arm_of(row)}, {protocol}, {labels(row['shots'])}, {row['n']} seeds",
    }  # fmt: skip
    lines: list[str] = []
    for part, values in facts.items():
        lines.append(f"  {'-' if not lines else ' '} {part}:")
        lines += [f"      {each}: {json.dumps(value)}" for each, value in values.items()]
    lines.append("    metrics:")
    for at, (each, value) in enumerate(figure.items()):
        lines.append(f"    {'- ' if at == 0 else '  '}{each}: {json.dumps(value, ensure_ascii=False)}")
    return lines
