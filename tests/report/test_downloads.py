"""Frames as files for other programs."""

import csv
import io
import json
import math

import pandas as pd
import pyarrow.parquet

from harness.report.downloads import CHUNK, csv_parts, json_parts, parquet, script

FRAME = pd.DataFrame({
    "name": ["=1+1", "plain"], "score": [0.1, math.nan], "scores": [{"0": 0.5}, {}], "mixed": [1.5, "two"],
    "n": pd.array([3, None], dtype="Int64"),
})  # fmt: skip


def test_json_has_a_row_an_object() -> None:
    rows = json.loads(b"".join(json_parts(FRAME)))
    assert rows[0] == {"name": "=1+1", "score": 0.1, "scores": {"0": 0.5}, "mixed": 1.5, "n": 3}
    assert rows[1]["score"] is None
    assert json.loads(b"".join(json_parts(FRAME[:0]))) == []


def test_csv_has_guarded_texts() -> None:
    rows = list(csv.DictReader(io.StringIO(b"".join(csv_parts(FRAME)).decode())))
    assert rows[0] == {"name": "'=1+1", "score": "0.1", "scores": '{"0":0.5}', "mixed": "1.5", "n": "3"}
    assert rows[1]["score"] == ""


def test_parts_join_to_the_whole() -> None:
    frame = pd.DataFrame({"x": range(2 * CHUNK + 1)})
    assert [row["x"] for row in json.loads(b"".join(json_parts(frame)))] == list(range(2 * CHUNK + 1))
    assert b"".join(csv_parts(frame)).decode().split() == ['"x"', *map(str, range(2 * CHUNK + 1))]


def test_parquet_has_the_same_values() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(parquet(FRAME)))
    assert table.column("score").to_pylist() == [0.1, None]
    assert table.column("scores").to_pylist() == ['{"0":0.5}', "{}"]
    assert table.column("mixed").to_pylist() == ["1.5", "two"]


def test_a_script_holds_data_only() -> None:
    assert script("board", {"x": math.nan}) == b'pretune.take("board",{"x":null});\n'
