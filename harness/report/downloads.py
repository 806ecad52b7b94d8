"""Whole frames for other programs: the site's downloads as JSON, CSV and Parquet, and its scripts' data."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pydantic_core import to_json

from harness.report.data import csv_field, json_text

CHUNK = 2000
"""Rows of a part."""


def script(name: str, value: Any) -> bytes:
    """Data as a classic script that calls `pretune.take`: a page opened from a file may fetch nothing else."""
    return b"pretune.take(%b,%b);\n" % (json.dumps(name).encode(), to_json(value, inf_nan_mode="null"))


def json_parts(frame: pd.DataFrame) -> Iterator[bytes]:
    """A list with an object a row."""
    yield b"["
    for start in range(0, len(frame), CHUNK):
        rows: str = frame.iloc[start : start + CHUNK].to_json(orient="records", double_precision=15)
        yield (",\n" if start else "").encode() + rows[1:-1].encode()
    yield b"]\n"


def csv_parts(frame: pd.DataFrame) -> Iterator[bytes]:
    """With texts that no spreadsheet runs as a formula."""
    flat = flat_table(frame)
    table = pa.table({csv_field(name): _guarded(flat[name]) for name in flat.column_names})
    for number, batch in enumerate(table.to_batches(CHUNK) or [table]):
        buffer = io.BytesIO()
        options = pyarrow.csv.WriteOptions(include_header=number == 0, quoting_style="needed")
        pyarrow.csv.write_csv(batch, buffer, options)
        yield buffer.getvalue()


def parquet(frame: pd.DataFrame) -> bytes:
    """The frame as Parquet, mappings and lists as JSON."""
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(flat_table(frame), buffer)
    return buffer.getvalue()


def flat_table(frame: pd.DataFrame) -> pa.Table:
    """A frame whose values are numbers and texts. Mappings and lists are JSON, since their keys differ by row."""
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype == object:
            columns[name] = _texts(values.tolist())
        else:
            array = pa.Array.from_pandas(values)
            columns[name] = array.cast(pa.string()) if pa.types.is_large_string(array.type) else array
    return pa.table(columns)


def _texts(values: list[Any]) -> pa.Array:
    texts = [json_text(value) if isinstance(value, dict | list | tuple) else value for value in values]
    try:
        return pa.array(texts, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and texts in one column
        return pa.array([None if each is None or each is pd.NA or each != each else str(each) for each in texts])


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if not pa.types.is_string(column.type):
        return column
    coded = column.combine_chunks().dictionary_encode()
    words = pa.array([csv_field(word) for word in coded.dictionary.to_pylist()], type=column.type)
    return pa.DictionaryArray.from_arrays(coded.indices, words).dictionary_decode()
