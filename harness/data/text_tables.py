"""Tables of text in files: lines, CSV, TSV, JSON lines, Parquet, and Hugging Face datasets on disk.

What a file holds comes back as it stands there; what cannot be read is said with its line. Nothing is left out here.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data import DataError
from harness.data.folders import existing, unreadable
from harness.errors import nearest

LABEL, TEXT = "label", "text"
"""What the columns of files without a header are called."""


@dataclass(frozen=True)
class Table:
    """The columns of a file, each a list of values, and the line that each row ends in, where it has lines."""

    path: Path
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def column(self, name: str, argument: str) -> Sequence[Any]:
        """A column by its name; `argument` of the entry named it.

        Raises:
            DataError: with the columns that there are.
        """
        if name not in self.columns:
            if not self.columns:
                raise DataError(f"{self.path}: is empty; put rows there, below a line with the names of the columns")
            raise DataError(
                f"{self.path}: has no column '{name}'; {nearest(name, self.columns)}; name it by args.{argument}"
            )
        return self.columns[name]

    def at(self, row: int) -> str:
        """Where a row lies, for a message."""
        return f"{self.path}: line {self.lines[row]}" if self.lines else f"{self.path}: row {row + 1}"


def table(path: Path, form: str | None, encoding: str, columns: Sequence[str] | None) -> Table:
    """Reads a file by its form, which its ending tells where none is given; `columns` names those of a table without a
    header.

    Raises:
        DataError: names the file, the line where there is one, and the mend.
    """
    if existing(path).is_dir():
        return _dataset(path)
    form = form or path.suffix.lstrip(".").lower()
    if form not in FORMS:
        raise DataError(f"{path}: no form '{form}' of text is known; {nearest(form, FORMS)}; set args.form")
    return FORMS[form](path, encoding, columns)


def decoded(path: Path, encoding: str) -> str:
    """A file's text, without the mark that some programs begin UTF-8 with.

    Raises:
        DataError: names the line with bytes that are not of the encoding.
    """
    try:
        raw = path.read_bytes()
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except OSError as error:
        raise unreadable(path, error) from error
    except LookupError:
        raise DataError(f"args.encoding: no encoding '{encoding}' is known; utf-8 and latin-1 are") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}: line {line} is not {encoding} (byte {raw[error.start]:#04x}); save the file as UTF-8, or set "
            'args.encoding (encoding = "latin-1" reads any byte)'
        ) from error


def _lines(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    lines = _split(decoded(path, encoding))
    return Table(path, {TEXT: lines}, range(1, len(lines) + 1))


def _labelled_lines(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    """A label, a space, a text: the layout of TREC."""
    pairs = [line.partition(" ") for line in _split(decoded(path, encoding))]
    found = {LABEL: [one for one, _, _ in pairs], TEXT: [other for _, _, other in pairs]}
    return Table(path, found, range(1, len(pairs) + 1))


def _split(text: str) -> list[str]:
    """The lines of a text: only a line feed ends one, whatever else Unicode would have."""
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def _csv(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    return _separated(path, encoding, columns, csv.excel)


class _Tabs(csv.excel_tab):
    quoting = csv.QUOTE_NONE  # as GLUE is published: a quotation mark is one


def _tsv(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    return _separated(path, encoding, columns, _Tabs)


def _separated(path: Path, encoding: str, columns: Sequence[str] | None, dialect: type[csv.Dialect]) -> Table:
    text = decoded(path, encoding)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(io.StringIO(text, newline=""), dialect)
    try:
        names = list(columns) if columns else next(reader, [])
        rows, lines = [], []
        for row in reader:
            if len(row) != len(names) and row:
                said = "args.columns" if columns else "the header"
                raise DataError(
                    f"{path}: line {reader.line_num} has {len(row)} columns, and {said} {len(names)}; mend the line, "
                    "or quote what holds a separator"
                )
            rows.append(row or [""] * len(names))
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}; mend the line") from error
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two columns have one name ({', '.join(names)}); rename one")
    found: dict[str, Sequence[str]] = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return Table(path, found, lines)


def _jsonl(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    rows = []
    for number, line in enumerate(_split(decoded(path, encoding)), 1):
        try:
            row = json.loads(line) if line.strip() else {}
        except ValueError as error:
            raise DataError(f"{path}: line {number} is not JSON: {error}; mend the line") from error
        if not isinstance(row, dict):
            raise DataError(f'{path}: line {number} is no JSON object; write {{"text": …, "label": …}}')
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Table(path, {name: [row.get(name) for row in rows] for name in names}, range(1, len(rows) + 1))


def _parquet(path: Path, encoding: str, columns: Sequence[str] | None) -> Table:
    try:
        import pyarrow.parquet
    except ImportError:
        raise DataError(f"{path}: Parquet is read by pyarrow; pip install pyarrow") from None
    try:
        found = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}; write it again") from error
    return Table(path, {name: found[name].to_pylist() for name in found.column_names})


def _dataset(path: Path) -> Table:
    """What `save_to_disk` wrote; labels that are numbers of classes come back as the names of these."""
    if not (path / "state.json").is_file():
        mend = "name one of its parts" if (path / "dataset_dict.json").is_file() else "name a file in it"
        raise DataError(f"{path}: is a folder, and no dataset that save_to_disk wrote; {mend}")
    try:
        import datasets
    except ImportError:
        raise DataError(f"{path}: such a folder is read by datasets; pip install pretune[hf]") from None
    try:
        found = datasets.load_from_disk(str(path))
        names = {name: kind.names for name, kind in found.features.items() if isinstance(kind, datasets.ClassLabel)}
        columns = {name: found[name][:] for name in found.column_names}
    except Exception as error:  # the library raises anything of its own and of pyarrow's
        raise DataError(f"{path}: cannot be read as a dataset: {error}; save it again") from error
    for name, classes in names.items():
        columns[name] = [classes[one] if one is not None and one >= 0 else None for one in columns[name]]
    return Table(path, columns)


FORMS: Mapping[str, Callable[[Path, str, Sequence[str] | None], Table]] = {
    "txt": _lines,
    "labelled-lines": _labelled_lines,
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
"""How text lies in a file, by the ending of its name or as an entry says."""
