"""The files of the site's data: scripts for its pages; JSON and Parquet for other programs."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from pydantic_core import to_json

from harness.findings.base import Finding, Table
from harness.report.data import json_text, json_value
from harness.report.html import distinct, slug


def file_stems(findings: Mapping[str, Finding]) -> dict[tuple[str, str], str]:
    """By finding and table, the name of the table's files: the finding's, with the table's unless that adds nothing."""
    taken: set[str] = set()
    return {
        (name, table): distinct(name if slug(table) in ("rows", name) else f"{name}-{slug(table)}", taken)
        for name, finding in findings.items()
        for table in finding.tables()
    }


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
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # numbers and texts in one column, huge integers
        return pa.array([None if each is None or each != each else str(each) for each in texts])
