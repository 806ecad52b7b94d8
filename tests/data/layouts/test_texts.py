"""Text in files: every form, the published layouts, and what is wrong with files."""

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

from harness.data import TEST, TRAIN, DataError, TaskArrays
from harness.data.layouts import texts
from harness.data.texts import joined, unpacked
from tests.boards import ROOT
from tests.data import written

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
    found = texts.task(WIDTH, tmp_path, train=f"train.{end}", test=f"test.{end}", validation=0.2)
    assert found.classes == ["bad", "good"]
    assert sorted(unpacked(found.examples)) == sorted(example(n)[0] for n in range(30))
    labels = [found.classes[label] for label in found.labels]
    assert dict(zip(unpacked(found.examples), labels, strict=True)) == dict(map(example, range(30)))
    assert [int((found.split == part).sum()) for part in range(3)] == [16, 4, 10]
    assert found.facts == {}


@pytest.mark.parametrize("form", [csv, tsv, jsonl, parquet, dataset])
def test_every_form_gives_the_same_corpus(form: Callable[[Path, str, range], None], tmp_path: Path) -> None:
    form(tmp_path, "all", range(40))
    found = texts.corpus(WIDTH, tmp_path, train=f"all.{form.__name__}")
    assert sorted(unpacked(found.examples)) == sorted(example(n)[0] for n in range(40))
    assert found.heldout.sum() == 4


def test_a_corpus_is_all_files_of_text_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("a line\n\nanother line\nA  LINE\n")
    (tmp_path / "more").mkdir()
    csv(tmp_path / "more", "table", range(3))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    found = texts.corpus(WIDTH, tmp_path, heldout=0.2)
    assert sorted(unpacked(found.examples)) == ["a line", "another line", *(example(n)[0] for n in range(3))]
    assert found.facts == {"empty": 1, "repeated": 1}


def task_of(content: bytes, folder: Path, name: str = "train.csv", **more: Any) -> TaskArrays:
    """A task whose training part is this, and whose test part a share of it."""
    (folder / name).write_bytes(content)
    return texts.task(WIDTH, folder, **{"train": name, "validation": 0.2, "test": 0.2} | more)


GOOD = b"text,label\n" + b"".join(f"text {n},{n % 2}\n".encode() for n in range(20))


def test_what_is_left_out_and_cut_is_counted(tmp_path: Path) -> None:
    long = b"x" * 1_000_000
    odd = "\u05e9\u05dc\u05d5\u05dd e\u0301 \u202eright\u202c".encode()
    found = task_of(GOOD + b"  ,1\n" + b"no label,\n" + long + b",1\n" + odd + b",0\nnu\0l,1\n", tmp_path)
    assert found.facts == {"cut": 1, "empty": 1, "with_nul": 1, "without_label": 1}
    shown = unpacked(found.examples)
    assert "x" * 64 in shown
    assert odd.decode() in shown
    assert "nu l" in shown


