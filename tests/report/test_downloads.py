"""The files of the site's data."""

import io
import math

import pyarrow.parquet

from harness.findings.base import Column, Table
from harness.report.downloads import parquet, script

TABLE = Table(
    [Column(name) for name in ("name", "score", "scores", "mixed", "n")],
    [
        {"name": "=1+1", "score": 0.1, "scores": {0: 0.5}, "mixed": 1.5, "n": 3},
        {"name": "plain", "score": math.nan, "scores": [1.0, math.inf], "mixed": "two", "n": None},
    ],
)


def test_parquet_has_the_same_values() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(parquet(TABLE)))
    assert table.column("score").to_pylist() == [0.1, None]
    assert table.column("scores").to_pylist() == ['{"0":0.5}', "[1.0,null]"]
    assert table.column("mixed").to_pylist() == ["1.5", "two"]
    assert table.column("n").to_pylist() == [3, None]


def test_a_script_hands_data_to_the_page() -> None:
    text = script("board/rows", {"x": [1, math.nan]}).decode()
    assert text == 'pretune.take("board/rows",{"x":[1,null]});\n'
