"""Text in files: lines, CSV, TSV, JSON lines, Parquet, and Hugging Face datasets on disk.

    entry = "harness.data.layouts.texts:task"
    files = "reviews"
    args = { train = "train.csv", test = "test.csv", text = "review", label = "stars" }

Parts are files, splits of a dataset, folders `<class>/*.txt` with a text a file, or shares of the training examples.
`text` names one column or several; several become one line each. White space and NULs become single spaces; nothing
else changes. Texts that are too long are cut between characters, the lines of a pair alike. Texts that are empty or
have no label are skipped. The facts count skipped and cut texts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.data import TEST, TRAIN, CorpusArrays, DataError, TaskArrays, splits
from harness.data.folders import below, walk
from harness.data.text_tables import FORMATS, LABEL, TEXT, Table, decode_text, read_table
from harness.data.texts import distinct, joined, packed

Shape = tuple[int]


@dataclass(frozen=True)
class Reading:
    """How to read the entry's files, from its `args`."""

    text: Sequence[str]
    label: str | None
    form: str | None
    encoding: str
    columns: Sequence[str] | None
    unlabelled: str | None = None
    until: str | None = None


@dataclass
class Part:
    """The texts of a part, each a list of its columns, with their labels and places; and counts of skipped texts."""

    texts: list[list[str]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)

    def add(self, texts: list[str], label: str | None, place: str) -> None:
        """Adds an example, or counts it as skipped."""
        self.facts["with_nul"] += any("\0" in each for each in texts)
        texts = [" ".join(each.replace("\0", " ").split()) for each in texts]
        if not any(texts):
            self.facts["empty"] += 1
        elif label is None:
            self.facts["without_label"] += 1
        else:
            self.texts.append(texts)
            self.labels.append(label)
            self.places.append(place)


def task(
    shape: Shape,
    folder: Path,
    train: str = "train",
    validation: str | float = 0.1,
    test: str | float = "test",
    text: str | list[str] = TEXT,
    label: str = LABEL,
    form: str | None = None,
    encoding: str = "utf-8",
    columns: list[str] | None = None,
    unlabelled: str | None = None,
    until: str | None = None,
) -> TaskArrays:
    """Classification of texts or of pairs.

    Args:
        shape: the most bytes of a text.
        folder: the entry's files.
        train, validation, test: a file, a folder, or a share of the training examples.
        text, label: the columns.
        form: the files' format; by default their extension.
        encoding: of text formats.
        columns: the columns' names in a table without a header.
        unlabelled: the label that means "no label".
        until: the text before which a label is cut: "DESC:manner" becomes "DESC" with ":".

    Raises:
        DataError: when a file is missing or cannot be read, or a part lacks a label.
    """
    reading = Reading(_names(text), label, form, encoding, columns, unlabelled, until)
    located, drawn = splits.own_parts(train, validation, test), splits.shares(validation, test)
    parts = {part: _part(folder, name, reading) for part, name in located.items()}
    classes = sorted({name for one in parts.values() for name in one.labels})
    _check_labels(parts)
    splits.check_class_counts(parts[TRAIN].labels, classes, 1 + len(drawn), str(folder / located[TRAIN]), "texts")
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[name] for one in parts.values() for name in one.labels], dtype=np.int64)
    split = splits.draw_split(splits.origins({part: one.labels for part, one in parts.items()}), labels, drawn)
    texts = [each for one in parts.values() for each in one.texts]
    rows, facts = _rows(texts, shape[0], [one.facts for one in parts.values()])
    if copies := _test_copies(texts, split):
        facts["test_texts_in_training"] = copies
    return TaskArrays(rows, labels, split, np.arange(len(rows)), classes, facts)


def corpus(
    shape: Shape,
    folder: Path,
    train: str = ".",
    heldout: float = splits.HELDOUT_SHARE,
    text: str | list[str] = TEXT,
    form: str | None = None,
    encoding: str = "utf-8",
    columns: list[str] | None = None,
) -> CorpusArrays:
    """All distinct texts of a file, or of every file of text below a folder; a share is held out.

    Raises:
        DataError: when a file is missing or cannot be read, or there is no text.
    """
    reading = Reading(_names(text), None, form, encoding, columns)
    path = folder if train == "." else below(folder, train)
    parts = [_read(read_table(file, form, encoding, columns), reading) for file in _files(path, form)]
    texts = [each for one in parts for each in one.texts]
    if not texts:
        raise DataError(place=path, expected="texts", got="none", fix="put some there")
    keep = distinct("\n".join(each) for each in texts)
    counts = Counter({"repeated": len(texts) - len(keep)})
    rows, facts = _rows([texts[row] for row in keep], shape[0], [*(one.facts for one in parts), counts])
    return CorpusArrays(rows, splits.draw_heldout(np.zeros(len(rows), dtype=np.int64), heldout), facts=facts)


