"""The site's data: what its scripts read, and what readers take away."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from harness.report.cards import model_index
from harness.report.columns import columnar, columns_for, described, filters, first_data, more_data
from harness.report.meanings import MEANINGS
from harness.report.output import csv_field, json_value

Row = dict[str, Any]


def script(name: str, value: Any) -> str:
    """Data as a plain script: a page that was opened from a file may fetch nothing else."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=str)
    return f"pretune.take({json.dumps(name)},{text});\n"


def board_data(rows: Sequence[Row]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the table needs at once, and what it reads when a reader asks for it."""
    columns = columns_for(rows)
    first = {
        "rows": len(rows),
        "columns": described(columns),
        "filters": filters(rows),
        "data": columnar(rows, first_data(columns), columns),
    }
    return first, columnar(rows, more_data(columns), columns)


def model_links(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The trials of each of a model's cells, in the order of its rows: those that count, and those that failed."""
    parts = {"pretrain": "pretraining, ", "tuning": "tuning, "}
    return [
        {
            "seeds": [[seed, key[:16]] for seed, key in row["keys"].items()],
            "failures": [
                [f"{parts.get(each['role'], '')}seed {each['seed']}: {each['status']}", each["key"][:16]]
                for each in row["failures"]
            ],
        }
        for row in rows
    ]


def takeaway(show: Callable[..., str], found: Any, rows: Sequence[Row]) -> Iterator[tuple[str, str | bytes]]:
    """The board and its trials whole, and each model's results for its card."""
    files = []
    for name, title, frame in (("board", "the board, a row a cell", found.frame),
                               ("trials", "its trials, a row a seed", found.trials)):  # fmt: skip
        files.append({"name": name, "title": title, "rows": len(frame)})
        plain = frame.map(lambda value: json_value(value) if isinstance(value, dict) else value)
        yield f"data/{name}.json", plain.to_json(orient="records", double_precision=15) + "\n"
        yield f"data/{name}.csv", plain.map(csv_field).to_csv(index=False, lineterminator="\n")
        yield f"data/{name}.parquet", _parquet(frame)
    models = list(dict.fromkeys(row["model"] for row in rows))
    for name in models:
        yield f"data/cards/{name}.yaml", model_index(name, [row for row in rows if row["model"] == name])
    yield "data.html", show("data.html", "", files=files, models=models, columns=MEANINGS.items())


def _parquet(frame: pd.DataFrame) -> bytes:
    """Figures by seed as JSON: their seeds differ from cell to cell."""
    flat = frame.map(lambda value: json.dumps(json_value(value)) if isinstance(value, dict) else value)
    buffer = io.BytesIO()
    flat.to_parquet(buffer, index=False)
    return buffer.getvalue()
