"""Tables of text in files: lines, CSV, TSV, JSON lines, Parquet, and Hugging Face datasets on disk.

Values are returned as they are in the file; nothing is skipped. Errors name the line.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import DataError
from harness.data.folders import existing, read_error
from harness.errors import nearest

LABEL, TEXT = "label", "text"
"""The names of the columns of files without a header."""


@dataclass(frozen=True)
class Table:
    """The columns of a file, each a list of values, and the line in which each row ends, where it has lines."""

    path: Path
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def column(self, name: str, argument: str) -> Sequence[Any]:
        """The column of a name, which the entry gives by `args.<argument>`.

        Raises:
            DataError: when there is none.
        """
        if name not in self.columns:
            expected = f"a column '{name}', as in args.{argument}"
            got = f"columns {', '.join(list(self.columns)[:20])}" if self.columns else "an empty file"
            fix = nearest(name, self.columns) or "put rows there, below a line with the names of the columns"
            raise DataError(place=self.path, expected=expected, got=got, fix=fix)
        return self.columns[name]

    def place(self, row: int) -> str:
        """The place of a row in an error: file and line, or file and row."""
        return f"{self.path}: line {self.lines[row]}" if self.lines else f"{self.path}: row {row + 1}"


def read_table(path: Path, form: str | None, encoding: str, columns: Sequence[str] | None) -> Table:
    """The table of a file, or of a folder that `save_to_disk` wrote.

    Args:
        path: the file.
        form: its format, a key of `FORMATS`; by default the file's extension.
        encoding: of text formats.
        columns: the columns' names in a CSV or TSV file without a header.

    Raises:
        DataError: when the path is missing, or its content cannot be read in this format.
    """
    if existing(path).is_dir():
        return _dataset(path)
    form = form or path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        expected, fix = "a format of text, by args.form or the file's extension", nearest(form, FORMATS)
        raise DataError(place=path, expected=expected, got=f"'{form}'", fix=fix)
    return FORMATS[form](path, encoding, columns)


def decode_text(path: Path, encoding: str) -> str:
    """A file's text, without the byte order mark that some programs write before UTF-8.

    Raises:
        DataError: when the file cannot be read, the encoding is unknown, or a line is not of the encoding.
    """
    try:
        raw = path.read_bytes()
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except OSError as error:
        raise read_error(path, error) from error
    except LookupError:
        fix = "use utf-8 or latin-1"
        raise DataError(place="args.encoding", expected="an encoding", got=f"'{encoding}'", fix=fix) from None
    except UnicodeDecodeError as error:
        raise DataError(
            place=f"{path}: line {1 + raw.count(bytes([10]), 0, error.start)}",
            expected=f"text in {encoding}",
            got=f"byte {raw[error.start]:#04x}",
            fix='save the file as UTF-8, or set args.encoding (encoding = "latin-1" reads any byte)',
        ) from error


def _lines(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    lines = _split(decode_text(path, encoding))
    return Table(path, {TEXT: lines}, range(1, len(lines) + 1))


def _labelled_lines(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    """A label, a space, a text: the format of TREC."""
    pairs = [line.partition(" ") for line in _split(decode_text(path, encoding))]
    values = {LABEL: [one for one, _, _ in pairs], TEXT: [other for _, _, other in pairs]}
    return Table(path, values, range(1, len(pairs) + 1))


def _split(text: str) -> list[str]:
    """The lines of a text. Only a line feed ends a line, not the other separators of Unicode."""
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def _csv(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    return _separated(path, encoding, columns, csv.excel)


class _Tabs(csv.excel_tab):
    quoting = csv.QUOTE_NONE  # as in GLUE: a quotation mark is a character


def _tsv(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    return _separated(path, encoding, columns, _Tabs)


def _separated(path: Path, encoding: str, columns: Sequence[str] | None, dialect: type[csv.Dialect]) -> Table:
    text = decode_text(path, encoding)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(io.StringIO(text, newline=""), dialect)
    try:
        names = list(columns) if columns else next(reader, [])
        rows, lines = [], []
        for row in reader:
            if len(row) != len(names) and row:
                raise DataError(
                    place=f"{path}: line {reader.line_num}",
                    expected=f"{len(names)} columns, as in {'args.columns' if columns else 'the header'}",
                    got=f"{len(row)} columns",
                    fix="correct the line, or quote values that hold a separator",
                )
            rows.append(row or [""] * len(names))
            lines.append(reader.line_num)
    except csv.Error as error:
        place, fix = f"{path}: line {reader.line_num}", "correct the line"
        raise DataError(place=place, expected="separated values", got=str(error), fix=fix) from error
    if len(set(names)) < len(names):
        expected, got = "columns of different names", ", ".join(names)
        raise DataError(place=path, expected=expected, got=got, fix="rename a column")
    values: dict[str, Sequence[str]] = {name: [row[index] for row in rows] for index, name in enumerate(names)}
    return Table(path, values, lines)


def _jsonl(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    rows = []
    for number, line in enumerate(_split(decode_text(path, encoding)), 1):
        place = f"{path}: line {number}"
        try:
            row = json.loads(line) if line.strip() else {}
        except ValueError as error:
            raise DataError(place=place, expected="JSON", got=str(error), fix="correct the line") from error
        if not isinstance(row, dict):
            fix = 'write {"text": …, "label": …}'
            raise DataError(place=place, expected="a JSON object", got=f"{row!r:.60}", fix=fix)
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Table(path, {name: [row.get(name) for row in rows] for name in names}, range(1, len(rows) + 1))


def _parquet(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    try:
        import pyarrow.parquet
    except ImportError:
        fix = "run `pip install pyarrow`"
        raise DataError(place=path, expected="pyarrow, which reads Parquet", got="no such package", fix=fix) from None
    try:
        content = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(place=path, expected="Parquet", got=str(error), fix="write the file again") from error
    return Table(path, {name: content[name].to_pylist() for name in content.column_names})


def _dataset(path: Path) -> Table:
    """The dataset that `save_to_disk` wrote; numbers of classes are returned as the classes' names."""
    if not (path / "state.json").is_file():
        fix = "name one of its splits" if (path / "dataset_dict.json").is_file() else "name a file in it"
        expected = "a file, or a dataset that save_to_disk wrote"
        raise DataError(place=path, expected=expected, got="another folder", fix=fix)
    try:
        import datasets
    except ImportError:
        expected, fix = "datasets, which reads this folder", "run `pip install pretune[hf]`"
        raise DataError(place=path, expected=expected, got="no such package", fix=fix) from None
    try:
        content = datasets.load_from_disk(str(path))
        names = {name: kind.names for name, kind in content.features.items() if isinstance(kind, datasets.ClassLabel)}
        columns = {name: content[name][:] for name in content.column_names}
    except Exception as error:  # the library raises errors of its own and of pyarrow
        raise DataError(place=path, expected="a dataset", got=str(error), fix="save it again") from error
    for name, classes in names.items():
        columns[name] = [classes[one] if one is not None and one >= 0 else None for one in columns[name]]
    return Table(path, columns)


FORMATS: Mapping[str, Callable[[Path, str, Sequence[str] | None], Table]] = {
    "txt": _lines,
    "labelled-lines": _labelled_lines,
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
"""Readers by format. The format is inferred from the file's extension unless the entry sets `args.form`."""
