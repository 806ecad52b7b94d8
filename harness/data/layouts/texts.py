"""Text in files: lines, CSV, TSV, JSON lines, Parquet, and Hugging Face datasets on disk.

    entry = "harness.data.layouts.texts:task"
    files = "reviews"
    args = { train = "train.csv", test = "test.csv", text = "review", label = "stars" }

Parts are files (or, of a dataset, its splits; or folders `<class>/*.txt`, a text a file) or shares of the training
examples. `text` names the column that is read, or several: a pair is then two lines, each cut alike where both are too
long. White space and NULs become single spaces; all else is left as it is, whatever its script or direction, and a cut
falls between characters. What is empty or has no label is left out; that, and what is cut, is counted in the record.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.data import TEST, TRAIN, CorpusArrays, DataError, TaskArrays, splits
from harness.data.folders import below, walk
from harness.data.text_tables import FORMS, LABEL, TEXT, Table, decoded, table
from harness.data.texts import distinct, joined, packed

Shape = tuple[int]


@dataclass(frozen=True)
class Reading:
    """How the entry says that its files are to be read."""

    text: Sequence[str]
    label: str | None
    form: str | None
    encoding: str
    columns: Sequence[str] | None
    unlabelled: str | None = None
    until: str | None = None


@dataclass
class Read:
    """The texts of a part, each its columns, with their labels and where each lies; and what was left out."""

    texts: list[list[str]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)


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
    """Classification of texts or of pairs. `columns` names those of a table without a header; `unlabelled` is the label
    that stands for none; a label counts up to `until` ("DESC:manner" up to ":").

    Raises:
        DataError: names the file, the line where there is one, and the mend.
    """
    reading = Reading(_names(text), label, form, encoding, columns, unlabelled, until)
    named, wanted = splits.places(train, validation, test), splits.shares(validation, test)
    found = {part: _part(folder, place, reading) for part, place in named.items()}
    classes = sorted({name for one in found.values() for name in one.labels})
    _check_labels(found)
    splits.check_covers(found[TRAIN].labels, classes, 1 + len(wanted), str(folder / named[TRAIN]), "texts")
    numbers = {name: number for number, name in enumerate(classes)}
    labels = np.array([numbers[name] for one in found.values() for name in one.labels], dtype=np.int64)
    split = splits.drawn(splits.origins({part: one.labels for part, one in found.items()}), labels, wanted)
    texts = [each for one in found.values() for each in one.texts]
    rows, facts = _rows(texts, shape[0], [one.facts for one in found.values()])
    if among := _among(texts, split):
        facts["test_texts_in_training"] = among
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
        DataError: names the file, the line where there is one, and the mend.
    """
    reading = Reading(_names(text), None, form, encoding, columns)
    place = folder if train == "." else below(folder, train)
    found = [_read(table(path, form, encoding, columns), reading) for path in _files(place, form)]
    texts = [each for one in found for each in one.texts]
    if not texts:
        raise DataError(f"{place}: holds no text; put some there")
    keep = distinct("\n".join(each) for each in texts)
    counts = Counter({"repeated": len(texts) - len(keep)})
    rows, facts = _rows([texts[row] for row in keep], shape[0], [*(one.facts for one in found), counts])
    return CorpusArrays(rows, splits.heldout(np.zeros(len(rows), dtype=np.int64), heldout), facts=facts)


def _names(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def _part(folder: Path, place: str, reading: Reading) -> Read:
    path = folder if place == "." else below(folder, place)
    is_dataset = (path / "state.json").is_file() or (path / "dataset_dict.json").is_file()
    if path.is_dir() and not is_dataset:
        found = _of_folders(path, reading)
    else:
        found = _read(table(path, reading.form, reading.encoding, reading.columns), reading)
    if not found.texts:
        raise DataError(f"{path}: holds no text with a label; put some there")
    return found


def _of_folders(path: Path, reading: Reading) -> Read:
    """Texts whose folder is their class, a file each: `<class>/.../*.txt`."""
    names = sorted(name for name in walk(path).files if name.endswith(".txt"))
    if outside := next((name for name in names if "/" not in name), None):
        raise DataError(f"{path / outside}: lies in no class's folder; move it to one, or name a file as the part")
    if not names:
        raise DataError(f"{path}: holds no <class>/*.txt; put them there, or name a file as the part")
    found = Read()
    for name in names:
        _add(found, [decoded(path / name, reading.encoding)], name.partition("/")[0], str(path / name))
    return found


def _read(source: Table, reading: Reading) -> Read:
    fields = [source.column(name, "text") for name in reading.text]
    labels = source.column(reading.label, "label") if reading.label else [None] * len(source)
    found = Read()
    for row, values in enumerate(zip(*fields, strict=True)):
        if wrong := next((each for each in values if not isinstance(each, str | None)), None):
            raise DataError(f"{source.at(row)}: {wrong!r:.60} is no text; name a column of text by args.text")
        label = _label(labels[row], reading, source.at(row)) if reading.label else ""
        _add(found, [each or "" for each in values], label, source.at(row))
    return found


def _label(value: Any, reading: Reading, where: str) -> str | None:
    if isinstance(value, list | dict | float):
        raise DataError(f"{where}: the label is {value!r:.60}, and has to be a name or a whole number")
    name = "" if value is None else str(value).strip()
    if reading.until:
        name = name.partition(reading.until)[0]
    return None if name in ("", reading.unlabelled) else name


def _add(found: Read, texts: list[str], label: str | None, where: str) -> None:
    found.facts["with_nul"] += any("\0" in each for each in texts)
    texts = [" ".join(each.replace("\0", " ").split()) for each in texts]
    if not any(texts):
        found.facts["empty"] += 1
    elif label is None:
        found.facts["without_label"] += 1
    else:
        found.texts.append(texts)
        found.labels.append(label)
        found.places.append(where)


def _check_labels(found: Mapping[int, Read]) -> None:
    """Every label is trained on."""
    trained = set(found[TRAIN].labels)
    for part, one in found.items():
        for label, where in zip(one.labels, one.places, strict=True):
            if label not in trained:
                raise DataError(
                    f"{where}: the label '{label}' stands in the {splits.NAMES[part]} part only, and cannot be learnt; "
                    "mend it, or take its examples out"
                )


def _rows(texts: list[list[str]], width: int, counts: Sequence[Counter[str]]) -> tuple[np.ndarray, dict[str, int]]:
    shown = [joined(each, width) for each in texts]
    rows, _ = packed([one for one, _ in shown], width)
    facts = sum(counts, Counter({"cut": sum(cut for _, cut in shown)}))
    return rows, {name: count for name, count in sorted(facts.items()) if count}


def _among(texts: list[list[str]], split: np.ndarray) -> int:
    bare = [" ".join(each).casefold() for each in texts]
    trained = {bare[row] for row in np.flatnonzero(split != TEST)}
    return sum(bare[row] in trained for row in np.flatnonzero(split == TEST))


def _files(place: Path, form: str | None) -> list[Path]:
    """A file or dataset itself; of a folder all files of text below."""
    if not place.is_dir() or (place / "state.json").is_file():
        return [place]
    known = (f".{form}",) if form else tuple(f".{each}" for each in FORMS)
    names = sorted(name for name in walk(place).files if name.endswith(known))
    if not names:
        raise DataError(f"{place}: holds no file that ends in {', '.join(known)}; put some there, or name one")
    return [place / name for name in names]
