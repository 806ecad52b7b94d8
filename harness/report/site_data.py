"""The site's data: what its scripts read, and what readers take away."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from harness.report.cards import model_index
from harness.report.columns import Column, columnar, described, filters, first_data, more_data
from harness.report.meanings import MEANINGS
from harness.report.output import csv_field, json_value

Row = dict[str, Any]
Content = str | bytes | Iterator[bytes]
"""A file's, whole or part by part."""
AT_ONCE = 2000


def script(name: str, value: Any) -> str:
    """Data as a plain script: a page that was opened from a file may fetch nothing else."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=str)
    return f"pretune.take({json.dumps(name)},{text});\n"


def board_data(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the table needs at once, and what it reads when a reader asks for it."""
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


def takeaway(show: Callable[..., str], found: Any, rows: Sequence[Row]) -> Iterator[tuple[str, Content]]:
    """The board and its trials whole, and each model's results for its card."""
    files = []
    for name, title, frame in (("board", "the board, a row a cell", found.frame),
                               ("trials", "its trials, a row a seed", found.trials),
                               ("trends", "what changed, a row a change", found.trends)):  # fmt: skip
        files.append({"name": name, "title": title, "rows": len(frame)})
        yield f"data/{name}.json", _json(frame)
        yield f"data/{name}.csv", _csv(_flat(frame, csv_field))
        yield f"data/{name}.parquet", _parquet(_flat(frame, json_text))
    models: dict[str, list[Row]] = {}
    for row in rows:
        models.setdefault(row["model"], []).append(row)
    for name, own in models.items():
        yield f"data/cards/{name}.yaml", model_index(name, own)
    yield "data.html", show("data.html", "", files=files, models=models, columns=MEANINGS.items())


def _json(frame: pd.DataFrame) -> Iterator[bytes]:
    """A list with an object a row, part by part."""
    yield b"["
    for start in range(0, len(frame), AT_ONCE):
        rows: str = frame.iloc[start : start + AT_ONCE].to_json(orient="records", double_precision=15)
        yield (",\n" if start else "").encode() + rows[1:-1].encode()
    yield b"]\n"


def json_text(value: Any) -> Any:
    """Figures by seed as JSON, since their seeds differ from cell to cell; other values as they are."""
    return json.dumps(json_value(value)) if isinstance(value, dict) else value


def _flat(frame: pd.DataFrame, told: Callable[[Any], Any]) -> pa.Table:
    """A frame whose values are figures and texts; what repeats is told once."""
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype == object or pd.api.types.is_string_dtype(values.dtype):
            columns[told(name)] = _told(values.tolist(), told)
        else:
            columns[told(name)] = pa.Array.from_pandas(values)
    return pa.table(columns)


def _told(values: list[Any], told: Callable[[Any], Any]) -> pa.Array:
    known: dict[str, Any] = {}
    texts: list[Any] = []
    for value in values:
        if isinstance(value, str):
            if value not in known:
                known[value] = told(value)
            texts.append(known[value])
        else:
            texts.append(None if value is None or value is pd.NA or value != value else told(value))
    try:
        return pa.array(texts)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # figures and texts in one column
        return pa.array([None if text is None else str(text) for text in texts])


def _csv(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(table, buffer, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return buffer.getvalue()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()
