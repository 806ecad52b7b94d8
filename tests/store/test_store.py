"""The store loses, drops and changes no record, whatever happens to its files."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BoardError
from harness.store import Record, Store
from harness.store.lines import line
from harness.store.record import LINE_BYTES, Outcome
from harness.store.segments import SIDECAR
from harness.trial import Trial
from tests.store.builders import ENVIRONMENT, NET, record, text

MESSAGES = st.none() | st.text(max_size=3000)
FIGURES = st.dictionaries(
    st.text(min_size=1, max_size=12), st.floats(allow_nan=False, allow_infinity=False), max_size=5
)
RECORDS = st.builds(
    record,
    seed=st.integers(0, 6),
    status=st.sampled_from(["ok", "oom", "diverged", "timeout", "crash", "error", "data", "interrupted"]),
    started=st.integers(0, 59).map(lambda second: f"2026-01-01T00:00:{second:02}.000Z"),
    metrics=FIGURES,
    message=MESSAGES,
)


def store_of(folder: Path, *records: Record, sidecar: dict | None = None) -> Store:
    """A store that one sweep wrote."""
    with Store(folder).writer("quick", ENVIRONMENT) as writer:
        for one in records:
            writer.append(one, sidecar)
    return Store(folder)


def segment(folder: Path) -> Path:
    (path,) = (each for each in folder.glob("*/*.jsonl") if SIDECAR not in each.name)
    return path


@given(st.lists(RECORDS, max_size=8))
def test_written_records_are_read(records: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(Path(folder), *records)
        assert {text(one) for one in store.all()} == {text(one) for one in records}
        assert [one.started for one in store.all()] != [] or not records
        assert not [problem for problem in store.check() if "spec" in problem.text]


@given(st.lists(RECORDS, min_size=1, max_size=5), st.data())
def test_any_cut_loses_at_most_the_line_that_is_cut(records: list[Record], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store_of(folder, *records)
        path = segment(folder)
        whole = path.read_bytes()
        end = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:end])
        store = Store(folder)
        left = {text(one) for one in store.all()}
        complete = whole[:end].count(b"\n") + (not whole[:end].endswith(b"\n") and whole[end : end + 1] == b"\n")
        assert left == {text(one) for one in records[: max(0, complete - 1)]}
        assert not any(problem.harmful for problem in store.check() if "line" in problem.text)


@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
def test_any_changed_byte_is_noticed(records: list[Record], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store_of(folder, *records)
        path = segment(folder)
        whole = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(whole) - 2).filter(lambda index: whole[index] != 10))
        whole[place] ^= data.draw(st.integers(1, 127))
        path.write_bytes(bytes(whole))
        store = Store(folder)
        kept = {text(one) for one in store.all()}
        assert kept <= {text(one) for one in records}
        assert kept == {text(one) for one in records} or store.check()


def test_side_by_side_files_are_merged_and_copies_count_once(tmp_path: Path) -> None:
    store_of(tmp_path / "one", record(0), record(1))
    store_of(tmp_path / "other", record(2))
    for path in (tmp_path / "other").glob("*/*"):
        path.rename(tmp_path / "one" / "quick" / path.name)
    for path in list((tmp_path / "one" / "quick").glob("*.jsonl")):
        path.with_name(f"copy-{path.name}").write_bytes(path.read_bytes())
    assert sorted(one.seed for one in Store(tmp_path / "one").all()) == [0, 1, 2]


def test_the_earliest_ok_record_counts(tmp_path: Path) -> None:
    early = record(0, metrics={"loss": 1.0}, started="2026-01-02T00:00:00.000Z")
    store_of(tmp_path, record(0, metrics={"loss": 2.0}, started="2026-01-03T00:00:00.000Z"))
    store_of(tmp_path, early, record(0, status="crash", started="2026-01-01T00:00:00.000Z"))
    store = Store(tmp_path)
    first = store.first_ok(early.key)
    assert first is not None
    assert first.metrics == {"loss": 1.0}
    assert len(store.records(early.key)) == 3


def test_a_retracted_record_stays_on_disk_and_no_longer_counts(tmp_path: Path) -> None:
    store = store_of(tmp_path, record(0), record(1))
    before = segment(tmp_path).read_bytes()
    assert store.retract([record(0).key], "the power failed") == 1
    assert [one.seed for one in store.all()] == [1]
    assert [one.seed for one in Store(tmp_path).all()] == [1]
    assert [path.read_bytes() for path in tmp_path.glob("*/*.jsonl") if path.read_bytes() == before]
    assert "the power failed" in "".join(path.read_text() for path in tmp_path.glob("*/*.jsonl"))
    assert not any(problem.harmful for problem in Store(tmp_path).check())


def test_several_trials_are_retracted_together_or_none_is(tmp_path: Path) -> None:
    store = store_of(tmp_path, record(0), record(1), record(2))
    with pytest.raises(BoardError) as error:
        store.retract([record(0).key, record(3).key], "wrong")
    assert error.value.expected == "a record"
    assert len(Store(tmp_path)) == 3
    assert store.retract([record(0).key, record(2).key, record(0).key], "wrong") == 2
    assert [one.seed for one in Store(tmp_path).all()] == [1]
    assert Store(tmp_path).retracted == {record(0).key: "wrong", record(2).key: "wrong"}
    assert len(list(tmp_path.glob("*/*.jsonl"))) == 3


def test_a_retracted_record_is_no_problem(tmp_path: Path) -> None:
    store = store_of(tmp_path, record(0, environment="1" * 16), record(1))
    (problem,) = store.check()
    assert problem.trial == record(0).key
    store.retract([record(0).key], "wrong")
    assert Store(tmp_path).check() == []


@pytest.mark.parametrize("place", ["other/quick", "."])
def test_a_segment_outside_the_folder_of_a_suite_is_a_problem(tmp_path: Path, place: str) -> None:
    store_of(tmp_path, record(0))
    path = segment(tmp_path)
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    copied = tmp_path / place / path.name
    copied.write_bytes(path.read_bytes())
    (problem,) = Store(tmp_path).check()
    assert (problem.path, problem.harmful) == (copied, False)
    assert f"{tmp_path}/<suite>/" in str(problem)


def test_a_trial_that_is_recorded_again_counts_after_its_retraction(tmp_path: Path) -> None:
    store_of(tmp_path, record(0)).retract([record(0).key], "wrong")
    again = record(0, started="2026-02-01T00:00:00.000Z")
    store_of(tmp_path, again)
    assert [text(one) for one in Store(tmp_path).all()] == [text(again)]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_retraction_needs_a_reason(tmp_path: Path, reason: str) -> None:
    with pytest.raises(BoardError) as error:
        store_of(tmp_path, record(0)).retract([record(0).key], reason)
    assert error.value.place == "--reason"


def test_a_trial_without_a_record_cannot_be_retracted(tmp_path: Path) -> None:
    with pytest.raises(BoardError) as error:
        store_of(tmp_path).retract(["0" * 64], "wrong")
    assert (error.value.place, error.value.expected) == (f"trial {'0' * 16}", "a record")


def test_repair_moves_bad_lines_and_keeps_them(tmp_path: Path) -> None:
    store_of(tmp_path, record(0), record(1))
    path = segment(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    broken = lines[1].replace(b'"seed":0', b'"seed":5')
    path.write_bytes(lines[0] + broken + b"\xff\xfe not even text\n" + lines[2] + b'{"sum":"cut sh')
    store = Store(tmp_path)
    assert [problem.harmful for problem in store.check()] == [True, True, False]
    assert [problem.torn for problem in store.check()] == [False, False, True]
    assert "checksum" in str(store.check()[0])
    assert str(path) in store.repair()[0]
    repaired = Store(tmp_path)
    assert [one.seed for one in repaired.all()] == [1]
    assert repaired.check() == []
    assert repaired.repair() == []
    rejected = path.with_name(f"{path.name}.rejected").read_bytes()
    assert broken in rejected
    assert b'{"sum":"cut sh' in rejected


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spec": {"kind": "other"}}, "key"),
        ({"environment": "1" * 16}, "environment"),
        ({"checkpoint": None}, "checkpoint"),
        ({"kind": "adapt", "role": "reported"}, "test examples"),
    ],
)
def test_check_compares_records_with_their_files(tmp_path: Path, change: dict, words: str) -> None:
    content = {name: value for name, value in (record(0).content() | change).items() if value is not None}
    (problem,) = store_of(tmp_path, Record(**content)).check()
    assert problem.harmful
    assert words in problem.text


def test_a_record_of_a_later_schema_is_a_problem_with_its_schema(tmp_path: Path) -> None:
    store_of(tmp_path, record(0))
    path = segment(tmp_path)
    with path.open("ab") as file:
        file.write(line("record", record(1).content() | {"schema": 2}))
    (problem,) = Store(tmp_path).check()
    assert "got 2" in problem.text


def test_a_whole_line_is_read_however_it_is_written(tmp_path: Path) -> None:
    store_of(tmp_path, record(0, metrics={"loss": 1e22}, message="Größe"), record(1))
    path = segment(tmp_path)
    before = [text(one) for one in Store(tmp_path).all()]
    loose = [
        json.dumps(dict(reversed(json.loads(line).items())), indent=None) for line in path.read_text().splitlines()
    ]
    path.write_text("\r\n".join(loose) + "\n")
    assert [text(one) for one in Store(tmp_path).all()] == before
    assert Store(tmp_path).check() == []


def test_equal_cells_are_held_once(tmp_path: Path) -> None:
    store_of(tmp_path, record(0), record(1), record(2, cell=replace(NET, model="other")))
    first, second, third = (one.cell for one in sorted(Store(tmp_path).all(), key=lambda one: one.seed))
    assert first is second
    assert (first.pretraining.model, third.pretraining.model) == ("net", "other")


def test_nan_is_no_json(tmp_path: Path) -> None:
    store_of(tmp_path, record(0))
    path = segment(tmp_path)
    path.write_text(path.read_text().replace('"loss":0.1', '"loss":NaN'))
    assert "not JSON" in Store(tmp_path).check()[0].text
    with pytest.raises(ValueError, match="finite"):
        store_of(tmp_path / "other", record(0, metrics={"loss": float("nan")}))


def test_sidecar_data_are_read_by_their_record(tmp_path: Path) -> None:
    store = store_of(tmp_path, record(0), sidecar={"curve": {"step": [1, 2], "loss/encoder": [2.0, 1.0]}})
    sidecar = store.sidecar(store.all()[0])
    assert sidecar is not None
    assert sidecar["curve"]["loss/encoder"] == [2.0, 1.0]
    assert store.sidecar(record(1)) is None
    assert [(one.seed, content) for one, content in store.sidecars(store.all())] == [(0, sidecar)]


def test_a_sweep_without_records_leaves_no_file(tmp_path: Path) -> None:
    store_of(tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_results_have_to_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(BoardError) as error:
        Store(tmp_path / "results")
    assert error.value.place == str(tmp_path / "results")


@given(st.text(max_size=6000))
def test_lines_stay_short_whatever_a_message_holds(message: str) -> None:
    trial = Trial("0" * 64, "1" * 64, "pretrain", "pretrain", NET, 0, {"kind": "pretrain"})
    started, ended = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z"
    outcome = Outcome(status="error", started=started, ended=ended, message=message)
    written = line("record", Record.of(trial, outcome, "quick", "2" * 16).content())
    assert len(written) <= LINE_BYTES
    assert json.loads(written)["record"]["status"] == "error"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "quick").write_text("a file where the suite's folder should be")
    with pytest.raises(BoardError) as error:
        store_of(tmp_path, record(0))
    assert str(error.value.place).startswith(str(tmp_path / "quick"))
