"""Text in files: every format, the published layouts, and bad files."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import TEST, TRAIN, TaskArrays
from harness.data.layouts import texts
from harness.data.texts import joined, unpacked
from tests.boards import ROOT
from tests.data import written
from tests.data.errors import refused

WIDTH = (64,)
LABELS = ["good", "bad"]


def example(n: int) -> tuple[str, str]:
    """A text and its label."""
    return f"text {n}, with a comma", LABELS[n % 2]


def lines(folder: Path, part: str, rows: range) -> None:
    text = "".join(f"{label} {text}\n" for text, label in map(example, rows))
    (folder / f"{part}.labelled-lines").write_text(text)


def csv(folder: Path, part: str, rows: range) -> None:
    text = "".join(f'"{text}",{label}\n' for text, label in map(example, rows))
    (folder / f"{part}.csv").write_text("text,label\n" + text)


def tsv(folder: Path, part: str, rows: range) -> None:
    (folder / f"{part}.tsv").write_text("text\tlabel\n" + "".join("\t".join(example(n)) + "\n" for n in rows))


def jsonl(folder: Path, part: str, rows: range) -> None:
    text = "".join(json.dumps(dict(zip(("text", "label"), example(n), strict=True))) + "\n" for n in rows)
    (folder / f"{part}.jsonl").write_text(text)


def parquet(folder: Path, part: str, rows: range) -> None:
    pytest.importorskip("pyarrow")
    columns = dict(zip(("text", "label"), zip(*map(example, rows), strict=True), strict=True))
    pandas.DataFrame(columns).to_parquet(folder / f"{part}.parquet")


def dataset(folder: Path, part: str, rows: range) -> None:
    datasets = pytest.importorskip("datasets")
    names = datasets.ClassLabel(names=LABELS)
    columns = {"text": [example(n)[0] for n in rows], "label": [n % 2 for n in rows]}
    features = datasets.Features({"text": datasets.Value("string"), "label": names})
    datasets.Dataset.from_dict(columns, features=features).save_to_disk(str(folder / f"{part}.dataset"))


def folders(folder: Path, part: str, rows: range) -> None:
    for n in rows:
        text, label = example(n)
        place = folder / f"{part}.folders" / label / f"{n}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text + "\n")


FORMS = [lines, csv, tsv, jsonl, parquet, dataset, folders]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_task(form: Callable[[Path, str, range], None], tmp_path: Path) -> None:
    form(tmp_path, "train", range(20))
    form(tmp_path, "test", range(20, 30))
    end = form.__name__ if form is not lines else "labelled-lines"
    result = texts.task(WIDTH, tmp_path, train=f"train.{end}", test=f"test.{end}", validation=0.2)
    assert result.classes == ["bad", "good"]
    assert sorted(unpacked(result.examples)) == sorted(example(n)[0] for n in range(30))
    labels = [result.classes[label] for label in result.labels]
    assert dict(zip(unpacked(result.examples), labels, strict=True)) == dict(map(example, range(30)))
    assert [int((result.split == part).sum()) for part in range(3)] == [16, 4, 10]
    assert result.facts == {}


@pytest.mark.parametrize("form", [csv, tsv, jsonl, parquet, dataset])
def test_every_form_gives_the_same_corpus(form: Callable[[Path, str, range], None], tmp_path: Path) -> None:
    form(tmp_path, "all", range(40))
    result = texts.corpus(WIDTH, tmp_path, train=f"all.{form.__name__}")
    assert sorted(unpacked(result.examples)) == sorted(example(n)[0] for n in range(40))
    assert result.heldout.sum() == 4


def test_a_corpus_is_all_files_of_text_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("a line\n\nanother line\nA  LINE\n")
    (tmp_path / "more").mkdir()
    csv(tmp_path / "more", "table", range(3))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    result = texts.corpus(WIDTH, tmp_path, heldout=0.2)
    assert sorted(unpacked(result.examples)) == ["a line", "another line", *(example(n)[0] for n in range(3))]
    assert result.facts == {"empty": 1, "repeated": 1}


def task_of(content: bytes, folder: Path, name: str = "train.csv", **more: Any) -> TaskArrays:
    """A task whose training part is this, and whose test part a share of it."""
    (folder / name).write_bytes(content)
    return texts.task(WIDTH, folder, **{"train": name, "validation": 0.2, "test": 0.2} | more)


GOOD = b"text,label\n" + b"".join(f"text {n},{n % 2}\n".encode() for n in range(20))


def test_skipped_and_cut_texts_are_counted(tmp_path: Path) -> None:
    long = b"x" * 1_000_000
    odd = "\u05e9\u05dc\u05d5\u05dd e\u0301 \u202eright\u202c".encode()
    result = task_of(GOOD + b"  ,1\n" + b"no label,\n" + long + b",1\n" + odd + b",0\nnu\0l,1\n", tmp_path)
    assert result.facts == {"cut": 1, "empty": 1, "with_nul": 1, "without_label": 1}
    shown = unpacked(result.examples)
    assert "x" * 64 in shown
    assert odd.decode() in shown
    assert "nu l" in shown


def test_test_texts_that_training_holds_are_counted(tmp_path: Path) -> None:
    csv(tmp_path, "train", range(20))
    csv(tmp_path, "test", range(18, 24))
    assert texts.task(WIDTH, tmp_path, train="train.csv", test="test.csv").facts == {"test_texts_in_training": 2}


@pytest.mark.parametrize(
    ("content", "more", "fields"),
    [
        (GOOD + b"caf\xe9,1\n", {}, {"place": "train.csv: line 22", "got": "byte 0xe9", "fix": "args.encoding"}),
        (GOOD, {"label": "stars"}, {"expected": "'stars', as in args.label", "got": "text, label"}),
        (GOOD, {"text": "tetx"}, {"expected": "'tetx', as in args.text", "fix": "'text'"}),
        (GOOD + b"one,two,three\n", {}, {"place": "line 22", "expected": "2 columns", "got": "3 columns"}),
        (GOOD, {"encoding": "utf-9"}, {"place": "args.encoding", "got": "'utf-9'"}),
        (GOOD, {"form": "cvs"}, {"expected": "a format", "got": "'cvs'", "fix": "'csv'"}),
        (b"text,text\na,b\n", {}, {"expected": "different names", "got": "text, text"}),
        (b"text,label\n", {}, {"expected": "texts with a label", "got": "none"}),
        (b"", {}, {"got": "an empty file", "fix": "put rows there"}),
        (GOOD + b"rare,2\n", {}, {"expected": "at least 3 texts of the class '2'", "got": "1 texts"}),
        (b'{"text": "a"}\n{"text"\n', {"form": "jsonl"}, {"place": "line 2", "expected": "JSON"}),
        (b"[1]\n", {"form": "jsonl"}, {"place": "line 1", "expected": "a JSON object", "got": "[1]"}),
        (b'{"text": 3, "label": 1}\n', {"form": "jsonl"}, {"place": "line 1", "expected": "text", "got": "3"}),
        (b'{"text": "a", "label": 0.5}\n', {"form": "jsonl"}, {"place": "line 1", "expected": "a label", "got": "0.5"}),
        (b"PAR1", {"form": "parquet"}, {"expected": "Parquet"}),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    content: bytes, more: dict[str, Any], fields: dict[str, str], tmp_path: Path
) -> None:
    with refused(**({"place": "" if "encoding" in more else "train.csv"} | fields)):
        task_of(content, tmp_path, **more)


def test_a_label_that_is_not_in_training_is_named(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text('text,label\n"two\nlines",0\nodd,7\n')
    with refused(place="test.csv: line 4", got="'7'"):
        task_of(GOOD, tmp_path, test="test.csv")


@pytest.mark.parametrize(
    ("part", "fields"),
    [("nothing.csv", {"place": "nothing.csv", "got": "nothing"}), ("../elsewhere.csv", {"got": "'../elsewhere.csv'"})],
)
def test_a_missing_part_is_named(part: str, fields: dict[str, str], tmp_path: Path) -> None:
    with refused(**fields):
        texts.task(WIDTH, tmp_path, train=part)


def published(name: str) -> dict[str, Any]:
    """The arguments of an entry of the registry."""
    result: dict[str, Any] = tomllib.loads((ROOT / "registry" / "tasks" / f"{name}.toml").read_text())
    return dict(result["args"])


def test_sst2_as_glue_publishes_it(tmp_path: Path) -> None:
    body = 'a " stray mark {n} \t{label}\n'
    for part, count in (("train", 20), ("dev", 6)):
        rows = "".join(body.format(n=f"{part} {n}", label=n % 2) for n in range(count))
        (tmp_path / f"{part}.tsv").write_text("sentence\tlabel\n" + rows)
    result = texts.task(WIDTH, tmp_path, **published("sst2"))
    assert (result.split == TEST).sum() == 6
    assert 'a " stray mark train 0' in unpacked(result.examples)


def test_ag_news_as_published(tmp_path: Path) -> None:
    for part, count in (("train", 40), ("test", 4)):
        rows = (f'"{1 + n % 4}","Title {n}, {part}","Oil ""up"" {n}"\n' for n in range(count))
        (tmp_path / f"{part}.csv").write_text("".join(rows))
    result = texts.task(WIDTH, tmp_path, **published("ag-news"))
    assert result.classes == ["1", "2", "3", "4"]
    assert 'Title 0, train\nOil "up" 0' in unpacked(result.examples)


def test_trec_as_published(tmp_path: Path) -> None:
    for name, count in (("train_5500.label", 24), ("TREC_10.label", 6)):
        rows = (f"{kind}:fine What is caf\xe9 {name} {n} ?\n" for n in range(count) for kind in ("DESC", "NUM"))
        (tmp_path / name).write_bytes("".join(rows).encode("latin-1"))
    result = texts.task(WIDTH, tmp_path, **published("trec"))
    assert result.classes == ["DESC", "NUM"]
    assert "What is caf\xe9 TREC_10.label 0 ?" in unpacked(result.examples)


def test_mnli_as_published(tmp_path: Path) -> None:
    kinds = ["entailment", "neutral", "contradiction", "-"]
    for name, count in (("multinli_1.0_train.jsonl", 40), ("multinli_1.0_dev_matched.jsonl", 8)):
        rows = (
            {
                "gold_label": kinds[n % 4],
                "sentence1": f"Premise {n}, {name}.",
                "sentence2": "So it is.",
                "genre": "fiction",
            }
            for n in range(count)
        )
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = texts.task(WIDTH, tmp_path, **published("mnli"))
    assert result.classes == ["contradiction", "entailment", "neutral"]
    assert result.facts == {"without_label": 12}
    assert "Premise 0, multinli_1.0_dev_matched.jsonl.\nSo it is." in unpacked(result.examples)


def test_the_real_trec_where_it_is_at_hand() -> None:
    if not (written.REAL / "TREC.train.all").is_file():
        pytest.skip(f"{written.REAL} is not there")
    more = published("trec") | {"train": "TREC.train.all", "test": "TREC.test.all"}
    result = texts.task((128,), written.REAL, **more)
    assert [int((result.split != TEST).sum()), int((result.split == TEST).sum())] == [5452, 500]
    assert len(result.classes) == 6
    assert result.facts["test_texts_in_training"] == 11  # one of them in other capitals


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3), st.integers(12, 40))
def test_a_pair_is_cut_where_it_is_long(parts: list[str], width: int) -> None:
    parts = [part.replace("\n", " ") for part in parts]
    shown, cut = joined(parts, width)
    assert len(shown.encode()) <= width
    result = shown.split("\n")
    assert len(result) == len(parts)
    assert all(whole.startswith(part) for whole, part in zip(parts, result, strict=True))
    assert cut == (result != parts)
    room = width - len(parts) + 1
    for whole, part in zip(parts, result, strict=True):
        if len(whole.encode()) <= room // len(parts):
            assert part == whole
        else:
            assert len(part.encode()) > room // len(parts) - 4


def test_splits_do_not_depend_on_the_folder(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    result = [task_of(GOOD, folder) for folder in (one, other)]
    assert np.array_equal(result[0].split, result[1].split)
    assert (result[0].split == TRAIN).sum() == 12