def _names(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def _part(folder: Path, name: str, reading: Reading) -> Part:
    path = folder if name == "." else below(folder, name)
    is_dataset = (path / "state.json").is_file() or (path / "dataset_dict.json").is_file()
    if path.is_dir() and not is_dataset:
        part = _read_folders(path, reading)
    else:
        part = _read(read_table(path, reading.form, reading.encoding, reading.columns), reading)
    if not part.texts:
        raise DataError(place=path, expected="texts with a label", got="none", fix="put some there")
    return part


def _read_folders(path: Path, reading: Reading) -> Part:
    """Texts whose folder is their class, a file each: `<class>/.../*.txt`."""
    names = sorted(name for name in walk(path).files if name.endswith(".txt"))
    if outside := next((name for name in names if "/" not in name), None):
        expected, got = "a text in a class's folder", "a text outside of them"
        fix = "move it to a class's folder, or name a file as the part"
        raise DataError(place=path / outside, expected=expected, got=got, fix=fix)
    if not names:
        fix = "put them there, or name a file as the part"
        raise DataError(place=path, expected="files <class>/*.txt", got="none", fix=fix)
    part = Part()
    for name in names:
        part.add([decode_text(path / name, reading.encoding)], name.partition("/")[0], str(path / name))
    return part


def _read(source: Table, reading: Reading) -> Part:
    fields = [source.column(name, "text") for name in reading.text]
    labels = source.column(reading.label, "label") if reading.label else [None] * len(source)
    part = Part()
    for row, values in enumerate(zip(*fields, strict=True)):
        place = source.place(row)
        if wrong := next((each for each in values if not isinstance(each, str | None)), None):
            fix = "name a column of text in args.text"
            raise DataError(place=place, expected="text", got=f"{wrong!r:.60}", fix=fix)
        label = _label(labels[row], reading, place) if reading.label else ""
        part.add([each or "" for each in values], label, place)
    return part


def _label(value: Any, reading: Reading, place: str) -> str | None:
    if isinstance(value, list | dict | float):
        expected, fix = "a label that is a name or a whole number", "name another column in args.label"
        raise DataError(place=place, expected=expected, got=f"{value!r:.60}", fix=fix)
    name = "" if value is None else str(value).strip()
    if reading.until:
        name = name.partition(reading.until)[0]
    return None if name in ("", reading.unlabelled) else name


def _check_labels(parts: Mapping[int, Part]) -> None:
    """Checks that every label of another part is in the training part."""
    trained = set(parts[TRAIN].labels)
    for part, one in parts.items():
        for label, place in zip(one.labels, one.places, strict=True):
            if label not in trained:
                expected, fix = "a label of the training part", "correct it, or remove the examples of this label"
                got = f"'{label}', which is in the {splits.NAMES[part]} part only"
                raise DataError(place=place, expected=expected, got=got, fix=fix)


def _rows(texts: list[list[str]], width: int, counts: Sequence[Counter[str]]) -> tuple[np.ndarray, dict[str, int]]:
    """uint8 (N, width), and all counts above 0."""
    shown = [joined(each, width) for each in texts]
    rows, _ = packed([one for one, _ in shown], width)
    facts = sum(counts, Counter({"cut": sum(cut for _, cut in shown)}))
    return rows, {name: count for name, count in sorted(facts.items()) if count}


def _test_copies(texts: list[list[str]], split: np.ndarray) -> int:
    """The number of test texts that training or validation has too; case does not count."""
    bare = [" ".join(each).casefold() for each in texts]
    trained = {bare[row] for row in np.flatnonzero(split != TEST)}
    return sum(bare[row] in trained for row in np.flatnonzero(split == TEST))


def _files(path: Path, form: str | None) -> list[Path]:
    """The file or dataset itself; of a folder all files of text below it."""
    if not path.is_dir() or (path / "state.json").is_file():
        return [path]
    known = (f".{form}",) if form else tuple(f".{each}" for each in FORMATS)
    names = sorted(name for name in walk(path).files if name.endswith(known))
    if not names:
        expected, fix = f"files that end in {', '.join(known)}", "put some there, or name one"
        raise DataError(place=path, expected=expected, got="none", fix=fix)
    return [path / name for name in names]