def test_test_texts_that_training_holds_are_counted(tmp_path: Path) -> None:
    csv(tmp_path, "train", range(20))
    csv(tmp_path, "test", range(18, 24))
    assert texts.task(WIDTH, tmp_path, train="train.csv", test="test.csv").facts == {"test_texts_in_training": 2}


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (GOOD + b"caf\xe9,1\n", {}, "train.csv: line 22 is not utf-8 (byte 0xe9); save the file as UTF-8, or set"),
        (GOOD, {"label": "stars"}, "has no column 'stars'; valid: label, text; name it by args.label"),
        (GOOD, {"text": "tetx"}, "has no column 'tetx'; did you mean 'text'?; name it by args.text"),
        (GOOD + b"one,two,three\n", {}, "line 22 has 3 columns, and the header 2; mend the line"),
        (GOOD, {"encoding": "utf-9"}, "args.encoding: no encoding 'utf-9' is known"),
        (GOOD, {"form": "cvs"}, "no form 'cvs' of text is known; did you mean 'csv'?"),
        (b"text,text\na,b\n", {}, "two columns have one name"),
        (b"text,label\n", {}, "holds no text with a label"),
        (b"", {}, "train.csv: is empty; put rows there"),
        (GOOD + b"rare,2\n", {}, "train.csv: has 1 texts of the class '2', and needs at least 3"),
        (b'{"text": "a"}\n{"text"\n', {"form": "jsonl"}, "line 2 is not JSON"),
        (b"[1]\n", {"form": "jsonl"}, "line 1 is no JSON object"),
        (b'{"text": 3, "label": 1}\n', {"form": "jsonl"}, "line 1: 3 is no text"),
        (b'{"text": "a", "label": 0.5}\n', {"form": "jsonl"}, "line 1: the label is 0.5, and has to be a name"),
        (b"PAR1", {"form": "parquet"}, "cannot be read as Parquet"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(content: bytes, more: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as said:
        task_of(content, tmp_path, **more)
    assert words in str(said.value)


def test_a_label_that_is_never_trained_on_is_said(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text('text,label\n"two\nlines",0\nodd,7\n')
    with pytest.raises(DataError, match=r"test\.csv: line 4: the label '7' stands in the test part only"):
        task_of(GOOD, tmp_path, test="test.csv")


@pytest.mark.parametrize(
    ("part", "words"), [("nothing.csv", "nothing.csv: no such file or folder; put"), ("../elsewhere.csv", "leads out")]
)
def test_a_part_that_is_not_there_is_said(part: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        texts.task(WIDTH, tmp_path, train=part)


def published(name: str) -> dict[str, Any]:
    """The arguments of an entry of the registry."""
    found: dict[str, Any] = tomllib.loads((ROOT / "registry" / "tasks" / f"{name}.toml").read_text())
    return dict(found["args"])


def test_sst2_as_glue_publishes_it(tmp_path: Path) -> None:
    body = 'a " stray mark {n} \t{label}\n'
    for part, count in (("train", 20), ("dev", 6)):
        rows = "".join(body.format(n=f"{part} {n}", label=n % 2) for n in range(count))
        (tmp_path / f"{part}.tsv").write_text("sentence\tlabel\n" + rows)
    found = texts.task(WIDTH, tmp_path, **published("sst2"))
    assert (found.split == TEST).sum() == 6
    assert 'a " stray mark train 0' in unpacked(found.examples)


def test_ag_news_as_published(tmp_path: Path) -> None:
    for part, count in (("train", 40), ("test", 4)):
        rows = (f'"{1 + n % 4}","Title {n}, {part}","Oil ""up"" {n}"\n' for n in range(count))
        (tmp_path / f"{part}.csv").write_text("".join(rows))
    found = texts.task(WIDTH, tmp_path, **published("ag-news"))
    assert found.classes == ["1", "2", "3", "4"]
    assert 'Title 0, train\nOil "up" 0' in unpacked(found.examples)


def test_trec_as_published(tmp_path: Path) -> None:
    for name, count in (("train_5500.label", 24), ("TREC_10.label", 6)):
        rows = (f"{kind}:fine What is caf\xe9 {name} {n} ?\n" for n in range(count) for kind in ("DESC", "NUM"))
        (tmp_path / name).write_bytes("".join(rows).encode("latin-1"))
    found = texts.task(WIDTH, tmp_path, **published("trec"))
    assert found.classes == ["DESC", "NUM"]
    assert "What is caf\xe9 TREC_10.label 0 ?" in unpacked(found.examples)


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
    found = texts.task(WIDTH, tmp_path, **published("mnli"))
    assert found.classes == ["contradiction", "entailment", "neutral"]
    assert found.facts == {"without_label": 12}
    assert "Premise 0, multinli_1.0_dev_matched.jsonl.\nSo it is." in unpacked(found.examples)


def test_the_real_trec_where_it_is_at_hand() -> None:
    if not (written.REAL / "TREC.train.all").is_file():
        pytest.skip(f"{written.REAL} is not there")
    more = published("trec") | {"train": "TREC.train.all", "test": "TREC.test.all"}
    found = texts.task((128,), written.REAL, **more)
    assert [int((found.split != TEST).sum()), int((found.split == TEST).sum())] == [5452, 500]
    assert len(found.classes) == 6
    assert found.facts["test_texts_in_training"] == 11  # one of them in other capitals


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3), st.integers(12, 40))
def test_a_pair_is_cut_where_it_is_long(parts: list[str], width: int) -> None:
    parts = [part.replace("\n", " ") for part in parts]
    shown, cut = joined(parts, width)
    assert len(shown.encode()) <= width
    found = shown.split("\n")
    assert len(found) == len(parts)
    assert all(whole.startswith(part) for whole, part in zip(parts, found, strict=True))
    assert cut == (found != parts)
    room = width - len(parts) + 1
    for whole, part in zip(parts, found, strict=True):
        if len(whole.encode()) <= room // len(parts):
            assert part == whole
        else:
            assert len(part.encode()) > room // len(parts) - 4


def test_splits_do_not_depend_on_where_files_lie(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    found = [task_of(GOOD, folder) for folder in (one, other)]
    assert np.array_equal(found[0].split, found[1].split)
    assert (found[0].split == TRAIN).sum() == 12
