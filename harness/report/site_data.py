"""The site's data: what its scripts read, and what readers take away."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pydantic_core import to_json

from harness.report.columns import Column, columnar, described, filters, first_data, more_data
from harness.report.output import csv_field, json_text

if TYPE_CHECKING:
    from harness.findings.cell_records import Counted

Row = dict[str, Any]
Content = str | bytes | Iterator[bytes]
"""A file's, whole or part by part."""
AT_ONCE = 2000


def script(name: str, value: Any) -> bytes:
    """Data as a plain script: a page that was opened from a file may fetch nothing else."""
    return b"pretune.take(%b,%b);\n" % (json.dumps(name).encode(), to_json(value, inf_nan_mode="null"))


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


def takeaway(name: str, frame: pd.DataFrame) -> Iterator[tuple[str, Content]]:
    """A frame whole, in the forms that other programs read."""
    yield f"data/{name}.json", _json(frame)
    table = _flat(frame)
    yield f"data/{name}.parquet", _parquet(table)
    yield f"data/{name}.csv", _csv(table)


def takeaway_files(frame: pd.DataFrame, found: Sequence["Counted"], trends: pd.DataFrame) -> list[Row]:
    """What the frames are called, and how many rows they have."""
    trials = sum(len(each.failures | each.records) for each in found)
    return [
        {"name": "board", "title": "the board, a row a cell", "rows": len(frame)},
        {"name": "trials", "title": "its trials, a row a seed", "rows": trials},
        {"name": "trends", "title": "what changed, a row a change", "rows": len(trends)},
    ]


def _json(frame: pd.DataFrame) -> Iterator[bytes]:
    """A list with an object a row, part by part."""
    yield b"["
    for start in range(0, len(frame), AT_ONCE):
        rows: str = frame.iloc[start : start + AT_ONCE].to_json(orient="records", double_precision=15)
        yield (",\n" if start else "").encode() + rows[1:-1].encode()
    yield b"]\n"


def _flat(frame: pd.DataFrame) -> pa.Table:
    """A frame whose values are figures and texts: figures by seed are JSON, since seeds differ from cell to cell."""
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype == object:
            columns[name] = _texts(values.tolist())
        else:
            found = pa.Array.from_pandas(values)
            columns[name] = found.cast(pa.string()) if pa.types.is_large_string(found.type) else found
    return pa.table(columns)


def _texts(values: list[Any]) -> pa.Array:
    found = [json_text(value) if isinstance(value, dict | list) else value for value in values]
    try:
        return pa.array(found, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # figures and texts in one column
        return pa.array([None if each is None or each is pd.NA or each != each else str(each) for each in found])


def _csv(table: pa.Table) -> Iterator[bytes]:
    """With texts as a spreadsheet may read them, each of which is looked at once."""
    columns = {csv_field(name): _guarded(table[name]) for name in table.column_names}
    for number, batch in enumerate(pa.table(columns).to_batches(AT_ONCE) or [pa.table(columns)]):
        buffer = io.BytesIO()
        options = pyarrow.csv.WriteOptions(include_header=number == 0, quoting_style="needed")
        pyarrow.csv.write_csv(batch, buffer, options)
        yield buffer.getvalue()


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if not pa.types.is_string(column.type):
        return column
    coded = column.combine_chunks().dictionary_encode()
    words = pa.array([csv_field(word) for word in coded.dictionary.to_pylist()], type=column.type)
    return pa.DictionaryArray.from_arrays(coded.indices, words).dictionary_decode()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()
