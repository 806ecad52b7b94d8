"""The files of the site's data: scripts for its pages; JSON and Parquet for other programs."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from pydantic_core import to_json

from harness.findings.base import Table
from harness.report.data import json_text, json_value


def script(name: str, value: Any) -> bytes:
    """Data as a classic script that calls `pretune.take`: a page opened from a file may fetch nothing else."""
    return b"pretune.take(%b,%b);\n" % (json.dumps(name).encode(), to_json(value, inf_nan_mode="null"))


def parquet(table: Table) -> bytes:
    """A table as Parquet, mappings and lists as JSON, since their keys differ by row."""
    columns = {name: _column([row.get(name) for row in table.rows]) for name in table.fields}
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _column(values: Sequence[Any]) -> pa.Array:
    texts = [json_text(json_value(value)) if isinstance(value, dict | list | tuple) else value for value in values]
    try:
        return pa.array(texts, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and texts in one column
        return pa.array([None if each is None or each != each else str(each) for each in texts])
